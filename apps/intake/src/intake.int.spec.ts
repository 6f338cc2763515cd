import { Client } from 'pg';
import { createStoreBus } from '@gridcase/bus';
import { caseDecider, type MaybeCase } from '@gridcase/domain';
import { createPostgresEventStore, type EventStore } from '@gridcase/event-store';
import { createLogger, type CommandCall, type CommandReply, type QueryReply } from '@gridcase/platform';
import { ServiceClient, digestOf, startService, type Adapters, type RunningService } from '@gridcase/service';
import { FakeClock, testDatabase, waitUntil, type TestDatabase } from '@gridcase/testing';
import { createIntakeModule } from '.';
import { GRID, HEYANG, heyangPack, recordHeyang, recordPolicy } from './testing/heyang';

type Actor = { person: string; role: string; jurisdiction: string };
const clock = new FakeClock('2025-09-22T01:00:00.000Z');
const operator: Actor = { person: 'op-610524-1', role: 'centre-operator', jurisdiction: HEYANG };
const hotline: Actor = { person: 'hot-610524-1', role: 'hotline-operator', jurisdiction: HEYANG };
const worker: Actor = { person: 'w-610524-001', role: 'grid-worker', jurisdiction: GRID };
const citizen: Actor = { person: 'citizen-1', role: 'citizen', jurisdiction: HEYANG };
const otherStreet: Actor = { person: 'op-610524102', role: 'centre-operator', jurisdiction: '610524102' };
const photo = { sha256: 'a'.repeat(64), mediaType: 'image/jpeg', takenAt: '2025-09-22T00:55:00.000Z', takenBy: 'w-610524-001', longitude: 110.14376, latitude: 35.23227 };
const NAME = '王秀英';
const TELEPHONE = '13800138000';

let database: TestDatabase;
let store: EventStore;
let service: RunningService;
let client: ServiceClient;
let sequence = 0;
const logged: string[] = [];

const call = (actor: Actor, type: string, body: object, commandId = `k-${++sequence}`): CommandCall => ({ type, body, context: { actor, commandId, correlationId: 'c', digest: digestOf(type, body) } });
const command = (actor: Actor, type: string, body: object, commandId?: string): Promise<CommandReply> => client.command(call(actor, type, body, commandId));
const ok = async (reply: Promise<CommandReply>) => {
  const answer = await reply;
  if (!answer.ok) throw new Error(`${answer.problem.code} ${JSON.stringify(answer.problem.params)}`);
  return answer;
};
const query = async <T = any>(actor: Actor, name: string, params: object, after?: { position: bigint }): Promise<T> => {
  const reply: QueryReply<T> = await client.query('intake', { name, params, context: { actor, correlationId: 'q', ...(after && { minPosition: after.position }) } });
  if (!reply.ok) throw new Error(reply.problem.code);
  return reply.result;
};
const manhole = { channel: 'hotline', place: { address: '解放路 12 号门前', gridCode: GRID, longitude: 110.14376, latitude: 35.23227 }, description: '井盖没了,晚上看不见', itemCode: 'manhole' };
const received = async (over: object = {}, actor = hotline) => (await ok(command(actor, 'ReceiveReport', { ...manhole, ...over }))).id;
const sorting = { itemCode: 'manhole', importance: 'normal', urgency: 'urgent', belonging: 'municipal' };
const filed = async (over: object = {}) => {
  const reportId = await received(over);
  await ok(command(operator, 'SortReport', { reportId, ...sorting }));
  const reply = await ok(command(operator, 'FileReport', { reportId }));
  return { reportId, reply, caseId: reply.result!['caseId'] as string };
};
const start = async (given: EventStore, schema = 'intake') => {
  const adapters: Adapters = { clock, store: given, bus: createStoreBus({ store: given }), pool: database.pool, schema, listen: '127.0.0.1:0', logger: createLogger({ service: 'intake', level: 'trace', destination: { write: (line) => void logged.push(line) } }) };
  return startService(createIntakeModule(adapters), adapters);
};

beforeAll(async () => {
  database = await testDatabase();
  store = await createPostgresEventStore({ pool: database.pool });
  await recordHeyang(store, clock);
  service = await start(store);
  client = new ServiceClient({ intake: service.address });
  await client.ready(5_000);
});
afterAll(async () => {
  client?.close();
  await service?.close();
  await store?.close();
  await database?.drop();
});

