import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createKafkaClient, topicsWithPrefix } from '@gridcase/bus';
import { createPostgresEventStore, type EventStore } from '@gridcase/event-store';
import { randomUuid } from '@gridcase/platform';
import { describeWithKafka, kafkaBrokers, testDatabase, waitUntil, type TestDatabase } from '@gridcase/testing';
import { wholeAndOrderedLog } from './testing/read-log';
import { recordWriter } from './testing/record-writer';

/** The process as it is shipped: built. `npm test` builds first. */
const MAIN = join(__dirname, '../dist/main.js');
const LEASE_TTL_MS = 1_500;
const HEALTH_TIMEOUT_MS = 2_000;
const START = { timeoutMs: 30_000 };

interface RelayProcess { child: ChildProcess; state(): Promise<string | undefined>; exited: Promise<number | null> }

describeWithKafka('the relay as a process', () => {
  let db: TestDatabase;
  let store: EventStore;
  let brokers: string[];
  const topicPrefix = `relay-process-${randomUuid().slice(0, 8)}.`;
  const children: ChildProcess[] = [];
  beforeAll(async () => {
    if (!existsSync(MAIN)) throw new Error('build first: npm run build');
    brokers = await kafkaBrokers();
    db = await testDatabase();
    store = await createPostgresEventStore({ pool: db.pool });
  }, 60_000);
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await store?.close();
    await db?.drop();
  });

  /** Its state is what its readiness says; undefined while it does not answer. */
  function startRelayProcess(): RelayProcess {
    const child = spawn(process.execPath, [MAIN], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        PATH: process.env['PATH'], DATABASE_URL: db.url, EVENT_STORE_DATABASE_URL: db.url, KAFKA_BROKERS: brokers.join(), KAFKA_TOPIC_PREFIX: topicPrefix, KAFKA_CREATE_TOPICS: 'true', KAFKA_REPLICATION_FACTOR: '1',
        RELAY_LEASE_TTL_MS: String(LEASE_TTL_MS), GRIDCASE_POOL_MAX: '4', HEALTH_HOST: '127.0.0.1', HEALTH_PORT: '0',
      },
    });
    children.push(child);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const state = async () => {
      const port = /"healthPort":(\d+)/.exec(output)?.[1];
      if (!port) return undefined;
      const response = await fetch(`http://127.0.0.1:${port}/health/ready`, { signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS) }).catch(() => undefined);
      return response && ((await response.json()) as { checks: { relay?: { details?: { state: string } } } }).checks.relay?.details?.state;
    };
    return { child, state, exited: new Promise((resolve) => child.once('exit', resolve)) };
  }
  const until = (relay: RelayProcess, wanted: string, timeoutMs: number) => waitUntil(async () => (await relay.state()) === wanted, { timeoutMs, pollIntervalMs: 50, what: `a relay that is ${wanted}` });
  const checkpoint = async () => (await db.pool.query<{ position: string; fence: string }>('select position, fence from relay.relay_checkpoint')).rows[0]!;

  it('stopped for longer than its lease and woken again: the other one leads, and goes on leading; nothing is lost or out of order', async () => {
    const append = recordWriter(store);
    const first = startRelayProcess();
    await until(first, 'leading', START.timeoutMs);
    const second = startRelayProcess();
    await until(second, 'standby', START.timeoutMs);
    await append(100);
    await waitUntil(async () => BigInt((await checkpoint()).position) >= (await store.head()), START);
    const before = await checkpoint();

    // In the middle of its work: what it read it may have sent or not.
    const writing = append(400);
    first.child.kill('SIGSTOP');
    await until(second, 'leading', 4 * LEASE_TTL_MS);
    await writing;
    await waitUntil(async () => BigInt((await checkpoint()).position) >= (await store.head()), START);
    const taken = await checkpoint();
    expect(BigInt(taken.fence)).toBeGreaterThan(BigInt(before.fence));

    const goingOn = append(400);
    first.child.kill('SIGCONT');
    await until(first, 'standby', START.timeoutMs);
    await goingOn;
    await waitUntil(async () => BigInt((await checkpoint()).position) >= (await store.head()), START);
    expect((await checkpoint()).fence).toBe(taken.fence);
    expect(await second.state()).toBe('leading');

    const log = await wholeAndOrderedLog(createKafkaClient({ brokers, clientId: 'relay-process-spec' }), topicsWithPrefix(topicPrefix), store);
    expect(new Set(log.map(({ position }) => position)).size).toBe(900);

    for (const { child } of [second, first]) child.kill('SIGTERM');
    expect(await Promise.all([first.exited, second.exited])).toEqual([0, 0]);
  }, 120_000);
});
