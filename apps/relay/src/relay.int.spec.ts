import { setTimeout as delay } from 'node:timers/promises';
import { createKafkaBus, createKafkaClient, createTopics, topicsWithPrefix, TopicsUnusable } from '@gridcase/bus';
import { createPostgresEventStore, NO_STREAM, type EventStore } from '@gridcase/event-store';
import type { NewEvent, PublicTopic, StoredEvent } from '@gridcase/events';
import { Metrics, randomUuid, SystemClock } from '@gridcase/platform';
import { describeWithKafka, describeWithOwnKafka, FakeClock, kafkaBrokers, ownKafka, testDatabase, waitUntil, type OwnKafka, type TestDatabase } from '@gridcase/testing';
import type { Kafka } from 'kafkajs';
import { Fenced, Relay, RelayCheckpoint, type RelayOptions } from '.';
import { wholeAndOrderedLog } from './testing/read-log';
import { recordWriter } from './testing/record-writer';

const WAIT = { timeoutMs: 25_000 };
const newer = (type: string, version: number): NewEvent => ({
  id: randomUuid(), type, version, data: { words: '李红卫 15199536942' },
  metadata: { correlationId: 'c', causationId: 'c', commandId: `k-${type}`, commandDigest: 'd', actor: { person: 'op-1', role: 'centre-operator', jurisdiction: '211103' }, occurredAt: '2025-09-29T01:30:00.000Z', recordedAt: '2025-09-29T01:30:00.000Z' },
});
/** A record, a database for the relay and topics of its own. */
async function world(brokers: string[]) {
  const db: TestDatabase = await testDatabase();
  const store: EventStore = await createPostgresEventStore({ pool: db.pool, readIntervalMs: 5, pollIntervalMs: 50 });
  const kafka: Kafka = createKafkaClient({ brokers, clientId: 'relay-spec' });
  const topics: PublicTopic[] = topicsWithPrefix(`relay-${randomUuid().slice(0, 8)}.`);
  await createTopics(kafka, { replicationFactor: 1 }, topics);
  const running: { stop(): Promise<void> }[] = [];

  const append = recordWriter(store);
  const relay = (options: Partial<RelayOptions> = {}) => {
    const errors: unknown[] = [];
    const one = new Relay({ store, kafka, pool: db.pool, clock: new SystemClock(), topics, leaseTtlMs: 1_500, standbyPollMs: 100, batchEventsMax: 50, onError: (error) => { errors.push(error); }, ...options });
    return { relay: one, errors };
  };
  const start = async (options: Partial<RelayOptions> = {}) => {
    const made = relay(options);
    await made.relay.install();
    const stop = new AbortController();
    const done = made.relay.run(stop.signal);
    const started = { ...made, stop: async () => { stop.abort(); await done; } };
    running.push(started);
    return started;
  };
  /** A read model's reader: its own position, every event once. */
  const consume = () => {
    const stop = new AbortController();
    const own = { position: 0n };
    const seen: bigint[] = [];
    const taken: StoredEvent[] = [];
    const done = createKafkaBus({ kafka, store, topics, retryDelayMs: 50 }).subscribe({
      group: `relay-spec.${randomUuid().slice(0, 8)}.v1`, signal: stop.signal, from: async () => own.position,
      handler: async ({ events, checkpoint }) => {
        seen.push(...events.map(({ position }) => position));
        taken.push(...events);
        own.position = checkpoint;
      },
    });
    const consumer = { own, seen, events: taken, stop: async () => { stop.abort(); await done; } };
    running.push(consumer);
    return consumer;
  };
  const all = async () => (await store.readAll({ after: 0n, limit: 10_000 })).events;
  const close = async () => {
    for (const one of running.splice(0)) await one.stop();
    await store.close();
    await db.drop();
  };
  const expectWholeAndOrdered = () => wholeAndOrderedLog(kafka, topics, store);
  return { db, store, kafka, topics, append, relay, start, consume, all, close, expectWholeAndOrdered };
}
type World = Awaited<ReturnType<typeof world>>;