// @rule X11 H4.1.1 X4 H4.2.1
it('takes a report from the call to a case with number, policy, calendar and proposal', async () => {
  const reportId = await received();
  expect(await command(operator, 'FileReport', { reportId })).toMatchObject({ ok: false, problem: { code: 'REPORT_NOT_SORTED', rule: 'H4.1.1' } });
  await ok(command(operator, 'SortReport', { reportId, ...sorting }));
  const reply = await ok(command(operator, 'FileReport', { reportId }, 'file-1'));
  const { caseId, number } = reply.result as { caseId: string; number: string };
  expect(number).toMatch(/^610524-20250922-[0-9A-Z]{8}$/);
  const [event] = await store.readStream(`case-${caseId}`);
  expect(event).toMatchObject({
    type: 'CaseFiled',
    data: { caseId, number, district: HEYANG, level: 'district', centre: HEYANG, reportId, channel: 'hotline', foundBy: 'citizen', grade: 'general', gridWorker: 'w-610524-001', policy: { pack: 'heyang-2020', version: 1 }, calendar: '2025.1', proposal: { lead: 'u-610524-municipal', coHandlers: ['u-610524-telecom'] }, place: { gridCode: GRID } },
    metadata: { actor: operator, correlationId: 'c' },
  });
  expect(await query(operator, 'GetReport', { reportId }, reply)).toMatchObject({ state: 'filed', caseId, sorted: { grade: 'general' }, decidedBy: operator.person });
  // Sent twice, and filed again by somebody else: one case, the same answer.
  expect(await command(operator, 'FileReport', { reportId }, 'file-1')).toMatchObject({ ok: true, repeated: true, result: { caseId, number } });
  expect(await command(operator, 'FileReport', { reportId })).toMatchObject({ ok: true, repeated: true, result: { caseId, number } });
  await service.settle();
  expect(await store.readStream(`case-${caseId}`)).toHaveLength(1);
});

// @rule X11 — killed between the two appends
it('completes a filing that was cut off before the case began', async () => {
  const reportId = await received();
  await ok(command(operator, 'SortReport', { reportId, ...sorting }));
  await service.close();
  const cut: EventStore = Object.create(store, { append: { value: (stream: string, ...rest: [never, never]) => (stream.startsWith('case-') ? Promise.reject(new Error('killed')) : store.append(stream, ...rest)) } });
  const dying = await start(cut);
  const toDying = new ServiceClient({ intake: dying.address });
  await toDying.ready(5_000);
  await expect(toDying.command(call(operator, 'FileReport', { reportId }, 'cut'))).rejects.toThrow();
  toDying.close();
  await dying.close();
  const filedEvent = (await store.readStream(`report-${reportId}`)).at(-1)!;
  expect(filedEvent.type).toBe('ReportFiled');
  expect(await store.readStream(`case-${filedEvent.data.caseId}`)).toEqual([]);

  clock.advanceHours(1);
  service = await start(store);
  client.close();
  client = new ServiceClient({ intake: service.address });
  await client.ready(5_000);
  const events = await waitUntil(async () => { const found = await store.readStream(`case-${filedEvent.data.caseId}`); return found.length > 0 && found; }, { timeoutMs: 10_000 });
  expect(events).toMatchObject([{ type: 'CaseFiled', data: { number: filedEvent.data.number }, metadata: { occurredAt: filedEvent.metadata.occurredAt, actor: operator, causationId: filedEvent.id } }]);
  expect(await command(operator, 'FileReport', { reportId }, 'cut')).toMatchObject({ ok: true, repeated: true, result: { caseId: filedEvent.data.caseId } });
  await service.settle();
  expect(await store.readStream(`case-${filedEvent.data.caseId}`)).toHaveLength(1);
});

// @rule X11 H4
it('knows a channel’s repeated delivery as the same report', async () => {
  const first = await ok(command(hotline, 'ReceiveReport', { ...manhole, channelId: '12345-1' }));
  const second = await ok(command(hotline, 'ReceiveReport', { ...manhole, description: '又发了一遍', channelId: '12345-1' }));
  expect(second).toMatchObject({ id: first.id, repeated: true, result: { reportId: first.id } });
  expect(await store.readStream(first.stream)).toHaveLength(1);
  const other = await ok(command(hotline, 'ReceiveReport', { ...manhole, channel: 'web', channelId: '12345-1' }));
  expect(other.id).not.toBe(first.id);
});

