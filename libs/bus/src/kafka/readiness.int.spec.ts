import { createMemoryEventStore, type EventStore } from '@gridcase/event-store';
import { describeWithOwnKafka, ownKafka, waitUntil, type OwnKafka } from '@gridcase/testing';
import type { KafkaBus } from '.';
import { pumpedBus, type PumpedBus } from './testing/pumped-bus';

const SESSION_MS = 6_000;
const HOUR_MS = 3_600_000;

describeWithOwnKafka('readiness of the Kafka bus', () => {
  let broker: OwnKafka;
  let store: EventStore;
  let pumped: PumpedBus;
  const stop = new AbortController();
  const running: Promise<void>[] = [];
  beforeAll(async () => {
    broker = await ownKafka();
    store = createMemoryEventStore();
    pumped = await pumpedBus(store, { brokers: broker.brokers, pump: false });
  }, 180_000);
  afterAll(async () => {
    stop.abort();
    await Promise.all(running);
    await store?.close();
    await broker?.stop();
  }, 60_000);

  const member = (group: string): KafkaBus => {
    const bus = pumped.bus({ sessionTimeoutMs: SESSION_MS });
    let position = 0n;
    running.push(bus.subscribe({ group, signal: stop.signal, from: async () => position, handler: async ({ checkpoint }) => { position = checkpoint; } }));
    return bus;
  };
  const isReady = (bus: KafkaBus): boolean => {
    try {
      bus.check();
      return true;
    } catch {
      return false;
    }
  };

  it('reading and standing by are ready, and stay so longer than a session lasts; a broker that dies makes both not ready, and comes back', async () => {
    const members = [member('spec.ready.v1'), member('spec.ready.v1')];
    expect(members.map(isReady)).toEqual([false, false]);
    await waitUntil(() => members.flatMap((bus) => Object.values(bus.check())).sort().join() === 'reading,standby', { timeoutMs: 60_000 });
    // A machine that stands still for a moment may cost a session, once; one that ran out each time would never get there.
    let since = performance.now();
    await waitUntil(() => {
      if (!members.every(isReady)) since = performance.now();
      return performance.now() - since > 2 * SESSION_MS;
    }, { timeoutMs: 12 * SESSION_MS, pollIntervalMs: 50, what: 'ready throughout two sessions' });

    await broker.kill();
    await waitUntil(() => !members.some(isReady), { timeoutMs: 30_000, what: 'not ready without a broker' });
    expect(() => members[0]!.check()).toThrow(/^spec\.ready\.v1 (cannot read from Kafka|has heard nothing from Kafka|has not joined its group)/);
    // One that starts now is not ready before there is a broker.
    const late = member('spec.late.v1');
    expect(() => late.check()).toThrow(/has not joined its group yet/);

    await broker.start();
    await waitUntil(() => [...members, late].every(isReady), { timeoutMs: 90_000, what: 'ready again' });
  }, 240_000);

  it('a host whose clock was set back by an hour: kafkajs sends no heartbeat any more, and the member joins anew', async () => {
    const group = 'spec.clock.v1';
    const alone = member(group);
    await waitUntil(() => isReady(alone), { timeoutMs: 60_000 });
    const now = Date.now.bind(Date);
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => now() - HOUR_MS);
    try {
      await waitUntil(() => !isReady(alone), { timeoutMs: 3 * SESSION_MS, what: 'silence' });
      await waitUntil(() => isReady(alone), { timeoutMs: 90_000, what: 'joined anew' });
    } finally {
      clock.mockRestore();
    }
  }, 240_000);
});
