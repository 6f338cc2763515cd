import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createStoreBus } from '@gridcase/bus';
import { parsePack, type CaseCommands, type CaseCommandType } from '@gridcase/domain';
import { createCommandHandler, createPostgresEventStore, type EventStore } from '@gridcase/event-store';
import { validateEvent, versionOf, type Actor } from '@gridcase/events';
import { Metrics, randomUuid } from '@gridcase/platform';
import { CaseDesk, ServiceClient, digestOf, startService, type Adapters, type RunningService } from '@gridcase/service';
import { FakeClock, beijing, gridCode, handler, people, testDatabase, waitUntil, type TestDatabase } from '@gridcase/testing';
import { ClockWorker, createSlaMonitorModule } from '.';
import { CalendarPublishedReactor } from './reactors/calendar-published/calendar-published.reactor';
import { Lease } from './timer/lease';

const district = '610524';
const clock = new FakeClock(beijing('2025-09-22 08:00'));
let db: TestDatabase;
let store: EventStore;
let adapters: Adapters;
let service: RunningService;
let client: ServiceClient;
let desk: CaseDesk;

beforeAll(async () => {
  db = await testDatabase();
  store = await createPostgresEventStore({ url: db.url });
  const parsed = parsePack(readFileSync(join(__dirname, '../../../policies/heyang-2020.yaml'), 'utf8'));
  if (!parsed.ok) throw new Error('pack');
  await record(`policy-${district}`, [{ type: 'PolicyAdopted', data: { district, pack: parsed.pack.id, version: 1, validFrom: '2020-10-22', content: parsed.pack, digest: 'd' } }]);
  adapters = { clock, store, bus: createStoreBus({ store }), pool: db.pool, schema: 'sla', listen: '127.0.0.1:0', metrics: new Metrics({ service: 'sla-monitor', processMetrics: false }) };
  service = await startService(createSlaMonitorModule(adapters, { leaseTtlMs: 1_000 }), adapters);
  client = new ServiceClient({ 'sla-monitor': service.address });
  desk = service.app.get(CaseDesk, { strict: false });
});
afterAll(async () => {
  client?.close();
  await service?.close();
  await store?.close();
  await db?.drop();
});

async function record(stream: string, events: { type: string; data: object }[]): Promise<void> {
  const append = createCommandHandler(store, { clock, versionOf, validate: validateEvent });
  const outcome = await append.execute(stream, { initialState: () => 0, evolve: (n) => n + 1 }, { commandId: randomUuid(), digest: 'd', actor: people.system, occurredAt: clock.now(), correlationId: 'c', causationId: 'c' }, () => events);
  if (!outcome.ok) throw new Error(outcome.rejection.code);
}
const call = <K extends CaseCommandType>(type: K, caseId: string, actor: Actor, body: object) => ({ type, body: { ...body, caseId } as CaseCommands[K] & { caseId: string }, context: { actor, correlationId: 'c', commandId: randomUuid(), digest: digestOf(type, body) } });
/** At a local time, by whichever service owns the command. */
async function at<K extends CaseCommandType>(local: string, type: K, caseId: string, actor: Actor, body: CaseCommands[K] | object = {}): Promise<void> {
  if (beijing(local) > clock.now()) clock.set(beijing(local));
  const outcome = await desk.executeRaw(type, call(type, caseId, actor, body));
  if (!outcome.ok) throw new Error(`${type}: ${outcome.rejection.code}`);
}
async function dispatched(local: string, caseId: string, { unit = 'u-1', grid = gridCode }: { unit?: string; grid?: string } = {}): Promise<void> {
  await at(local, 'FileCase', caseId, people.centre, {
    number: `610524-${caseId}`, district, level: 'district', centre: district, reportId: `r-${caseId}`, channel: 'hotline', reportedAt: beijing(local), foundBy: 'citizen', item: { code: 'B001', name: '井盖缺失', category: '公用设施', kind: 'component' },
    grade: 'general', importance: 'normal', urgency: 'normal', belonging: '市政', place: { address: '凤凰东路 5 号', gridCode: grid }, description: '井盖没了', evidence: [], gridWorker: 'w-1',
  });
  await at(local, 'PhoneUnit', caseId, people.centre, { unit, person: '张科长', answered: true });
  await at(local, 'DispatchCase', caseId, people.centre, { lead: unit });
  await at(local, 'AcknowledgeDispatch', caseId, handler(unit));
  await at(local, 'RecordArrival', caseId, handler(unit));
}
const events = async (caseId: string) => store.readStream(`case-${caseId}`);
const fired = async (caseId: string, kind: string) => (await events(caseId)).filter((e) => ['ClockWarned', 'ClockBreached'].includes(e.type) && e.data.kind === kind).map((e) => [e.type, e.metadata.occurredAt]);
const ask = async (name: string, params: object, actor: Actor = people.centre): Promise<any> => {
  const reply = await client.query('sla-monitor', { name, params, context: { actor, correlationId: 'c' } });
  return reply.ok ? reply.result : reply.problem;
};
const figure = async (name: string) => Number((await adapters.metrics!.text()).split('\n').find((line) => line.startsWith(`gridcase_${name}`))?.split(' ').at(-1));
const until = async (local: string) => { clock.set(beijing(local)); await service.settle(); };