// @rule Z13 X18 H4.2.1
describe('the reporter', () => {
  const reporter = { name: NAME, telephone: '+86 138-0013-8000', wechatId: 'wx_wang' };

  it('is sealed in the record, masked for operators of the jurisdiction and himself, and hidden from others', async () => {
    const reply = await ok(command(citizen, 'ReceiveReport', { ...manhole, channel: 'wechat', reporter }, 'sealed-1'));
    expect(await ok(command(citizen, 'ReceiveReport', { ...manhole, channel: 'wechat', reporter }, 'sealed-1'))).toEqual({ ...reply, repeated: true });
    const [event] = await store.readStream(reply.stream);
    expect(event!.data.reporter).toEqual({ personId: expect.stringMatching(/^p-[0-9a-f]{32}$/), sealed: expect.any(String) });
    // Not even a digest against which numbers could be tried.
    expect(event!.metadata.commandDigest).not.toBe(digestOf('ReceiveReport', { ...manhole, channel: 'wechat', reporter }));
    const masked = { name: '王**', telephone: '138****8000', wechatId: 'w***' };
    expect((await query(operator, 'GetReport', { reportId: reply.id }, reply)).reporter).toEqual(masked);
    expect((await query(citizen, 'GetReport', { reportId: reply.id })).reporter).toEqual(masked);
    expect((await query(worker, 'GetReport', { reportId: reply.id })).reporter).toBeUndefined();
    expect((await query({ ...operator, role: 'auditor' }, 'GetReport', { reportId: reply.id })).reporter).toBeUndefined();
    await expect(query(otherStreet, 'GetReport', { reportId: reply.id })).rejects.toThrow('OUTSIDE_JURISDICTION');
    await expect(query({ ...citizen, person: 'citizen-2' }, 'GetReport', { reportId: reply.id })).rejects.toThrow('OUTSIDE_JURISDICTION');

    const caller = await ok(command(hotline, 'ReceiveReport', { ...manhole, reporter: { name: '王女士', telephone: TELEPHONE } }));
    expect((await store.readStream(caller.stream))[0]!.data.reporter.personId).toBe(event!.data.reporter.personId);
    await database.pool.query('delete from intake.person_key where person_id = $1', [event!.data.reporter.personId]);
    expect((await query(operator, 'GetReport', { reportId: reply.id })).reporter).toEqual({ erased: true });
  });

  it('must be named on the real-name channel; a refused report leaves no key', async () => {
    const keys = async () => Number((await database.pool.query('select count(*) from intake.person_key')).rows[0].count);
    const before = await keys();
    expect(await command(citizen, 'ReceiveReport', { ...manhole, channel: 'wechat' })).toMatchObject({ ok: false, problem: { code: 'REPORTER_REQUIRED', rule: 'H4.2.1' } });
    expect(await command(citizen, 'ReceiveReport', { ...manhole, channel: 'pigeon', reporter: { name: '张三', telephone: '13900000000' } })).toMatchObject({ ok: false, problem: { code: 'CHANNEL_UNKNOWN', rule: 'X11' } });
    expect(await keys()).toBe(before);
  });

  it('appears in clear in no table, event or log line', async () => {
    await service.settle();
    const { rows } = await database.pool.query<{ name: string }>(`select format('%I.%I', table_schema, table_name) as name from information_schema.tables where table_schema in ('intake', 'event_store', 'public') and table_type = 'BASE TABLE'`);
    expect(rows.length).toBeGreaterThan(5);
    const holding = async (words: string[]) => {
      const found: string[] = [];
      for (const { name } of rows) if ((await database.pool.query(`select 1 from ${name} as t, unnest($1::text[]) as word where position(word in t::text) > 0 limit 1`, [words])).rowCount) found.push(name);
      return found;
    };
    expect(await holding([NAME, TELEPHONE, 'wx_wang'])).toEqual([]);
    // The search finds what is there: the description stands in the record and in the read model.
    expect(await holding([manhole.description])).toEqual(expect.arrayContaining([expect.stringMatching(/event/), expect.stringMatching(/report_board/)]));
    expect(logged.join('\n')).not.toMatch(new RegExp(`${NAME}|${TELEPHONE}`));
  });
});

