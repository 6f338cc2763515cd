import { CompressionTypes, Partitioners, type Kafka, type Message, type Producer } from 'kafkajs';
import { PROGRESS_TYPE, categoryOf, publicTopics, toPublicMessage, type PublicMessage, type PublicTopic, type StoredEvent } from '@gridcase/events';
import { REQUEST_TIMEOUT_MS, RETRY } from './client';

export interface PublisherOptions {
  kafka: Kafka;
  /** Of the store whose events are published. */
  epoch: string;
  topics?: readonly PublicTopic[];
  encode?(event: StoredEvent, epoch: string): PublicMessage;
}

/** Bodies of one request together, unless one event alone is larger. */
const REQUEST_BYTES_MAX = 4 * 1024 * 1024;
const ACKS_ALL = -1;

/**
 * Puts events on the bus: idempotent, acknowledged by all replicas in sync, one request in flight, so that a key keeps its order.
 * Every request tells every partition how far the record has come (`ce_progress`, or a progress message where it has no event).
 * One that failed may have arrived in part: throw this publisher away and go on from the last checkpoint with a new one.
 */
export class Publisher {
  private readonly producer: Producer;
  private readonly topics: readonly PublicTopic[];
  private readonly byCategory: Map<string, PublicTopic>;
  private readonly encode: (event: StoredEvent, epoch: string) => PublicMessage;
  private readonly partitionOf: (topic: PublicTopic, key: string) => number;

  constructor(private readonly options: PublisherOptions) {
    this.topics = options.topics ?? publicTopics;
    this.encode = options.encode ?? toPublicMessage;
    this.byCategory = new Map(this.topics.flatMap((topic) => topic.categories.map((category) => [category, topic])));
    this.producer = options.kafka.producer({
      idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false, createPartitioner: Partitioners.DefaultPartitioner, metadataMaxAge: 300_000, retry: { ...RETRY },
    });
    // The very partitioner of the producer, asked before: progress has to stand in each partition.
    const partitioner = Partitioners.DefaultPartitioner();
    const metadata = new Map(this.topics.map(({ name, partitions }) => [name, Array.from({ length: partitions }, (_, partitionId) => ({ partitionId, leader: 0, partitionErrorCode: 0, replicas: [], isr: [] }))]));
    this.partitionOf = ({ name }, key) => partitioner({ topic: name, partitionMetadata: metadata.get(name)!, message: { key, value: null } });
  }

  connect(): Promise<void> {
    return this.producer.connect();
  }

  disconnect(): Promise<void> {
    return this.producer.disconnect();
  }

  /**
   * Events in the order of the store, all up to `checkpoint` that were not published before. Resolves when everything is
   * acknowledged. `before` is asked before each request: a throw there ends it.
   */
  async publish(events: readonly StoredEvent[], checkpoint: bigint, before: () => void = () => undefined): Promise<void> {
    for (let from = 0; from < events.length || from === 0; ) {
      const messages: { topic: PublicTopic; message: PublicMessage }[] = [];
      let bytes = 0;
      let next = from;
      for (; next < events.length && (bytes === 0 || bytes < REQUEST_BYTES_MAX); next++) {
        const event = events[next]!;
        const topic = this.byCategory.get(categoryOf(event.stream));
        if (!topic) continue;
        const message = this.encode(event, this.options.epoch);
        bytes += Buffer.byteLength(message.body);
        messages.push({ topic, message });
      }
      before();
      await this.send(messages, next < events.length ? events[next - 1]!.position : checkpoint);
      if (next === from) return;
      from = next;
    }
  }

  private async send(messages: readonly { topic: PublicTopic; message: PublicMessage }[], progress: bigint): Promise<void> {
    const lanes = new Map(this.topics.map((topic) => [topic, Array.from({ length: topic.partitions }, (): Message[] => [])]));
    for (const { topic, message: { key, headers, body } } of messages) {
      const partition = this.partitionOf(topic, key);
      lanes.get(topic)![partition]!.push({ key, value: body, headers, partition });
    }
    for (const partitions of lanes.values()) {
      partitions.forEach((lane, partition) => {
        const last = lane.at(-1);
        if (last) last.headers = { ...last.headers, ce_progress: String(progress) };
        else lane.push(this.progressMessage(progress, partition));
      });
    }
    await this.producer.sendBatch({
      acks: ACKS_ALL, timeout: REQUEST_TIMEOUT_MS, compression: CompressionTypes.None,
      topicMessages: [...lanes].map(([{ name }, partitions]) => ({ topic: name, messages: partitions.flat() })),
    });
  }

  private progressMessage(progress: bigint, partition: number): Message {
    const { epoch } = this.options;
    return { key: null, value: null, partition, headers: { ce_specversion: '1.0', ce_id: `${epoch}.${progress}`, ce_type: PROGRESS_TYPE, ce_source: '/gridcase/relay', ce_epoch: epoch, ce_progress: String(progress) } };
  }
}
