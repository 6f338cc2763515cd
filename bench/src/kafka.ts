import { Partitioners, type Kafka, type Message, type Producer } from 'kafkajs';
import { createKafkaClient, createTopics, topicsWithPrefix } from '@gridcase/bus';
import { messageOf, type PublicTopic, type StoredEvent } from '@gridcase/events';
import { kafkaMeans, ownKafka } from '@gridcase/testing';

/** A broker for the time of the bench. @throws when there are no means to have one */
export async function withKafka<T>(log: (line: string) => void, use: (kafka: Kafka, brokers: readonly string[]) => Promise<T>): Promise<T> {
  const means = kafkaMeans();
  if (means.kind === 'none') throw new Error(`no Kafka broker: ${means.reason}`);
  log(`Kafka: ${means.kind === 'given' ? 'KAFKA_BROKERS' : means.kind === 'container' ? 'a container' : 'Apache Kafka from Maven Central'}`);
  const broker = means.kind === 'given' ? { brokers: means.brokers, stop: async () => undefined } : await ownKafka();
  try {
    return await use(createKafkaClient({ brokers: broker.brokers, clientId: 'bench' }), broker.brokers);
  } finally {
    await broker.stop();
  }
}

let serial = 0;
export const freshPrefix = (): string => `bench-${process.pid}-${++serial}.`;
/** Fresh topics of the shape that is shipped. */
export async function freshTopics(kafka: Kafka, prefix = freshPrefix()): Promise<PublicTopic[]> {
  const topics = topicsWithPrefix(prefix);
  await createTopics(kafka, { replicationFactor: 1 }, topics);
  return topics;
}

/** kafkajs alone, with the settings of the relay's producer. */
export async function bareProducer(kafka: Kafka): Promise<Producer> {
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false, createPartitioner: Partitioners.DefaultPartitioner, metadataMaxAge: 300_000 });
  await producer.connect();
  return producer;
}

/** The message as the relay sends it. */
export const bareMessage = (event: StoredEvent, epoch: string): Message => {
  const { key, headers, body } = messageOf(event, epoch, `gridcase.${event.type}.v1`, JSON.stringify(event.data));
  return { key, headers, value: body };
};