// @rule H5.2
describe('repeats', () => {
  it('are suggested by item, distance and time, and joined once confirmed', async () => {
    const at = { longitude: 110.2, latitude: 35.3 };
    const near = await filed({ place: { address: '甲', gridCode: GRID, ...at } });
    const nearer = await filed({ place: { address: '乙', gridCode: GRID, longitude: at.longitude + 0.0001, latitude: at.latitude } });
    await filed({ place: { address: '远', gridCode: GRID, longitude: at.longitude + 0.01, latitude: at.latitude } });
    const reportId = await received({ place: { address: '还是那个井盖', gridCode: GRID, longitude: at.longitude + 0.0003, latitude: at.latitude } });
    await service.settle();
    const { items } = await query(operator, 'SuggestDuplicates', { reportId });
    expect(items.map(({ caseId }: { caseId: string }) => caseId)).toEqual([nearer.caseId, near.caseId]);
    expect(items[0]).toMatchObject({ distanceMetres: 18, hoursApart: 0, reports: 1, address: '乙' });

    const joined = await ok(command(operator, 'JoinReport', { reportId, caseId: nearer.caseId, distanceMetres: 18 }, 'join-1'));
    expect(joined.result).toEqual({ caseId: nearer.caseId, count: 2 });
    expect(await command(operator, 'JoinReport', { reportId, caseId: nearer.caseId, distanceMetres: 18 }, 'join-1')).toMatchObject({ ok: true, repeated: true, result: { count: 2 } });
    expect(await command(operator, 'JoinReport', { reportId, caseId: near.caseId })).toMatchObject({ ok: false, problem: { code: 'REPORT_ALREADY_DECIDED' } });
    const third = await received({ place: { address: '第三次', gridCode: GRID, ...at } });
    expect((await ok(command(operator, 'JoinReport', { reportId: third, caseId: nearer.caseId }))).result).toEqual({ caseId: nearer.caseId, count: 3 });
    await service.settle();
    const events = await store.readStream(`case-${nearer.caseId}`);
    expect(events.map(({ type }) => type)).toEqual(['CaseFiled', 'ReportJoined', 'ReportJoined']);
    const state = events.reduce<MaybeCase>((folded, event) => caseDecider.evolve(folded, event), undefined);
    expect(state!.repeats).toBe(2);
    const fourth = await received({ place: { address: '第四次', gridCode: GRID, ...at } });
    await service.settle();
    expect((await query(operator, 'SuggestDuplicates', { reportId: fourth })).items.find(({ caseId }: { caseId: string }) => caseId === nearer.caseId)).toMatchObject({ reports: 3 });
  });

  it('of another matter, in a closed case or of no case are refused, and the report stays open', async () => {
    const lamp = await received({ itemCode: 'lamp' });
    const { caseId } = await filed();
    expect(await command(operator, 'JoinReport', { reportId: lamp, caseId })).toMatchObject({ ok: false, problem: { code: 'JOIN_OTHER_ITEM', rule: 'H5.2' } });
    expect(await command(operator, 'JoinReport', { reportId: lamp, caseId: 'none' })).toMatchObject({ ok: false, problem: { code: 'NOT_FOUND' } });
    const closed = await filed();
    await close(closed.caseId);
    const reportId = await received();
    expect(await command(operator, 'JoinReport', { reportId, caseId: closed.caseId })).toMatchObject({ ok: false, problem: { code: 'CASE_CLOSED', rule: 'H5.2' } });
    await service.settle();
    expect((await query(operator, 'GetReport', { reportId })).state).toBe('received');
    expect((await query(operator, 'SuggestDuplicates', { reportId })).items.map((item: { caseId: string }) => item.caseId)).not.toContain(closed.caseId);
  });

  it('are carried to the case although the join was cut off after the report said it', async () => {
    const { caseId } = await filed();
    const reportId = await received();
    await recordJoin(reportId, caseId);
    await service.settle();
    expect((await store.readStream(`case-${caseId}`)).at(-1)).toMatchObject({ type: 'ReportJoined', data: { reportId, count: 2 } });
    expect(await query(operator, 'GetReport', { reportId })).toMatchObject({ state: 'joined', caseId });
  });

  // The case closes in the moment between the look at it and the join.
  it('come back to the operator when the case would not take the join any more', async () => {
    const { caseId } = await filed();
    const reportId = await received();
    await close(caseId);
    await recordJoin(reportId, caseId);
    await service.settle();
    expect((await store.readStream(`report-${reportId}`)).map(({ type }) => type)).toEqual(['ReportReceived', 'ReportJoinedToCase', 'ReportReopened']);
    expect(await query(operator, 'GetReport', { reportId })).toMatchObject({ state: 'received' });
  });
});

