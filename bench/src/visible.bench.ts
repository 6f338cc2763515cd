import { join } from 'node:path';
import type { Kafka } from 'kafkajs';
import type { Pool } from 'pg';
import { ClusterProcess } from '@gridcase-apps/standalone';
import { createKafkaBus, topicsWithPrefix } from '@gridcase/bus';
import { NO_STREAM, createPostgresEventStore, type EventStore } from '@gridcase/event-store';
import type { PublicTopic } from '@gridcase/events';
import { createPool, freePort, startPostgres } from '@gridcase/platform';
import { runProjections, type ProjectionRun } from '@gridcase/projections';
import { waitUntil } from '@gridcase/testing';
import { check, median, rate, type Bench, type BenchOptions } from './bench';
import { caseBoard } from './board';
import { bareMessage, bareProducer, freshPrefix, freshTopics, withKafka } from './kafka';
import { sampleEvent } from './sample-events';

const IN_FLIGHT = 64;
const WAIT_MS = 60_000;
const RELAY_TIMEOUT_MS = 30_000;

/** From before the append until another service's read model has it: append, relay, Kafka, projection. */
export const visibleBench: Bench = {
  name: 'visible',
  about: 'bare kafkajs produce → consume p99 ÷ append → visible in another service p99, at half load',
  run: (options) => withKafka(options.log, async (kafka, brokers) => {
    const server = await startPostgres({ dataDir: `${options.dir}/pg`, log: options.log });
    const pool = createPool({ url: server.url, applicationName: 'bench', max: 16, statementTimeoutMs: 0 });
    // As in the cluster: the writer and the reading service each have a store client of their own, and the relay is a process.
    const stores = [await createPostgresEventStore({ pool }), await createPostgresEventStore({ url: server.url, migrate: false })] as const;
    const topicPrefix = freshPrefix();
    const relay = await startRelay(options.dir, server.url, brokers, topicPrefix);
    try {
      return await measure(kafka, topicPrefix, stores, pool, options);
    } finally {
      await relay.stop(RELAY_TIMEOUT_MS);
      for (const store of stores) await store.close();
      await pool.end();
      await server.stop();
    }
  }),
};

/** As it is shipped. */
async function startRelay(dir: string, url: string, brokers: readonly string[], topicPrefix: string): Promise<ClusterProcess> {
  const port = String(await freePort());
  const relay = new ClusterProcess({
    name: 'relay', args: [join(__dirname, '../../tools/container/run.cjs'), 'relay'], logFile: join(dir, 'relay.log'), healthUrl: `http://127.0.0.1:${port}`,
    env: {
      DATABASE_URL: url, EVENT_STORE_DATABASE_URL: url, KAFKA_BROKERS: brokers.join(','), KAFKA_TOPIC_PREFIX: topicPrefix, KAFKA_CREATE_TOPICS: 'true', KAFKA_REPLICATION_FACTOR: '1',
      HEALTH_HOST: '127.0.0.1', HEALTH_PORT: port, GRIDCASE_LOG_LEVEL: 'warn',
    },
  });
  await relay.ready(RELAY_TIMEOUT_MS);
  return relay;
}

async function measure(kafka: Kafka, topicPrefix: string, [writer, reader]: readonly [EventStore, EventStore], pool: Pool, { events = 4_000, rounds = 9, log }: BenchOptions) {
  const topics = topicsWithPrefix(topicPrefix);
  const stop = new AbortController();
  const bus = createKafkaBus({ kafka, store: reader, topics });
  const board = runProjections({ pool, schema: 'service', store: reader, bus, projections: [caseBoard], signal: stop.signal, processor: `bench.visible.${process.pid}` });
  await waitUntil(() => bus.check(), { timeoutMs: WAIT_MS });

  let serial = 0;
  const makeVisible = async (): Promise<number> => {
    const n = ++serial;
    const start = performance.now();
    const { position } = await writer.append(`case-v${n}`, NO_STREAM, [sampleEvent('visible', n)]);
    if (!(await board.waitFor(position, WAIT_MS))) throw new Error(`position ${position} was not visible within ${WAIT_MS} ms`);
    return performance.now() - start;
  };
  await makeVisible();
  const bare = await bareSide(kafka, (await freshTopics(kafka))[0]!, (await writer.readStream('case-v1'))[0]!, await writer.epoch());
  // In turn, so that a machine that is slower for a while is so for both; the first round warms up brokers and compilers and does not count.
  const ratios: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const capacity = await rate(events / 2, () => fullLoad(events / 2, makeVisible));
    const half = capacity / 2;
    const ours = percentiles(await paced(events, half, makeVisible));
    const theirs = percentiles(await bare.latencies(events, half));
    if (round > 0) ratios.push(theirs.p99 / ours.p99);
    log(`round ${round}${round === 0 ? ' (warms up)' : ''}: full load with ${IN_FLIGHT} in flight ${capacity.toFixed(0)} events/s; at ${half.toFixed(0)}/s append → visible ${shown(ours)}; bare produce → consume ${shown(theirs)}: ${(theirs.p99 / ours.p99).toFixed(3)}`);
  }
  const verified = await verify(pool, board, serial, log);
  stop.abort();
  await board.done;
  await bare.stop();
  return { verified, checks: [check('bare produce → consume p99 ÷ append → visible p99, at half load, median of rounds', median(ratios), 0.2)] };
}