// @rule H4.2.4 X17 H4.2.5 L4.6 L5.4
it('yellow, red, supervision, accountability: each once, when it was due, never before', async () => {
  await dispatched('2025-09-22 09:00', 'late');
  await service.settle();
  // General: 3 working days, so Thursday 17:30 (N1); yellow when a quarter of the working time is left.
  const dispose = (await ask('GetCaseClocks', { caseId: 'late' })).clocks.find((c: { kind: string }) => c.kind === 'dispose');
  expect(dispose).toMatchObject({ kind: 'dispose', light: 'green', status: 'running', dueAt: beijing('2025-09-25 17:30'), rule: 'H4.2.4', limit: { amount: 3, unit: 'workingDay' } });
  clock.set(new Date(Date.parse(dispose.warnAt) - 1).toISOString());
  await service.settle();
  expect(await fired('late', 'dispose')).toEqual([]);
  clock.set(dispose.warnAt);
  await service.settle();
  expect(await fired('late', 'dispose')).toEqual([['ClockWarned', dispose.warnAt]]);
  expect((await ask('GetLights', { by: 'unit' })).items).toEqual([{ subject: 'u-1', green: 0, yellow: 1, red: 0, light: 'yellow' }]);

  await until('2025-09-25 17:30');
  expect(await fired('late', 'dispose')).toHaveLength(1);
  clock.advance(1);
  expect((await ask('GetLights', { by: 'street' })).items).toEqual([{ subject: '610524001', green: 0, yellow: 0, red: 1, light: 'red' }]);
  await service.settle();
  expect(await fired('late', 'dispose')).toEqual([['ClockWarned', dispose.warnAt], ['ClockBreached', beijing('2025-09-25 17:30')]]);
  expect(await ask('ListSupervisions', { caseId: 'late' })).toMatchObject({ items: [{ unit: 'u-1', cause: 'overdue', state: 'open', rule: 'H4.2.5', openedAt: beijing('2025-09-25 17:30'), dueAt: beijing('2025-09-29 17:30') }] });

  // Term of 3 working days: Friday, the make-up Sunday 28 September, Monday.
  await until('2025-09-29 17:31');
  expect((await events('late')).map((e) => e.type).slice(-2)).toEqual(['ClockBreached', 'AccountabilityOpened']);
  expect(await ask('ListSupervisions', { state: 'lapsed' })).toMatchObject({ items: [{ caseId: 'late', accountability: { rule: 'H5.2' } }] });
  const before = (await events('late')).length;
  await service.settle();
  expect(await events('late')).toHaveLength(before);
});

// @rule H4.2.4
it('a result one minute before the limit leaves nothing to breach; one minute after comes after the breach', async () => {
  await dispatched('2025-10-09 09:00', 'just');
  await dispatched('2025-10-09 09:00', 'over');
  // Friday, the make-up Saturday 11 October, Monday.
  await until('2025-10-13 17:29');
  await at('2025-10-13 17:29', 'SubmitResult', 'just', handler('u-1'), { result: '已更换', signedBy: 'l-1' });
  await until('2025-10-13 17:31');
  await at('2025-10-13 17:31', 'SubmitResult', 'over', handler('u-1'), { result: '已更换', signedBy: 'l-1' });
  await service.settle();
  expect((await fired('just', 'dispose')).map(([type]) => type)).toEqual(['ClockWarned']);
  expect((await fired('over', 'dispose')).map(([type]) => type)).toEqual(['ClockWarned', 'ClockBreached']);
  expect((await events('just')).find((e) => e.type === 'ResultSubmitted')!.data.late).toBe(false);
  expect((await events('over')).find((e) => e.type === 'ResultSubmitted')!.data.late).toBe(true);
});