// @rule X2 X11 L4.4
it('takes from a worker only what he photographed and where; settles on the spot with evidence', async () => {
  const find = { channel: 'handheld', place: { address: '巷口', longitude: 110.14376, latitude: 35.23227 }, description: '小广告', itemCode: 'ads' };
  expect(await command(worker, 'ReceiveReport', { ...find, evidence: [] })).toMatchObject({ ok: false, problem: { code: 'EVIDENCE_REQUIRED', rule: 'X11' } });
  const { longitude: _x, latitude: _y, ...unplaced } = photo;
  expect(await command(worker, 'ReceiveReport', { ...find, place: { address: '巷口' }, evidence: [unplaced] })).toMatchObject({ ok: false, problem: { code: 'LOCATION_REQUIRED', rule: 'X11' } });
  const reply = await ok(command(worker, 'ReceiveReport', { ...find, evidence: [photo] }));
  expect(reply.result).toEqual({ reportId: reply.id, gridCode: GRID, gridFrom: 'nearest-centre' });
  expect(await command(operator, 'SettleOnSpot', { reportId: reply.id, itemCode: 'ads', note: '已清理', evidence: [photo] })).toMatchObject({ ok: false, problem: { code: 'WORKER_ONLY' } });
  const settled = await ok(command(worker, 'SettleOnSpot', { reportId: reply.id, itemCode: 'ads', note: '已清理', evidence: [photo] }));
  expect(await query(worker, 'GetReport', { reportId: reply.id }, settled)).toMatchObject({ state: 'settled', foundBy: 'worker', finder: worker.person, restDay: false });
  const atOnce = await ok(command(worker, 'SettleOnSpot', { itemCode: 'rubbish', note: '清走一袋垃圾', evidence: [photo], gridCode: GRID }));
  expect((await store.readStream(atOnce.stream)).map(({ type }) => type)).toEqual(['ReportReceived', 'ReportSettledOnSpot']);
});

// @rule L4.3 X8 X11
it('refuses with a listed reason, transfers, routes emergencies; the first decision stands and stays on record', async () => {
  const refuse = await received();
  expect(await command(operator, 'RefuseReport', { reportId: refuse, reasonCode: 'because', reason: '' })).toMatchObject({ ok: false, problem: { code: 'REFUSAL_REASON_UNKNOWN' } });
  const refusal = await ok(command(operator, 'RefuseReport', { reportId: refuse, reasonCode: 'nothing-found', reason: '现场未见' }));
  expect(await query(operator, 'GetReport', { reportId: refuse }, refusal)).toMatchObject({ state: 'refused', description: manhole.description, decision: { data: { reasonCode: 'nothing-found', rule: 'X11', reason: '现场未见' } } });
  const transfer = await received();
  await ok(command(operator, 'TransferReport', { reportId: transfer, to: '人社局', reason: '社保' }));
  const emergency = await received();
  const routed = await ok(command(hotline, 'RouteAsEmergency', { reportId: emergency, to: '119', reason: '起火' }));
  expect((await query(operator, 'GetReport', { reportId: transfer }, routed)).state).toBe('transferred');
  expect((await query(operator, 'GetReport', { reportId: emergency })).state).toBe('emergency');
  expect(await command(operator, 'TransferReport', { reportId: emergency, to: '人社局', reason: '社保' })).toMatchObject({ ok: false, problem: { code: 'REPORT_ALREADY_DECIDED', params: { status: 'emergency' } } });
  expect(await command(otherStreet, 'TransferReport', { reportId: await received(), to: '人社局', reason: '社保' })).toMatchObject({ ok: false, problem: { code: 'OUTSIDE_JURISDICTION' } });
});