describeWithKafka('relay', () => {
  let w: World;
  beforeEach(async () => { w = await world(await kafkaBrokers()); });
  afterEach(() => w.close());

  it('puts everything on the bus in the order of each key, as CloudEvents', async () => {
    await w.append(120);
    const { relay } = await w.start();
    await w.append(30);
    await waitUntil(async () => relay.position >= (await w.store.head()), WAIT);
    const log = await w.expectWholeAndOrdered();
    expect(log).toHaveLength(150);
    expect(new Set(log.map(({ partition }) => partition)).size).toBeGreaterThan(1);
    for (const { key, stream } of log) expect(key).toBe(stream);
    const [first] = await w.all();
    expect(log.find(({ position }) => position === first!.position)).toMatchObject({
      body: JSON.stringify(first!.data),
      headers: { 'content-type': 'application/json', ce_specversion: '1.0', ce_type: 'gridcase.CaseDispatched.v1', ce_id: first!.id, ce_source: `/gridcase/streams/${first!.stream}`, ce_time: first!.metadata.occurredAt, ce_hash: first!.hash, ce_revision: '0' },
    });
    const { rows: [row] } = await w.db.pool.query('select position from relay.relay_checkpoint');
    expect(BigInt(row.position)).toBe(await w.store.head());
  });

  it('what a newer release wrote goes out as a notice in its place, which readers take from the record; nothing of it is told', async () => {
    const consumer = w.consume();
    const noticed: string[] = [];
    const metrics = new Metrics({ service: 'relay', processMetrics: false });
    const { relay } = await w.start({ metrics, onNotice: ({ type, version }, reason) => noticed.push(`${type} ${version}: ${(reason as Error).name}`) });
    await w.append(10);
    const { head } = await w.store.append('case-newer', NO_STREAM, [newer('CaseAppraised', 1)]);
    await w.store.append('case-newer', head, [newer('CaseDispatched', 99)]);
    await w.append(10);
    // Each by itself: a reader that begins takes what is there from the record, before the relay has sent it.
    await waitUntil(() => relay.position >= 22n && consumer.own.position >= 22n, WAIT);
    expect(consumer.events).toEqual(await w.all());
    expect(noticed).toEqual(['CaseAppraised 1: UnknownEventType', 'CaseDispatched 99: UnknownEventVersion']);
    expect(await metrics.text()).toContain('gridcase_relay_notices_total{service="relay"} 2');
    const log = await w.expectWholeAndOrdered();
    expect(log.filter(({ stream }) => stream === 'case-newer').map(({ body, headers }) => [body, headers['ce_type'], headers['ce_recordedtype']])).toEqual([['', 'gridcase.notice.v1', 'CaseAppraised'], ['', 'gridcase.notice.v1', 'CaseDispatched']]);
    expect(JSON.stringify(log.map(({ headers }) => headers))).not.toContain('李红卫');
  });

  it('cut off between acknowledgement and checkpoint it sends again, and readers drop it', async () => {
    const consumer = w.consume();
    const first = await w.start();
    await w.append(20);
    await waitUntil(() => consumer.own.position >= 20n, WAIT);
    // From here on nothing is saved: as if the process ended after each acknowledgement.
    await w.db.pool.query(`create function relay.refuse() returns trigger language plpgsql as 'begin raise exception ''the database went away''; end'; create trigger refuse before update of position on relay.relay_checkpoint for each row when (new.position > old.position) execute function relay.refuse()`);
    await w.append(20);
    await waitUntil(() => first.errors.length >= 2, WAIT);
    await first.stop();
    expect(() => first.relay.check()).toThrow('the database went away');
    await w.db.pool.query('drop trigger refuse on relay.relay_checkpoint');
    await w.start();
    await w.append(10);
    await waitUntil(() => consumer.own.position >= 50n, WAIT);
    const log = await w.expectWholeAndOrdered();
    expect(log.length).toBeGreaterThan(50); // it did repeat
    expect(consumer.seen).toEqual((await w.all()).map(({ position }) => position));
  });

  it('one leads, the other stands by and takes over within seconds', async () => {
    const first = await w.start({ holder: 'one' });
    await waitUntil(() => first.relay.state === 'leading', WAIT);
    const second = await w.start({ holder: 'two' });
    await waitUntil(() => second.relay.state === 'standby', WAIT);
    await w.append(10);
    await waitUntil(() => first.relay.position >= 10n, WAIT);
    await first.stop();
    await waitUntil(() => second.relay.state === 'leading', { timeoutMs: 5_000 });
    await w.append(10);
    await waitUntil(() => second.relay.position >= 20n, WAIT);
    expect((await w.expectWholeAndOrdered())).toHaveLength(20);
  });

  it('a leader that does not get to renew stops by its own clock, and its fence moves nothing any more', async () => {
    // As of a process that is stopped: nothing of its lease reaches the database until it goes on.
    let stopped = false;
    const goesOn = new AbortController();
    const query = w.db.pool.query.bind(w.db.pool);
    const pool = new Proxy(w.db.pool, {
      get: (target, name) => {
        if (name !== 'query') { const value = Reflect.get(target, name) as unknown; return typeof value === 'function' ? value.bind(target) : value; }
        return async (...args: unknown[]) => {
          if (stopped && String(args[0]).includes('relay_lease')) await delay(600_000, undefined, { signal: goesOn.signal }).catch(() => undefined);
          return (query as (...all: unknown[]) => Promise<unknown>)(...args);
        };
      },
    });
    const paused = w.relay({ pool, holder: 'paused' });
    await paused.relay.install();
    const stop = new AbortController();
    const running = paused.relay.run(stop.signal);
    await waitUntil(() => paused.relay.state === 'leading', WAIT);
    await w.append(5);
    await waitUntil(() => paused.relay.position >= 5n, WAIT);
    const { rows: [before] } = await w.db.pool.query('select fence from relay.relay_checkpoint');
    stopped = true;
    const other = await w.start({ holder: 'other' });
    await waitUntil(() => other.relay.state === 'leading', { timeoutMs: 5_000 });
    await w.append(10);
    await waitUntil(() => other.relay.position >= 15n, WAIT);
    expect(paused.relay.position).toBe(5n);
    await expect(new RelayCheckpoint(w.db.pool, 'relay', w.store).save(BigInt(before.fence), 1_000n)).rejects.toThrow(Fenced);
    await expect(new RelayCheckpoint(w.db.pool, 'relay', w.store).claim(BigInt(before.fence))).rejects.toThrow(Fenced);
    stop.abort();
    goesOn.abort();
    await running;
    expect(await w.expectWholeAndOrdered()).toHaveLength(15);
  });

  it('tells at once that a topic is missing or has other partitions', async () => {
    const start = performance.now();
    await expect(w.relay({ topics: w.topics.map((topic) => ({ ...topic, name: `none.${topic.name}` })) }).relay.install()).rejects.toThrow(TopicsUnusable);
    await expect(w.relay({ topics: w.topics.map((topic) => ({ ...topic, partitions: 9 })) }).relay.install()).rejects.toThrow(/has 6 partitions, expected 9/);
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  it('does not go on in another event store than its checkpoint was made in', async () => {
    const first = await w.start();
    await w.append(5);
    await waitUntil(() => first.relay.position >= 5n, WAIT);
    await first.stop();
    await w.db.pool.query(`update relay.relay_checkpoint set store_epoch = 'another'`);
    const second = await w.start();
    await waitUntil(() => second.errors.length > 0, WAIT);
    expect(() => second.relay.check()).toThrow(/does not belong to this event store/);
    expect(await new RelayCheckpoint(w.db.pool, 'relay', w.store).adoptStore()).toBe(5n);
    await w.append(5);
    await waitUntil(() => second.relay.position >= 10n, WAIT);
    expect(second.relay.check()).toMatchObject({ state: 'leading' });
  });

  it('shows its lag, also while none leads', async () => {
    const metrics = new Metrics({ service: 'relay', processMetrics: false });
    const { relay, stop } = await w.start({ metrics, clock: new FakeClock('2025-09-29T01:31:30.000Z') });
    await w.append(7);
    await waitUntil(() => relay.position >= 7n, WAIT);
    // Told by the checkpoint, which is written just behind the acknowledgement.
    const lags = /^gridcase_relay_lag_events\{service="relay"\} 0$/m;
    await waitUntil(async () => lags.test(await metrics.text()), WAIT);
    const text = await metrics.text();
    expect(text).toContain('gridcase_relay_events_total{service="relay"} 7');
    expect(text).toContain('gridcase_relay_leading{service="relay"} 1');
    for (const figure of ['seconds', 'events']) expect(text).toContain(`gridcase_relay_lag_${figure}{service="relay"} 0`);
    await stop();
    await w.append(2);
    const idle = await metrics.text();
    expect(idle).toContain('gridcase_relay_lag_events{service="relay"} 2');
    expect(idle).toContain('gridcase_relay_lag_seconds{service="relay"} 90');
  });
});

describeWithOwnKafka('relay and a broker that dies', () => {
  let broker: OwnKafka;
  let w: World;
  beforeAll(async () => {
    broker = await ownKafka();
    w = await world(broker.brokers);
  }, 60_000);
  afterAll(async () => {
    await w?.close();
    await broker?.stop();
  }, 60_000);

  it('kill -9 twice while it produces: nothing lost, nothing out of order, readers see each event once', async () => {
    const consumer = w.consume();
    const { relay } = await w.start({ batchEventsMax: 20 });
    await w.append(300);
    for (let kill = 1; kill <= 2; kill++) {
      await waitUntil(() => relay.position >= BigInt(200 * kill), { timeoutMs: 60_000 });
      const writing = w.append(300);
      await broker.kill();
      await broker.start();
      await writing;
    }
    const head = await w.store.head();
    await waitUntil(() => relay.position >= head && consumer.own.position >= head, { timeoutMs: 60_000 });
    await w.expectWholeAndOrdered();
    expect(consumer.seen).toEqual((await w.all()).map(({ position }) => position));
    expect(() => relay.check()).not.toThrow();
  }, 180_000);
});