// @rule X12 X13
it('a case shows each start, pause, resume and stop with cause, time used and time left', async () => {
  await at('2025-10-15 09:00', 'FileCase', 'timeline', people.centre, {
    number: 'n', district, level: 'district', centre: district, reportId: 'r-t', channel: 'hotline', reportedAt: beijing('2025-10-15 09:00'), foundBy: 'citizen', item: { code: 'B001', name: '井盖缺失', category: '公用设施', kind: 'component' },
    grade: 'general', importance: 'normal', urgency: 'normal', belonging: '市政', place: { address: '东街', gridCode }, description: '井盖', evidence: [],
  });
  await at('2025-10-15 09:10', 'PhoneUnit', 'timeline', people.centre, { unit: 'u-1', person: '张', answered: true });
  await at('2025-10-15 09:10', 'DispatchCase', 'timeline', people.centre, { lead: 'u-1' });
  await at('2025-10-15 09:30', 'ReboundCase', 'timeline', handler('u-1'), { reason: '不属我局' });
  await at('2025-10-15 10:30', 'RuleOnRebound', 'timeline', people.centre, { decision: 'overrule', reason: '属你局' });
  await at('2025-10-15 15:30', 'SubmitResult', 'timeline', handler('u-1'), { result: '好', signedBy: 'l-1' });
  await service.settle();
  const shown = await ask('GetCaseClocks', { caseId: 'timeline' });
  const dispose = shown.clocks.find((c: { kind: string }) => c.kind === 'dispose');
  const hour = 3_600_000;
  // Working time of 08:30–17:30: from 09:10 to 09:30, then from 10:30 to 15:30; the limit was 8h20 of Wednesday and three days of 9 hours.
  const whole = 8 * hour + hour / 3 + 27 * hour;
  expect(dispose.timeline.map(({ op, at: when, usedMs, leftMs }: any) => [op, when, usedMs, leftMs])).toEqual([
    ['start', beijing('2025-10-15 09:10'), 0, whole], ['pause', beijing('2025-10-15 09:30'), hour / 3, whole - hour / 3],
    ['resume', beijing('2025-10-15 10:30'), hour / 3, whole - hour / 3], ['stop', beijing('2025-10-15 15:30'), hour / 3 + 5 * hour, whole - hour / 3 - 5 * hour],
  ]);
  expect(dispose.timeline.map((e: { cause: string }) => e.cause)).toEqual(['CaseDispatched', 'CaseRebounded', 'ReboundRuled', 'ResultSubmitted']);
  // As it was in between: paused, and nothing later known.
  const then = (await ask('GetCaseClocks', { caseId: 'timeline', at: beijing('2025-10-15 10:00') })).clocks.find((c: { kind: string }) => c.kind === 'dispose');
  expect(then).toMatchObject({ status: 'paused', light: 'green', usedMs: hour / 3, timeline: { length: 3 } });
  expect(await ask('GetCaseClocks', { caseId: 'timeline' }, handler('u-9'))).toMatchObject({ code: 'NOT_YOUR_UNIT' });
  expect(await ask('GetCaseClocks', { caseId: 'timeline' }, { ...people.centre, jurisdiction: '210600' })).toMatchObject({ code: 'OUTSIDE_JURISDICTION' });
  expect(await ask('GetCaseClocks', { caseId: 'none' })).toMatchObject({ code: 'NOT_FOUND' });
});

// @rule L4.6
it('lists open clocks in the order they are due, page by page, each sees his own', async () => {
  await dispatched('2025-10-16 09:00', 'list-a', { unit: 'u-5', grid: '610524002001001' });
  await dispatched('2025-10-16 10:00', 'list-b', { unit: 'u-5', grid: '610524002002001' });
  await service.settle();
  const all = (await ask('ListClocks', { unit: 'u-5' })).items;
  expect(all.map((c: any) => [c.caseId, c.kind, c.light])).toEqual([['list-a', 'dispose', 'green'], ['list-b', 'dispose', 'green']]);
  const first = await ask('ListClocks', { unit: 'u-5', limit: 1 });
  expect(first.items).toEqual(all.slice(0, 1));
  const second = await ask('ListClocks', { unit: 'u-5', limit: 1, cursor: first.next });
  expect(second).toEqual({ items: all.slice(1) });
  expect((await ask('ListClocks', { street: '610524002', kind: 'dispose' })).items).toHaveLength(2);
  expect((await ask('ListClocks', { community: '610524002002' })).items).toHaveLength(1);
  expect((await ask('ListClocks', { unit: 'u-5', light: 'red' })).items).toEqual([]);
  expect((await ask('ListClocks', { unit: 'u-5', dueBefore: all[0].dueAt })).items).toEqual([]);
  expect((await ask('ListClocks', { caseId: 'list-a', state: 'stopped' })).items.map((c: any) => [c.kind, c.light])).toEqual([['dispatch', 'none'], ['respond', 'none'], ['arrive', 'none']]);
  expect((await ask('ListClocks', {}, handler('u-5'))).items).toHaveLength(2);
  expect((await ask('ListClocks', { unit: 'u-5' }, handler('u-1'))).items).toEqual([]);
  expect((await ask('ListClocks', {}, { ...people.centre, jurisdiction: '610524002001' })).items).toHaveLength(1);
  expect((await ask('GetLights', { by: 'community', area: '610524002' })).items).toEqual([
    { subject: '610524002001', green: 1, yellow: 0, red: 0, light: 'green' }, { subject: '610524002002', green: 1, yellow: 0, red: 0, light: 'green' },
  ]);
});

