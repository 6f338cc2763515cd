import type { Kafka } from 'kafkajs';
import { Relay } from '@gridcase-apps/relay';
import { NO_STREAM, createPostgresEventStore, type EventStore, type ExpectedHead } from '@gridcase/event-store';
import { toPublicMessage, type PublicTopic } from '@gridcase/events';
import { SystemClock, createPool, startPostgres } from '@gridcase/platform';
import { waitUntil } from '@gridcase/testing';
import type { Pool } from 'pg';
import { check, median, peakMemory, rate, type Bench, type BenchOptions } from './bench';
import { bareMessage, bareProducer, freshTopics, withKafka } from './kafka';
import { sampleEvent } from './sample-events';

const STREAMS = 500;
const BATCH = 1_000;
const TIMEOUT_MS = 300_000;

/** Both sides put the same messages into topics of the same shape; the bare side has them ready in memory and keeps no checkpoint. */
export const relayBench: Bench = {
  name: 'relay',
  about: 'event store → Kafka ÷ bare kafkajs produce with the same settings',
  run: (options) => withKafka(options.log, async (kafka) => {
    const server = await startPostgres({ dataDir: `${options.dir}/pg`, log: options.log });
    const pool = createPool({ url: server.url, applicationName: 'bench', max: 16, statementTimeoutMs: 0 });
    const store = await createPostgresEventStore({ pool });
    try {
      const { result, peakMiB } = await peakMemory(() => measure(kafka, store, pool, options));
      options.log(`peak memory ${peakMiB} MiB`);
      return result;
    } finally {
      await store.close();
      await pool.end();
      await server.stop();
    }
  }),
};

async function measure(kafka: Kafka, store: EventStore, pool: Pool, { events = 50_000, rounds = 3, log }: BenchOptions) {
  await fill(store, events);
  const head = await store.head();
  const epoch = await store.epoch();
  const ratios: number[] = [];
  let verified = true;
  // Round 0 warms both sides up and is not counted.
  for (let round = 0; round <= rounds; round++) {
    const relaySide = async () => {
      const topics = await freshTopics(kafka);
      const relay = new Relay({ store, kafka, pool, schema: `relay_${round}`, topics, clock: new SystemClock(), encode: toPublicMessage, batchEventsMax: BATCH });
      await relay.install();
      const stop = new AbortController();
      let done: Promise<void> | undefined;
      const speed = await rate(events, async () => {
        done = relay.run(stop.signal);
        await waitUntil(() => relay.position >= head, { timeoutMs: TIMEOUT_MS, pollIntervalMs: 5 });
      });
      stop.abort();
      await done;
      verified = (await verify(kafka, topics, events, log)) && verified;
      return speed;
    };
    const bareSide = async () => {
      const [topic] = await freshTopics(kafka);
      const all = (await readAll(store)).map((event) => bareMessage(event, epoch));
      const producer = await bareProducer(kafka);
      const speed = await rate(events, async () => {
        for (let i = 0; i < all.length; i += BATCH) await producer.send({ topic: topic!.name, acks: -1, timeout: 30_000, messages: all.slice(i, i + BATCH) });
      });
      await producer.disconnect();
      return speed;
    };
    const bare = round % 2 ? await bareSide() : 0;
    const relay = await relaySide();
    const raw = bare || (await bareSide());
    log(`${round === 0 ? 'warm-up' : `round ${round}`}: relay ${relay.toFixed(0)} events/s, bare produce ${raw.toFixed(0)} messages/s`);
    if (round > 0) ratios.push(relay / raw);
  }
  return { verified, checks: [check('relay ÷ bare kafkajs produce', median(ratios), 0.6)] };
}

async function fill(store: EventStore, events: number): Promise<void> {
  const heads = new Map<string, ExpectedHead>();
  for (let done = 0, stream = 0; done < events; stream++) {
    const name = `case-${stream % STREAMS}`;
    const list = Array.from({ length: Math.min(20, events - done) }, (_, i) => sampleEvent('relay', done + i));
    heads.set(name, (await store.append(name, heads.get(name) ?? NO_STREAM, list)).head);
    done += list.length;
  }
}

async function readAll(store: EventStore) {
  const all = [];
  for (let after = 0n; ; ) {
    const page = await store.readAll({ after, limit: 5_000 });
    all.push(...page.events);
    after = page.checkpoint;
    if (page.caughtUp) return all;
  }
}

/** As a foreign consumer sees it: every event once, revisions of each stream without hole. */
async function verify(kafka: Kafka, topics: readonly PublicTopic[], events: number, log: (line: string) => void): Promise<boolean> {
  const consumer = kafka.consumer({ groupId: `verify-${topics[0]!.name}`, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topics[0]!.name], fromBeginning: true });
  const revisions = new Map<string, number>();
  let count = 0;
  let wrong = 0;
  await consumer.run({
    eachBatch: async ({ batch: { messages } }) => {
      for (const { headers } of messages) {
        if (!headers?.['ce_stream']) continue;
        const stream = String(headers['ce_stream']);
        const revision = Number(headers['ce_revision']);
        if (revision !== (revisions.get(stream) ?? -1) + 1) wrong++;
        revisions.set(stream, revision);
        count++;
      }
    },
  });
  await waitUntil(() => count >= events, { timeoutMs: TIMEOUT_MS }).catch(() => undefined);
  await consumer.disconnect();
  if (count !== events || wrong > 0) log(`not verified: ${count} of ${events} messages, ${wrong} out of order`);
  return count === events && wrong === 0;
}
