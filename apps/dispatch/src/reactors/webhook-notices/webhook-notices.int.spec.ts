import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createStoreBus } from '@gridcase/bus';
import { parsePack } from '@gridcase/domain';
import { createCommandHandler, createPostgresEventStore, type EventStore } from '@gridcase/event-store';
import { upcastEvent, validateEvent, versionOf } from '@gridcase/events';
import { createLogger, Metrics, randomUuid } from '@gridcase/platform';
import { listParked, rebuild } from '@gridcase/projections';
import { startService, type RunningService, type WebhookConfig } from '@gridcase/service';
import { beijing, CaseStory, FakeClock, people, testDatabase, waitUntil, WebhookReceiver, type TestDatabase } from '@gridcase/testing';
import { createDispatchModule, dispatchTables } from '../..';
import { WebhookNoticesReactor } from './webhook-notices.reactor';

const parsed = parsePack(readFileSync(join(__dirname, '../../../../../policies/heyang-2020.yaml'), 'utf8'));
if (!parsed.ok) throw new Error('pack');
const pack = parsed.pack;
const clock = new FakeClock(beijing('2025-09-22 08:00'));
let db: TestDatabase;
let store: EventStore;
let receiver: WebhookReceiver;
let metrics: Metrics;
const running: RunningService[] = [];

beforeEach(async () => {
  db = await testDatabase();
  store = await createPostgresEventStore({ url: db.url });
  receiver = await new WebhookReceiver().start();
  metrics = new Metrics({ service: 'dispatch', processMetrics: false });
});
afterEach(async () => {
  for (const service of running.splice(0)) await service.close();
  await receiver.stop();
  await store.close();
  await db.drop();
});

async function start(webhook?: Partial<WebhookConfig>): Promise<RunningService> {
  const adapters = { clock, store, bus: createStoreBus({ store }), pool: db.pool, schema: 'dispatch', listen: '127.0.0.1:0', metrics, logger: createLogger({ service: 'dispatch', level: 'silent' }) };
  const settings = webhook && { webhook: { url: receiver.url, secrets: [Buffer.alloc(32, 7)], types: ['CaseDispatched', 'ResultSubmitted'], ...webhook } };
  const service = await startService(createDispatchModule(adapters, settings), adapters);
  running.push(service);
  return service;
}
/** Filed, dispatched, done: of the default types it has CaseDispatched and ResultSubmitted. */
async function recordCase(id: string): Promise<void> {
  const story = new CaseStory(pack).filed('2025-09-22 09:00', { caseId: id }).dispatched('2025-09-22 09:05').acknowledged('2025-09-22 09:10').resolved('2025-09-22 10:00');
  const append = createCommandHandler(store, { clock, versionOf, validate: validateEvent });
  const outcome = await append.execute(`case-${id}`, { initialState: () => 0, evolve: (n) => n + 1 }, { commandId: randomUuid(), digest: 'd', actor: people.system, occurredAt: clock.now(), correlationId: 'c', causationId: 'c' }, () => story.events);
  if (!outcome.ok) throw new Error(outcome.rejection.code);
}
const rows = async () => (await db.pool.query('select stream, kind, state from dispatch.outbox order by position')).rows.map(({ stream, kind, state }) => `${stream} ${kind} ${state}`);
const told = () => receiver.received.map(({ headers }) => `${headers['ce-subject']} ${headers['ce-type']}`);
const TOLD = (id: string) => [`${id} gridcase.CaseDispatched.v1`, `${id} gridcase.ResultSubmitted.v1`];

it('tells what is recorded from the moment it is switched on, case by case in order, and nothing older', async () => {
  await recordCase('old');
  const service = await start({});
  await recordCase('new');
  await service.settle();
  await waitUntil(() => told().length >= 2, { timeoutMs: 10_000 });
  expect(told()).toEqual(TOLD('new'));
  await waitUntil(async () => (await rows()).every((row) => row.endsWith('delivered')), { timeoutMs: 5_000 });
  expect(await metrics.text()).toContain('gridcase_outbox_deliveries_total{outcome="delivered",service="dispatch"} 2');
});

it('goes on after a restart where it stood: what was recorded meanwhile is told too, and nothing twice', async () => {
  const first = await start({});
  await recordCase('one');
  await first.settle();
  await waitUntil(async () => (await rows()).filter((row) => row.endsWith('delivered')).length === 2, { timeoutMs: 10_000 });
  await first.close();
  await recordCase('two');
  await start({});
  await waitUntil(() => told().length >= 4, { timeoutMs: 10_000 });
  expect(told()).toEqual([...TOLD('one'), ...TOLD('two')]);
});

it('the same event given to the reactor twice is one row', async () => {
  await receiver.stop();
  const service = await start({});
  await recordCase('one');
  await service.settle();
  const reactor = service.app.get(WebhookNoticesReactor, { strict: false });
  for (const event of await store.readStream('case-one')) await Promise.all([reactor.handle(event), reactor.handle(event)]);
  expect(await rows()).toEqual(['case-one CaseDispatched waiting', 'case-one ResultSubmitted waiting']);
});

it('a rebuild of the read models tells nobody anything', async () => {
  await recordCase('old');
  const service = await start({});
  await service.settle();
  const report = await rebuild({ pool: db.pool, store, upcast: upcastEvent, schema: 'dispatch', projections: dispatchTables.projections! });
  expect(report).toMatchObject({ switched: true, projections: [{ rows: 1 }] });
  await service.settle();
  expect(await rows()).toEqual([]);
  await recordCase('new');
  await service.settle();
  expect(await rows()).toHaveLength(2);
});

it('switched off it writes nothing; switched on again it begins anew, not where it had stopped', async () => {
  const on = await start({});
  await recordCase('one');
  await on.settle();
  await on.close();
  const off = await start();
  await recordCase('two');
  await off.settle();
  expect((await rows()).filter((row) => row.startsWith('case-two'))).toEqual([]);
  expect((await db.pool.query(`select processor from dispatch.checkpoint where processor like '%webhook%'`)).rows).toEqual([]);
  await off.close();
  const again = await start({});
  await recordCase('three');
  await again.settle();
  expect((await rows()).map((row) => row.split(' ')[0])).toEqual(['case-one', 'case-one', 'case-three', 'case-three']);
});

it('never switched on: no figures, no rows, and no reactor that follows', async () => {
  const service = await start();
  await recordCase('one');
  await service.settle();
  expect(await rows()).toEqual([]);
  expect(await metrics.text()).not.toContain('outbox');
  expect((await db.pool.query('select processor from dispatch.checkpoint')).rows).toEqual([{ processor: 'dispatch.read-models.v1' }]);
});

it('only types that were asked for', async () => {
  const service = await start({ types: ['CaseFiled'] });
  await recordCase('one');
  await service.settle();
  await waitUntil(() => told().length === 1, { timeoutMs: 10_000 });
  expect(told()).toEqual(['one gridcase.CaseFiled.v1']);
  expect(await listParked(db.pool, 'dispatch')).toEqual([]);
});
