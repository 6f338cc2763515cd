import { setTimeout as delay } from 'node:timers/promises';
import { createMemoryEventStore, NO_STREAM, type Batch, type EventStore, type ExpectedHead } from '@gridcase/event-store';
import { randomUuid, uuidFrom } from '@gridcase/platform';
import { describeWithKafka, waitUntil } from '@gridcase/testing';
import { checkTopics, createTopics, TopicsUnusable, type KafkaBus } from '.';
import { withAdmin } from './topics';
import { pumpedBus, type PumpedBus } from './testing/pumped-bus';

const WAIT = { timeoutMs: 20_000 };

describeWithKafka('Kafka bus', () => {
  let store: EventStore;
  let pumped: PumpedBus;
  let heads: Map<string, ExpectedHead>;
  let serial = 0;
  const consumers: { stop(): Promise<void> }[] = [];

  beforeEach(async () => {
    store = createMemoryEventStore();
    heads = new Map();
    pumped = await pumpedBus(store);
  });
  afterEach(async () => {
    for (const consumer of consumers.splice(0)) await consumer.stop();
    await pumped?.close();
    await store.close();
  });

  const publish = async (stream: string, count = 1) => {
    const metadata = { correlationId: 'c', causationId: 'c', commandId: 'c', commandDigest: 'd', actor: { person: '张三', role: 'r', jurisdiction: '211103' }, occurredAt: '2025-09-29T01:30:00.000Z', recordedAt: '2025-09-29T01:30:00.000Z' };
    const events = Array.from({ length: count }, () => ({ id: uuidFrom('kafka-bus-spec', String(++serial)), type: 'Counted', version: 1, data: { n: serial, note: '井盖没了' }, metadata }));
    heads.set(stream, (await store.append(stream, heads.get(stream) ?? NO_STREAM, events)).head);
  };
  const publishMany = async (count: number, streams = 20) => { for (let n = 0; n < count; n++) await publish(`case-${n % streams}`); };
  /** A consumer that stores its position with its results, as read models do. */
  const consume = (group: string, options: { own?: { position: bigint }; bus?: KafkaBus; handler?(batch: Batch): Promise<void> } = {}) => {
    const stop = new AbortController();
    const own = options.own ?? { position: 0n };
    const seen: bigint[] = [];
    const errors: unknown[] = [];
    const bus = options.bus ?? pumped.bus();
    const done = bus.subscribe({
      group, categories: ['case', 'report'], signal: stop.signal, from: async () => own.position, onError: (error) => { errors.push(error); },
      handler: async (batch) => {
        await options.handler?.(batch);
        expect(batch.checkpoint).toBeGreaterThan(own.position);
        seen.push(...batch.events.map(({ position }) => position));
        own.position = batch.checkpoint;
      },
    });
    const consumer = { own, seen, errors, bus, stop: async () => { stop.abort(); await done; } };
    consumers.push(consumer);
    return consumer;
  };
  const all = async () => (await store.readAll({ after: 0n, limit: 10_000, categories: ['case', 'report'] })).events.map(({ position }) => position);
  const group = () => `spec.${randomUuid().slice(0, 8)}.v1`;

  it('gives the order of the record across partitions and topics, and the events as they stand in the store', async () => {
    const kept: Batch['events'] = [];
    const consumer = consume(group(), { handler: async ({ events }) => { kept.push(...events); } });
    await waitUntil(() => consumer.bus.check(), WAIT);
    for (let n = 0; n < 60; n++) await publish(n % 3 === 0 ? `report-${n % 5}` : `case-${n % 11}`);
    await waitUntil(async () => consumer.own.position >= (await store.head()), WAIT);
    expect(consumer.seen).toEqual(await all());
    expect(kept).toEqual((await store.readAll({ after: 0n, limit: 1_000 })).events);
  });

  it('what the relay sends again is dropped', async () => {
    const consumer = consume(group());
    await waitUntil(() => consumer.bus.check(), WAIT);
    const reach = (position: bigint) => waitUntil(() => consumer.own.position >= position, WAIT);
    await publishMany(30);
    await reach(30n);
    await pumped.stopPump();
    pumped.pumpFrom(0n);
    await publishMany(10);
    await reach(40n);
    await pumped.stopPump();
    pumped.pumpFrom(17n);
    await publishMany(10);
    await reach(50n);
    expect(consumer.seen).toEqual(await all());
  });

  it('what never reached the log is noticed and comes from the event store', async () => {
    const consumer = consume(group());
    await waitUntil(() => consumer.bus.check(), WAIT);
    await publishMany(10);
    await waitUntil(() => consumer.own.position >= 10n, WAIT);
    await pumped.stopPump();
    await publishMany(10);
    pumped.pumpFrom(17n); // 11 to 17 were never sent
    await waitUntil(() => consumer.own.position >= 20n, WAIT);
    await publishMany(5);
    await waitUntil(() => consumer.own.position >= 25n, WAIT);
    expect(consumer.seen).toEqual(await all());
    expect(consumer.errors.map(String)).toEqual([expect.stringContaining('what is missing comes from the event store')]);
  });

  it('a group whose offsets are lost goes on from its own position, with the event store', async () => {
    const own = { position: 0n };
    await publishMany(20);
    const first = consume(group(), { own });
    await waitUntil(() => own.position >= 20n, WAIT);
    await first.stop();
    await publishMany(20);
    const second = consume(group(), { own }); // a group of another name has no offsets
    await waitUntil(() => own.position >= 40n, WAIT);
    await publishMany(5);
    await waitUntil(() => own.position >= 45n, WAIT);
    expect([...first.seen, ...second.seen]).toEqual(await all());
  });

  it('a log that does not reach back far enough is made up for by the event store', async () => {
    const id = group();
    const own = { position: 0n };
    const first = consume(id, { own });
    await publishMany(20);
    await waitUntil(() => own.position >= 20n, WAIT);
    await first.stop();
    await publishMany(60);
    const reached = consume(group());
    await waitUntil(() => reached.own.position >= 80n, WAIT);
    // What retention does, at once: everything up to here is gone from the log.
    await withAdmin(pumped.kafka, async (admin) => {
      for (const { name } of pumped.topics) await admin.deleteTopicRecords({ topic: name, partitions: (await admin.fetchTopicOffsets(name)).map(({ partition, high }) => ({ partition, offset: high })) });
    });
    const second = consume(id, { own });
    await publishMany(10);
    await waitUntil(() => own.position >= 90n, WAIT);
    expect([...first.seen, ...second.seen]).toEqual(await all());
  });

  it('a consumer set back by its operator gets everything again from where it stands now', async () => {
    const id = group();
    const own = { position: 0n };
    const first = consume(id, { own });
    await publishMany(30);
    await waitUntil(() => own.position >= 30n, WAIT);
    await first.stop();
    own.position = 10n;
    const second = consume(id, { own });
    await waitUntil(() => own.position >= 30n, WAIT);
    expect(second.seen).toEqual((await all()).slice(10));
  });

  it('a handler that fails gets the rest from its own position, and a consumer that went back while running what it lacks', async () => {
    let failures = 2;
    let back = true;
    const own = { position: 0n };
    const consumer = consume(group(), {
      own,
      handler: async ({ events }) => {
        if (events.some(({ position }) => position === 12n) && failures-- > 0) throw new Error('not now');
        if (events.some(({ position }) => position === 25n) && back) {
          back = false;
          own.position = 5n;
          throw new Error('rolled back to older tables');
        }
      },
    });
    await waitUntil(() => consumer.bus.check(), WAIT);
    for (let n = 0; n < 30; n++) { await publish(`case-${n % 4}`); await delay(5); }
    await waitUntil(() => own.position >= 30n, WAIT);
    const positions = await all();
    const backAt = consumer.seen.lastIndexOf(6n);
    expect(consumer.seen.slice(backAt)).toEqual(positions.slice(5));
    expect(consumer.seen.slice(0, backAt)).toEqual(positions.slice(0, backAt));
    expect(failures).toBeLessThan(0);
  });

  it('of two members one reads and the other stands by; it takes over without loss, order kept', async () => {
    const id = group();
    const own = { position: 0n };
    const first = consume(id, { own });
    await waitUntil(() => Object.values(first.bus.check()).includes('reading'), WAIT);
    const second = consume(id, { own });
    const states = () => [first, second].flatMap(({ bus }) => Object.values(bus.check())).sort();
    await waitUntil(() => states().join() === 'reading,standby', WAIT);
    await publishMany(20);
    await waitUntil(() => own.position >= 20n, WAIT);
    await waitUntil(() => states().join() === 'reading,standby', WAIT);
    // Who was there first stays, unless the broker took it for gone on a busy machine: either way one reads.
    const reader = Object.values(first.bus.check()).includes('reading') ? first : second;
    await reader.stop();
    await publishMany(20);
    await waitUntil(() => own.position >= 40n, WAIT);
    // At least once, nothing lost; each member saw its part in order.
    const ascending = (x: bigint, y: bigint) => Number(x - y);
    expect([...new Set([...first.seen, ...second.seen])].sort(ascending)).toEqual(await all());
    for (const { seen } of [first, second]) expect(seen).toEqual([...seen].sort(ascending));
  });

  it('a handler slower than the session is not taken for dead', async () => {
    const id = group();
    let slow = true;
    const consumer = consume(id, { handler: async () => { if (slow) { slow = false; await delay(7_500); } } });
    await publishMany(5);
    await waitUntil(() => consumer.own.position >= 5n, WAIT);
    await publishMany(5);
    await waitUntil(() => consumer.own.position >= 10n, WAIT);
    expect(consumer.errors).toEqual([]);
    expect(consumer.seen).toEqual(await all());
  }, 40_000);

  it('a backlog larger than what may wait pauses partitions, and comes in order', async () => {
    const id = group();
    const own = { position: 0n };
    const first = consume(id, { own });
    await waitUntil(() => Object.values(first.bus.check()).includes('reading'), WAIT);
    await first.stop();
    await publishMany(400, 50);
    const reached = consume(group());
    await waitUntil(() => reached.own.position >= 400n, WAIT);
    await pumped.stopPump();
    const second = consume(id, { own, bus: pumped.bus({ waitingEventsMax: 10 }), handler: () => delay(2) });
    await waitUntil(() => own.position >= 400n, WAIT);
    expect([...first.seen, ...second.seen]).toEqual(await all());
  }, 40_000);

  it('topics that are missing, or have other partitions, are told at once', async () => {
    const missing = pumped.topics.map((topic) => ({ ...topic, name: `none.${topic.name}` }));
    const start = performance.now();
    await expect(checkTopics(pumped.kafka, missing)).rejects.toThrow(/topic none\..*case-events\.v1 is missing/);
    expect(performance.now() - start).toBeLessThan(5_000);
    const others = pumped.topics.map((topic) => ({ ...topic, partitions: topic.partitions + 1 }));
    await expect(createTopics(pumped.kafka, { replicationFactor: 1 }, others)).rejects.toThrow(/case-events\.v1 has 6 partitions, expected 7/);
    const bus = pumped.bus({ topics: missing });
    const consumer = consume(group(), { bus });
    await waitUntil(() => consumer.errors.some((error) => error instanceof TopicsUnusable), { timeoutMs: 5_000 });
    expect(() => bus.check()).toThrow(/is missing/);
  });

  it('creates topics with every setting named', async () => {
    const { configs } = await withAdmin(pumped.kafka, async (admin) => {
      const { resources: [resource] } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: 2, name: pumped.topics[0]!.name }] });
      return { configs: Object.fromEntries(resource!.configEntries.map(({ configName, configValue }) => [configName, configValue])) };
    });
    expect(configs).toMatchObject({ 'cleanup.policy': 'delete', 'retention.ms': String(14 * 24 * 3_600_000), 'min.insync.replicas': '1', 'unclean.leader.election.enable': 'false', 'max.message.bytes': String(8 * 1024 * 1024), 'compression.type': 'producer' });
  });
});
