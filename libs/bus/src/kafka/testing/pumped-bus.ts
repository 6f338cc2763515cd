import type { Kafka } from 'kafkajs';
import { messageOf, storedOf, type PublicTopic, type StoredEvent } from '@gridcase/events';
import type { EventStore } from '@gridcase/event-store';
import { randomUuid } from '@gridcase/platform';
import { kafkaBrokers } from '@gridcase/testing';
import { createKafkaBus, createKafkaClient, createTopics, Publisher, topicsWithPrefix, type KafkaBus, type KafkaBusOptions } from '..';

/** Events of the tests are in no catalogue: they travel as they are. */
export const encodeAny = (event: StoredEvent, epoch: string) => messageOf(event, epoch, `test.${event.type}.v${event.version}`, JSON.stringify(event.data));
export const decodeAny = (headers: Readonly<Record<string, string | undefined>>, body: string): StoredEvent => {
  const [, type, version] = /^test\.(\w+)\.v(\d+)$/.exec(headers['ce_type'] ?? '') ?? [];
  if (!type) throw new Error(`not an event of the tests: ${headers['ce_type']}`);
  return storedOf(headers, type, Number(version), JSON.parse(body));
};

export interface PumpedBus {
  kafka: Kafka;
  topics: PublicTopic[];
  bus(options?: Partial<KafkaBusOptions>): KafkaBus;
  /** Ends the pump: what is appended from now on does not reach Kafka. */
  stopPump(): Promise<void>;
  /** Sends everything after the position (again). */
  pumpFrom(after: bigint): void;
  close(): Promise<void>;
}

/** Topics of their own on the run's broker, filled from the store by a bare loop around the publisher: the relay without lease and checkpoint. */
export async function pumpedBus(store: EventStore, options: { brokers?: string[]; pump?: boolean } = {}): Promise<PumpedBus> {
  const kafka = createKafkaClient({ brokers: options.brokers ?? (await kafkaBrokers()), clientId: 'bus-spec' });
  const topics = topicsWithPrefix(`spec-${randomUuid().slice(0, 8)}.`);
  await createTopics(kafka, { replicationFactor: 1 }, topics);
  const epoch = await store.epoch();
  let stop = new AbortController();
  let pumping: Promise<void> = Promise.resolve();
  const pump = async (after: bigint, signal: AbortSignal) => {
    const publisher = new Publisher({ kafka, epoch, topics, encode: encodeAny });
    await publisher.connect();
    try {
      for await (const { events, checkpoint } of store.subscribe({ after, batchSizeMax: 500, signal })) {
        await publisher.publish({ events, after, checkpoint });
        after = checkpoint;
      }
    } finally {
      await publisher.disconnect();
    }
  };
  const pumped: PumpedBus = {
    kafka, topics,
    bus: (more) => createKafkaBus({ kafka, store, topics, decode: decodeAny, sessionTimeoutMs: 6_000, heartbeatIntervalMs: 1_000, commitIntervalMs: 100, retryDelayMs: 5, ...more }),
    stopPump: async () => {
      stop.abort();
      await pumping;
    },
    pumpFrom: (after) => {
      stop = new AbortController();
      pumping = pump(after, stop.signal);
      pumping.catch(() => undefined); // awaited by stopPump
    },
    close: () => pumped.stopPump(),
  };
  if (options.pump ?? true) pumped.pumpFrom(0n);
  return pumped;
}