// @rule L5.4 X17
it('urging and supervision by people; who is out of place is refused', async () => {
  const send = (type: CaseCommandType, actor: Actor, body: object) => client.command(call(type, 'list-a', actor, body) as never);
  expect(await send('UrgeUnit', people.supervisor, { unit: 'u-5', notice: '请抓紧' })).toMatchObject({ ok: true });
  expect(await send('UrgeUnit', people.supervisor, { unit: 'u-9', notice: '请抓紧' })).toMatchObject({ ok: false, problem: { code: 'NOT_IN_HANDLING' } });
  expect(await send('OpenSupervision', { ...people.supervisor, jurisdiction: '210600' }, { unit: 'u-5', cause: 'procedure' })).toMatchObject({ ok: false, problem: { code: 'OUTSIDE_JURISDICTION' } });
  expect(await send('OpenSupervision', people.supervisor, { unit: 'u-5', cause: 'procedure' })).toMatchObject({ ok: true });
  expect(await send('OpenSupervision', people.supervisor, { unit: 'u-5', cause: 'procedure' })).toMatchObject({ ok: false, problem: { code: 'SUPERVISION_ALREADY_OPEN' } });
  await service.settle();
  expect(await ask('ListSupervisions', { unit: 'u-5', state: 'open' })).toMatchObject({ items: [{ caseId: 'list-a', cause: 'procedure' }] });
  expect((await ask('GetCaseClocks', { caseId: 'list-a' })).urges).toMatchObject([{ unit: 'u-5', notice: '请抓紧' }]);
});

// @rule N2
it('a holiday announced late moves open deadlines by a recorded decision, once; closed cases keep theirs', async () => {
  await dispatched('2025-11-03 09:00', 'open');
  await dispatched('2025-11-03 09:00', 'done');
  await at('2025-11-03 10:00', 'SubmitResult', 'done', handler('u-1'), { result: '好', signedBy: 'l-1' });
  await at('2025-11-03 10:10', 'VerifyResult', 'done', people.worker, { proposal: 'close', note: '好' });
  await at('2025-11-03 10:20', 'RecordCallBack', 'done', people.centre, { medium: 'telephone', reached: true, truthful: true, satisfied: true });
  await at('2025-11-03 10:30', 'CloseCase', 'done', people.centre);
  await service.settle();
  const closed = (await events('done')).length;
  clock.set(beijing('2025-11-04 09:00'));
  await record(`calendar-${district}`, [{ type: 'CalendarPublished', data: { district, version: '2025', year: { year: 2025, holidays: [{ date: '2025-11-05', name: '县庆' }], workdays: [], source: '县政府通知' }, publishedAt: clock.now() } }]);
  await service.settle();
  const moved = (await events('open')).filter((e) => e.type === 'DeadlinesMoved');
  // 3 working days from Monday 3 November were Thursday the 6th; with the 5th off, Friday the 7th.
  expect(moved.map((e) => [e.data.calendar, e.data.reason, e.data.clocks.map((c: any) => [c.op, c.dueAt])])).toEqual([['2025.1', '县政府通知 2025', [['move', beijing('2025-11-07 17:30')]]]]);
  expect(await events('done')).toHaveLength(closed);
  const { rows } = await db.pool.query('select calendar, done, applied = total as complete from sla.calendar_runs');
  expect(rows).toEqual([{ calendar: '2025.1', done: true, complete: true }]);
  expect(await figure(`calendar_cases_left{district="${district}"`)).toBe(0);
  await db.pool.query(`update sla.calendar_runs set done = false, last_case = '', applied = total - 1`);
  expect(await figure(`calendar_cases_left{district="${district}"`)).toBe(1);
  // A replay of the reactor, as after a crash before its position was stored, gives nothing new.
  const reactor = service.app.get(CalendarPublishedReactor, { strict: false });
  const [published] = await store.readStream(`calendar-${district}`);
  await reactor.handle(published!);
  expect((await events('open')).filter((e) => e.type === 'DeadlinesMoved')).toHaveLength(1);
  await until('2025-11-06 17:31');
  expect((await fired('open', 'dispose')).map(([type]) => type)).not.toContain('ClockBreached');
});