// @rule X11 YD3.3
it('records patrols by day and never two at once', async () => {
  const patrol = (startedAt: string, endedAt: string) => ({ gridCode: GRID, startedAt, endedAt, checks: [{ itemCode: 'manhole', found: false }, { itemCode: 'ads', found: true, note: '三处' }] });
  const first = await ok(command(worker, 'RecordPatrol', patrol('2025-09-22T00:00:00.000Z', '2025-09-22T01:05:30.000Z'), 'patrol-1'));
  expect(first.result).toMatchObject({ minutes: 65 });
  expect(await command(worker, 'RecordPatrol', patrol('2025-09-22T00:00:00.000Z', '2025-09-22T01:05:30.000Z'), 'patrol-1')).toMatchObject({ ok: true, repeated: true });
  expect(await command(worker, 'RecordPatrol', patrol('2025-09-22T01:05:00.000Z', '2025-09-22T01:30:00.000Z'))).toMatchObject({ ok: false, problem: { code: 'PATROL_OVERLAPS', rule: 'X11' } });
  expect(await command(worker, 'RecordPatrol', patrol('2025-09-22T01:30:00.000Z', '2025-09-22T01:30:00.000Z'))).toMatchObject({ ok: false, problem: { code: 'PATROL_TIMES_INVALID' } });
  expect(await command({ ...worker, person: 'w-610524-002' }, 'RecordPatrol', patrol('2025-09-22T00:00:00.000Z', '2025-09-22T01:00:00.000Z'))).toMatchObject({ ok: false, problem: { code: 'NOT_YOUR_GRID' } });
  const next = await ok(command(worker, 'RecordPatrol', patrol('2025-09-22T01:05:30.000Z', '2025-09-22T01:30:00.000Z')));
  expect((await query(operator, 'ListPatrols', { worker: worker.person }, next)).items.map(({ minutes }: { minutes: number }) => minutes)).toEqual([24, 65]);
  expect((await query(otherStreet, 'ListPatrols', {}, next)).items).toEqual([]);
});

// @rule YD X11
it('shows each worker’s patrol time of a day against what the policy asks of his level', async () => {
  const walk = (startedAt: string, endedAt: string) => ({ gridCode: GRID, startedAt, endedAt, checks: [] });
  clock.set('2025-09-30T10:00:00.000Z');
  expect(await query(operator, 'ListPatrolTimes', { district: HEYANG, date: '2025-09-30' })).toEqual({ items: [] });
  await recordPolicy(store, clock, { ...heyangPack, version: 99, validFrom: '2025-09-30', patrol: { minutesPerWorkingDay: [{ level: 3, minutes: 120 }], rule: 'YD' } });
  await ok(command(worker, 'RecordPatrol', walk('2025-09-29T16:00:00.000Z', '2025-09-29T16:20:00.000Z'))); // 00:00 in China: the day's first minutes
  await ok(command(worker, 'RecordPatrol', walk('2025-09-29T15:00:00.000Z', '2025-09-29T15:59:00.000Z'))); // the evening before
  const last = await ok(command(worker, 'RecordPatrol', walk('2025-09-30T01:00:00.000Z', '2025-09-30T02:25:00.000Z')));
  const day = async (actor: Actor, more: object = {}) => query(actor, 'ListPatrolTimes', { district: HEYANG, date: '2025-09-30', ...more }, last);
  await waitUntil(async () => (await day(worker)).items.length > 0, { timeoutMs: 10_000 });
  expect((await day(worker)).items).toEqual([{ worker: worker.person, name: expect.any(String), date: '2025-09-30', level: 3, gridCodes: [GRID], required: 120, minutes: 105, patrols: 2, short: 15, rule: 'YD' }]);
  const all: { worker: string; short: number }[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await day(operator, { limit: 50, cursor });
    all.push(...page.items);
    if ((cursor = page.next) === undefined) break;
  }
  expect(new Set(all.map((time) => time.worker)).size).toBe(all.length);
  expect(all.filter(({ short }) => short === 120)).toHaveLength(all.length - 1);
  await ok(command(worker, 'RecordPatrol', walk('2025-09-30T03:00:00.000Z', '2025-09-30T03:15:00.000Z')));
  await service.settle();
  expect((await day(operator, { worker: worker.person })).items).toMatchObject([{ minutes: 120, short: 0 }]);
  expect((await day(operator, { worker: worker.person, short: true })).items).toEqual([]);
  expect((await day(otherStreet, { worker: worker.person })).items).toEqual([]);
  await expect(day({ ...operator, jurisdiction: '211103' })).rejects.toThrow('OUTSIDE_JURISDICTION');
});

