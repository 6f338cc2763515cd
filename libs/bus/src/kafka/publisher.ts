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
 * Every request tells every partition from where to where it goes (`ce_after` on its first, `ce_progress` on its last message
 * there; a progress message where it has no event), so that readers know what is complete.
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
   * Everything behind `after` up to `checkpoint`, in the order of the store. Resolves when it is acknowledged. `before` is asked
   * before each request: a throw there ends it.
   */
  async publish({ events, after, checkpoint }: { events: readonly StoredEvent[]; after: bigint; checkpoint: bigint }, before: () => void = () => undefined): Promise<void> {
    let done = after;
    for (let from = 0; from < events.length || from === 0; ) {
      const messages: { topic: PublicTopic; message: PublicMessage }[] = [];
      let bytes = 0;
      let next = from;
      for (; next < events.length && (bytes === 0 || bytes < REQUEST_BYTES_MAX); next++) {
        const event = events[next]!;
        const topic = this.byCategory.get(categoryOf(event.stream));
        if (!topic) continue;
        const message = this.encode(event, this.options.epoch);
        bytes += Buffer.byteLength(message.body ?? '');
        messages.push({ topic, message });
      }
      before();
      const progress = next < events.length ? events[next - 1]!.position : checkpoint;
      await this.send(messages, done, progress);
      done = progress;
      if (next === from) return;
      from = next;
    }
  }

  private async send(messages: readonly { topic: PublicTopic; message: PublicMessage }[], after: bigint, progress: bigint): Promise<void> {
    const lanes = new Map(this.topics.map((topic) => [topic, Array.from({ length: topic.partitions }, (): Message[] => [])]));
    for (const { topic, message: { key, headers, body } } of messages) {
      const partition = this.partitionOf(topic, key);
      lanes.get(topic)![partition]!.push({ key, value: body, headers, partition });
    }
    for (const partitions of lanes.values()) {
      partitions.forEach((lane, partition) => {
        if (lane.length === 0) lane.push(this.progressMessage(progress, partition));
        lane[0]!.headers!['ce_after'] = String(after);
        lane.at(-1)!.headers!['ce_progress'] = String(progress);
      });
    }
    await this.producer.sendBatch({
      acks: ACKS_ALL, timeout: REQUEST_TIMEOUT_MS, compression: CompressionTypes.None,
      topicMessages: [...lanes].map(([{ name }, partitions]) => ({ topic: name, messages: partitions.flat() })),
    });
  }

  private progressMessage(progress: bigint, partition: number): Message {
    const { epoch } = this.options;
    return { key: null, value: null, partition, headers: { ce_specversion: '1.0', ce_id: `${epoch}.${progress}`, ce_type: PROGRESS_TYPE, ce_source: '/gridcase/relay', ce_epoch: epoch } };
  }
}