async function fullLoad(count: number, work: () => Promise<number>): Promise<void> {
  let left = Math.round(count);
  await Promise.all(Array.from({ length: IN_FLIGHT }, async () => { while (left-- > 0) await work(); }));
}

/** Starts at even distances, whatever the answers take: waiting in line counts. */
async function paced(count: number, perSecond: number, work: () => Promise<number>): Promise<number[]> {
  const start = performance.now();
  const running: Promise<number>[] = [];
  while (running.length < count) {
    const due = Math.min(count, Math.floor(((performance.now() - start) * perSecond) / 1_000));
    while (running.length < due) running.push(work());
    await new Promise((next) => setTimeout(next, 1));
  }
  return Promise.all(running);
}

const shown = ({ p50, p99 }: { p50: number; p99: number }) => `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
const percentiles = (values: number[]) => {
  const sorted = [...values].sort((a, b) => a - b);
  return { p50: sorted[Math.floor(sorted.length * 0.5)]!, p99: sorted[Math.floor(sorted.length * 0.99)]! };
};

/** kafkajs alone: what has gathered goes into the next request, one in flight, settings as ours. */
async function bareSide(kafka: Kafka, topic: PublicTopic, sample: Parameters<typeof bareMessage>[0], epoch: string): Promise<{ latencies(count: number, perSecond: number): Promise<number[]>; stop(): Promise<void> }> {
  const producer = await bareProducer(kafka);
  const arrived = new Map<number, () => void>();
  const consumer = kafka.consumer({ groupId: `bare-${topic.name}`, maxWaitTimeInMs: 100, minBytes: 1, maxBytes: 16 * 1024 * 1024, maxBytesPerPartition: 1024 * 1024, sessionTimeout: 10_000, heartbeatInterval: 3_000 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic.name], fromBeginning: false });
  let joined = false;
  consumer.on(consumer.events.GROUP_JOIN, () => { joined = true; });
  await consumer.run({ autoCommit: false, eachBatch: async ({ batch: { messages }, resolveOffset }) => {
    for (const { headers, offset } of messages) {
      JSON.parse(String(headers!['ce_actor']));
      arrived.get(Number(headers!['n']))?.();
      resolveOffset(offset);
    }
  } });
  await waitUntil(() => joined, { timeoutMs: WAIT_MS });
  const message = bareMessage(sample, epoch);
  let waiting: { n: number }[] = [];
  let sending = false;
  const send = async () => {
    if (sending) return;
    sending = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      await producer.send({ topic: topic.name, acks: -1, timeout: 30_000, messages: batch.map(({ n }) => ({ ...message, key: `case-v${n}`, headers: { ...message.headers, n: String(n) } })) });
    }
    sending = false;
  };
  let serial = 0;
  const one = () => new Promise<number>((resolve, reject) => {
    const n = ++serial;
    const start = performance.now();
    arrived.set(n, () => { arrived.delete(n); resolve(performance.now() - start); });
    waiting.push({ n });
    send().catch(reject);
  });
  return {
    latencies: async (count, perSecond) => {
      await paced(Math.round(count / 6), perSecond, one); // warm
      return paced(count, perSecond, one);
    },
    stop: async () => {
      await consumer.disconnect();
      await producer.disconnect();
    },
  };
}

async function verify(pool: Pool, board: ProjectionRun, events: number, log: (line: string) => void): Promise<boolean> {
  const { rows: [row] } = await pool.query<{ rows: number; wrong: number }>(`select count(*)::int as rows, count(*) filter (where e.stream is null or (b.doc->>'steps')::int <> 1 or b.revision <> 0 or b.amount <> (e.data->>'amount')::int)::int as wrong
    from service.case_board b left join event_store.events e on e.stream = 'case-' || b.id`);
  const ok = row!.rows === events && row!.wrong === 0;
  if (!ok) log(`not verified: ${JSON.stringify(row)} of ${events}, read model at ${board.position}`);
  return ok;
}