it('lists reports by filters, page after page, each to whom it concerns', async () => {
  await service.settle();
  const all: { reportId: string; reportedAt: string }[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await query(operator, 'ListReports', { limit: 4, cursor });
    all.push(...page.items);
    if ((cursor = page.next) === undefined) break;
  }
  expect(new Set(all.map(({ reportId }) => reportId)).size).toBe(all.length);
  expect(all.length).toBeGreaterThan(15);
  expect(all).toEqual([...all].sort((a, b) => (a.reportedAt > b.reportedAt || (a.reportedAt === b.reportedAt && a.reportId > b.reportId) ? -1 : 1)));
  expect(JSON.stringify(all)).not.toContain('"sealed"');
  expect((await query(operator, 'ListReports', { state: 'refused' })).items).toHaveLength(1);
  expect((await query(operator, 'ListReports', { foundBy: 'worker' })).items).toHaveLength(2);
  expect((await query(operator, 'ListReports', { text: '小广告' })).items).toHaveLength(1);
  expect((await query(citizen, 'ListReports', {})).items.map(({ receivedBy }: { receivedBy: string }) => receivedBy)).toEqual(['citizen-1']);
  expect((await query(otherStreet, 'ListReports', {})).items).toEqual([]);
});

it.each([['district', HEYANG], ['street', GRID.slice(0, 9)]])('finds the newest reports of a %s without reading all of it', async (_, jurisdiction) => {
  const sent = jest.spyOn(Client.prototype, 'query');
  await query({ ...operator, jurisdiction }, 'ListReports', { limit: 4 });
  const [sql, values] = (sent.mock.calls as unknown as [string, unknown[]][]).find(([text]) => typeof text === 'string' && text.includes('report_board'))!;
  sent.mockRestore();
  const own = await database.pool.connect();
  try {
    await own.query('begin; set local search_path = intake');
    await own.query(`insert into report_board_v2 (id, revision, doc, district, state, channel, found_by, received_by, area, reported_at)
      select 'r-' || n, 0, '{}', '${HEYANG}', 'received', 'hotline', 'citizen', 'hot-1', '${GRID}', timestamptz '2025-01-01' + n * interval '1 minute' from generate_series(1, 5000) n`);
    await own.query('analyze report_board_v2');
    const { rows } = await own.query<{ 'QUERY PLAN': string }>(`explain ${sql}`, values);
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toMatch(/Index Scan using report_board_v2_\w*reported_at_id_idx(?![^]*Sort)/);
  } finally {
    await own.query('rollback');
    own.release();
  }
});

/** The first half of a join, as a process leaves it that is killed before the second. */
async function recordJoin(reportId: string, caseId: string): Promise<void> {
  const head = (await store.readStream(`report-${reportId}`)).at(-1)!;
  await store.append(`report-${reportId}`, { revision: head.revision, hash: head.hash }, [{ id: `ffffffff-0000-8000-a000-${String(++sequence).padStart(12, '0')}`, type: 'ReportJoinedToCase', version: 1, data: { caseId, confirmedBy: operator.person }, metadata: { ...head.metadata, commandId: `join-${reportId}`, actor: operator } }]);
}

/** The case as a whole, shortened: only that it is closed matters here. */
async function close(caseId: string): Promise<void> {
  const head = (await store.readStream(`case-${caseId}`)).at(-1)!;
  await store.append(`case-${caseId}`, { revision: head.revision, hash: head.hash }, [{ id: `ffffffff-0000-8000-9000-${String(++sequence).padStart(12, '0')}`, type: 'CaseClosed', version: 1, data: { summary: '', onTime: true, clocks: [] }, metadata: { ...head.metadata, commandId: `close-${caseId}` } }]);
}