// @rule X17
it('wakes by itself when time moves on', async () => {
  await dispatched('2025-11-17 09:00', 'alone');
  await service.settle();
  clock.set(beijing('2025-11-20 17:31'));
  await waitUntil(async () => (await fired('alone', 'dispose')).length === 2, { timeoutMs: 10_000, what: 'warning and breach' });
});

// @rule X17 L4.6
it('two replicas, 200 clocks due at once, fired in parallel and again: each exactly once', async () => {
  const ids = Array.from({ length: 100 }, (_, n) => `many-${n}`);
  for (const id of ids) await dispatched('2025-12-01 09:00', id);
  const other = await startService(createSlaMonitorModule({ ...adapters }, { leaseTtlMs: 1_000 }), { ...adapters });
  await service.settle();
  clock.set(beijing('2025-12-04 17:31'));
  const mine = service.app.get(ClockWorker, { strict: false });
  const theirs = other.app.get(ClockWorker, { strict: false });
  await Promise.all([mine.fireDue(), theirs.fireDue(), mine.fireDue()]);
  await service.settle();
  await other.close();
  const seen = await Promise.all(ids.map((id) => fired(id, 'dispose')));
  expect(seen.every((list) => list.length === 2 && list[0]![0] === 'ClockWarned' && list[1]![0] === 'ClockBreached' && list[1]![1] === beijing('2025-12-04 17:30'))).toBe(true);
  expect(await mine.fireDue()).toBe(0);
  expect((await db.pool.query(`select count(*)::int as n from sla.clock_due where fire_at <= $1`, [clock.now()])).rows).toEqual([{ n: 0 }]);
}, 60_000);

it('a clock that cannot be fired stops nobody else, and is tried again when asked', async () => {
  await dispatched('2025-12-08 09:00', 'sound');
  await service.settle();
  // In the index, but not in the record: as if this index belonged to another store.
  await db.pool.query(`insert into sla.case_clocks_v1 select 'ghost', revision, doc, district, street, community, grid, centre, lead, units, open, calendar, working_time from sla.case_clocks_v1 where id = 'sound'`);
  await db.pool.query(`insert into sla.clock_due_v1 select 'ghost', clock, fires, moment, fire_at, district from sla.clock_due_v1 where stream_id = 'sound'`);
  const failures = async () => Number(/gridcase_clocks_fired_total\{outcome="failed",fires="due"[^}]*\} (\d+)/.exec(await adapters.metrics!.text())?.[1] ?? 0);
  clock.set(beijing('2025-12-11 17:31'));
  await service.settle();
  expect((await fired('sound', 'dispose')).map(([type]) => type)).toEqual(['ClockWarned', 'ClockBreached']);
  const before = await failures();
  expect(before).toBeGreaterThan(0);
  await service.settle();
  expect(await failures()).toBeGreaterThan(before);
  const { rows: [due] } = await db.pool.query<{ streams: string[]; clocks: number; oldest: Date }>(`select array_agg(distinct stream_id) as streams, count(*)::int as clocks, min(fire_at) as oldest from sla.clock_due where fire_at <= $1`, [clock.now()]);
  expect(due).toMatchObject({ streams: ['ghost'], clocks: expect.any(Number) });
  clock.advance(90_000);
  expect(await figure('clocks_due')).toBe(due!.clocks);
  expect(await figure('clocks_late_seconds')).toBe((Date.parse(clock.now()) - due!.oldest.getTime()) / 1_000);
  await db.pool.query(`delete from sla.clock_due_v1 where stream_id = 'ghost'`);
  expect([await figure('clocks_due'), await figure('clocks_late_seconds')]).toEqual([0, 0]);
});

it('the lease: one holder, taken over when it is not renewed, and the old holder finds out', async () => {
  const one = new Lease(db.pool, 'sla', 'test', 'one', 200);
  const two = new Lease(db.pool, 'sla', 'test', 'two', 200);
  expect([await one.hold(), await two.hold(), await one.renew()]).toEqual([true, false, true]);
  await waitUntil(() => two.hold(), { timeoutMs: 5_000 });
  expect([await one.renew(), await one.hold(), await two.renew()]).toEqual([false, false, true]);
  await two.release();
  expect(await one.hold()).toBe(true);
  const { rows } = await db.pool.query(`select epoch::int as epoch from sla.timer_lease where name = 'test'`);
  expect(rows).toEqual([{ epoch: 3 }]);
});
