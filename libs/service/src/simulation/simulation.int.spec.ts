import { createStoreBus } from '@gridcase/bus';
import { createPostgresEventStore, type EventStore } from '@gridcase/event-store';
import type { ManualClock } from '@gridcase/platform';
import { testDatabase, waitUntil, type TestDatabase } from '@gridcase/testing';
import { ServiceModule, startService, type Adapters, type RunningService } from '..';
import type { Service } from '@gridcase/events';
import { openSimulatedClock, type SimulatedClock } from './simulated-clock';
import { SimulatedServices } from './simulated-services';

const START = '2025-09-29T01:00:00.000Z';
const [LATER, LATEST] = ['2025-09-29T02:00:00.000Z', '2025-09-30T00:00:00.000Z'];
let database: TestDatabase;
let store: EventStore;
const ending = new AbortController();
beforeAll(async () => {
  database = await testDatabase();
  store = await createPostgresEventStore({ pool: database.pool });
});
afterAll(async () => {
  ending.abort();
  await store.close();
  await database.drop();
});
const open = (schema: string, start = START): Promise<SimulatedClock> => openSimulatedClock({ pool: database.pool, schema, start, signal: ending.signal, lookIntervalMs: 20 });

it('a simulated clock goes on where it stood, never back, and its replica follows', async () => {
  const [first, replica] = await Promise.all([open('one'), open('one')]);
  await first.moveTo(LATER);
  expect(first.clock.now()).toBe(LATER);
  await first.moveTo(START);
  expect(first.clock.now()).toBe(LATER);
  await waitUntil(() => replica.clock.now() === LATER, { timeoutMs: 5_000, what: 'the replica' });
  expect((await open('one')).clock.now()).toBe(LATER);
  expect((await open('one', LATEST)).clock.now()).toBe(LATEST);
});

describe('services whose clocks move as one', () => {
  const running: RunningService[] = [];
  const clocks: Record<string, ManualClock> = {};
  let services: SimulatedServices;
  const start = async (name: Service, simulated: boolean): Promise<RunningService> => {
    const simulation = await open(`${name.replaceAll('-', '_')}_simulation`);
    clocks[name] = simulation.clock;
    const adapters: Adapters = { clock: simulation.clock, store, bus: createStoreBus({ store }), pool: database.pool, schema: name.replaceAll('-', '_'), listen: '127.0.0.1:0', ...(simulated && { simulation }) };
    const service = await startService(ServiceModule.forRoot({ name, adapters }), adapters);
    running.push(service);
    return service;
  };
  beforeAll(async () => {
    const [registry, monitor] = [await start('registry', true), await start('sla-monitor', true)];
    services = new SimulatedServices({ registry: registry.address, 'sla-monitor': monitor.address } as Record<Service, string>);
  });
  afterAll(async () => {
    services.close();
    for (const service of running) await service.close();
  });

  it('all stand at the new moment, sla-monitor last: what it sends is never in the future of who decides', async () => {
    const order: string[] = [];
    for (const name of ['registry', 'sla-monitor']) clocks[name]!.onChange(() => order.push(name));
    await services.advanceTo(LATER, () => order.push('gateway'));
    expect(order).toEqual(['registry', 'sla-monitor', 'gateway']);
    expect([clocks['registry']!.now(), clocks['sla-monitor']!.now(), await services.now()]).toEqual([LATER, LATER, LATER]);
  });

  it('one after the other, whoever asks', async () => {
    await Promise.all([services.advanceTo(LATEST), services.advanceTo(LATER)]);
    expect(await services.now()).toBe(LATEST);
  });

  it('a service that runs by its own clock does not answer them', async () => {
    const dispatch = await start('dispatch', false);
    const asked = new SimulatedServices({ dispatch: dispatch.address } as Record<Service, string>);
    await expect(asked.now()).rejects.toThrow(/UNIMPLEMENTED/);
    await expect(asked.advanceTo(LATEST)).rejects.toThrow(/UNIMPLEMENTED/);
    asked.close();
    expect(clocks['dispatch']!.now()).toBe(START);
  });
});
