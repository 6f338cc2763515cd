/**
 * Loaded into the relay before anything of its own (`node --require`): what one of its requests tells the partitions arrives there one
 * partition after the other, in an order and with pauses that follow from the seed in `FAULTS_OUT_OF_STEP`; some requests are cut off in the midst.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, KafkaJSError, type Message, type Producer, type ProducerBatch, type RecordMetadata } from 'kafkajs';
import { Seeded } from '../seeded';

const PAUSE_MAX_MS = 250;
/** Of the requests. */
const CUT_OFF = 1 / 5;

function putOutOfStep(producer: Producer, random: Seeded): void {
  const sendBatch = producer.sendBatch.bind(producer);
  producer.sendBatch = async ({ topicMessages = [], ...how }: ProducerBatch) => {
    const lanes = new Map<string, { topic: string; messages: Message[] }>();
    for (const { topic, messages } of topicMessages) {
      for (const message of messages) {
        const lane = `${topic} ${message.partition}`;
        lanes.set(lane, { topic, messages: [...(lanes.get(lane)?.messages ?? []), message] });
      }
    }
    const arrives = random.next() < CUT_OFF ? random.below(lanes.size) : lanes.size;
    const arrived: RecordMetadata[] = [];
    for (const lane of random.shuffled([...lanes.values()]).slice(0, arrives)) {
      await delay(random.between(0, PAUSE_MAX_MS));
      arrived.push(...(await sendBatch({ ...how, topicMessages: [lane] })));
    }
    if (arrives < lanes.size) throw new KafkaJSError(`only ${arrives} of ${lanes.size} partitions were reached`);
    return arrived;
  };
}

const seed = process.env['FAULTS_OUT_OF_STEP'];
if (seed) {
  const random = new Seeded(Number(seed));
  const create = Kafka.prototype.producer;
  Kafka.prototype.producer = function (...args) {
    const producer = create.apply(this, args);
    putOutOfStep(producer, random);
    return producer;
  };
}
