import { createStoreBus } from '@gridcase/bus';
import { NO_STREAM, createPostgresEventStore, type EventStore } from '@gridcase/event-store';
import { caseEvents, reportEvents, type Actor, type NewEvent } from '@gridcase/events';
import { createLogger, uuidFrom, type QueryCall } from '@gridcase/platform';
import { ServiceClient, startService, type RunningService } from '@gridcase/service';
import { FakeClock, testDatabase, type TestDatabase } from '@gridcase/testing';
import { createAuditModule } from '.';
import { eventTexts } from './history/event-texts';

let database: TestDatabase;
let store: EventStore;
let service: RunningService;
let client: ServiceClient;

const operator: Actor = { person: 'o-1', role: 'centre-operator', jurisdiction: '210600' };
const event = (stream: string, n: number, type: string, data: object, occurredAt: string, actor = operator, recordedAt = occurredAt): NewEvent => ({
  id: uuidFrom('test', stream, String(n)), type, version: 1, data,
  metadata: { correlationId: 'c-1', causationId: 'k', commandId: `k-${stream}-${n}`, commandDigest: 'd', actor, occurredAt, recordedAt },
});
const gridCode = '210600001001001';
const filed = {
  caseId: '1', number: '210600-1', district: '210600', level: 'street', centre: '210600001', reportId: 'r1', channel: 'hotline', reportedAt: '2025-09-29T01:00:00.000Z', foundBy: 'citizen', finder: 'citizen-7',
  item: { code: 'B001', name: '井盖缺失', category: '公用设施', kind: 'component' }, grade: 'general', importance: 'normal', urgency: 'normal', belonging: '市政',
  place: { address: '凤凰东路 5 号', gridCode }, description: '井盖没了', evidence: [], policy: { pack: 'p', version: 1 }, calendar: '',
  clocks: [{ op: 'start', clock: 'dispatch/centre/1', at: '2025-09-29T01:10:00.000Z', cause: 'CaseFiled', kind: 'dispatch', subject: 'centre:210600001', limit: { amount: 1, unit: 'hour' }, dueAt: '2025-09-29T02:10:00.000Z', rule: 'H4.2.2' }],
};
const received = { reportId: 'r1', district: '210600', channel: 'hotline', foundBy: 'citizen', finder: 'citizen-7', place: { address: '凤凰东路 5 号' }, description: '井盖没了', evidence: [], reportedAt: '2025-09-29T01:00:00.000Z', reporter: { personId: 'person-7', sealed: 'BASE64-CIPHERTEXT' }, restDay: false };
const citizen: Actor = { person: 'citizen-7', role: 'citizen', jurisdiction: '210600' };

beforeAll(async () => {
  database = await testDatabase();
  store = await createPostgresEventStore({ pool: database.pool });
  const report = await store.append('report-r1', NO_STREAM, [event('report-r1', 0, 'ReportReceived', received, '2025-09-29T01:00:00.000Z', citizen)]);
  const first = await store.append('case-1', NO_STREAM, [event('case-1', 0, 'CaseFiled', filed, '2025-09-29T01:10:00.000Z')]);
  await store.append('report-r1', report.head, [event('report-r1', 1, 'ReportFiled', { caseId: '1', number: '210600-1', level: 'street', centre: '210600001', policy: { pack: 'p', version: 1 } }, '2025-09-29T01:10:00.000Z')]);
  await store.append('case-1', first.head, [
    event('case-1', 1, 'UnitPhoned', { unit: 'u-1', person: '张科长', answered: true, note: '', clocks: [] }, '2025-09-29T01:30:00.000Z', operator, '2025-09-29T03:00:00.000Z'),
    event('case-1', 2, 'CaseDispatched', { order: 1, lead: 'u-1', coHandlers: [], instruction: '', binding: false, round: 1, clocks: [{ op: 'stop', clock: 'dispatch/centre/1', at: '2025-09-29T03:10:00.000Z', cause: 'CaseDispatched', usedMs: 7_200_000, leftMs: -3_600_000, late: true, outcome: 'done' }] }, '2025-09-29T03:10:00.000Z'),
  ]);
  await store.append('case-2', NO_STREAM, [event('case-2', 0, 'CaseFiled', { ...filed, caseId: '2', reportId: 'r2' }, '2025-09-29T01:10:00.000Z')]);
  const adapters = { clock: new FakeClock('2025-09-30T00:00:00.000Z'), store, bus: createStoreBus({ store }), pool: database.pool, schema: 'audit', listen: '127.0.0.1:0', logger: createLogger({ service: 'audit', level: 'silent' }) };
  service = await startService(createAuditModule(adapters, { densePositions: true }), adapters);
  client = new ServiceClient({ audit: service.address });
});
afterAll(async () => {
  client?.close();
  await service?.close();
  await store?.close();
  await database?.drop();
});

const ask = (name: string, params: object, actor: Actor = { person: 'a-1', role: 'auditor', jurisdiction: '210600' }) => client.query('audit', { name, params, context: { actor, correlationId: 'q' } } as QueryCall);

// @rule X18
it('history: case and reports in the order of the record, with sentence, actor, both times and hash', async () => {
  const reply = await ask('GetCaseHistory', { caseId: '1' });
  if (!reply.ok) throw new Error(reply.problem.code);
  expect(reply.result.items.map(({ stream, revision, type }: any) => `${stream}/${revision} ${type}`)).toEqual(['report-r1/0 ReportReceived', 'case-1/0 CaseFiled', 'report-r1/1 ReportFiled', 'case-1/1 UnitPhoned', 'case-1/2 CaseDispatched']);
  const stored = (await store.readStream('case-1'))[1]!;
  expect(reply.result.items[3]).toEqual({
    stream: 'case-1', revision: 1, position: String(stored.position), id: stored.id, type: 'UnitPhoned', version: 1, text: { zh: '电话通知 u-1 张科长', en: 'u-1 telephoned: 张科长' }, data: stored.data,
    actor: operator, occurredAt: '2025-09-29T01:30:00.000Z', recordedAt: '2025-09-29T03:00:00.000Z', commandId: 'k-case-1-1', correlationId: 'c-1', causationId: 'k', hash: stored.hash, previousHash: stored.previousHash,
  });
  expect(reply.revision).toBe(2);
});

// @rule Z13 N3
it('history shows nothing of the reporter, neither sealed nor by id', async () => {
  const shown = JSON.stringify(await ask('GetCaseHistory', { caseId: '1' }), (_, v: unknown) => (typeof v === 'bigint' ? String(v) : v));
  expect(shown).not.toMatch(/BASE64-CIPHERTEXT|person-7|citizen-7/);
  expect(JSON.stringify(await store.readStream('report-r1'), (_, v: unknown) => (typeof v === 'bigint' ? String(v) : v))).toMatch(/BASE64-CIPHERTEXT/);
});

it('history comes in pages', async () => {
  const types: string[] = [];
  let cursor: string | undefined;
  do {
    const reply = await ask('GetCaseHistory', { caseId: '1', limit: 2, ...(cursor && { cursor }) });
    if (!reply.ok) throw new Error(reply.problem.code);
    expect(reply.result.items.length).toBeLessThanOrEqual(2);
    types.push(...reply.result.items.map((item: any) => item.type));
    cursor = reply.result.next;
  } while (cursor);
  expect(types).toEqual(['ReportReceived', 'CaseFiled', 'ReportFiled', 'UnitPhoned', 'CaseDispatched']);
  expect(await ask('GetCaseHistory', { caseId: '1', cursor: 'x' })).toMatchObject({ ok: false, problem: { code: 'INVALID_CURSOR' } });
});

it('place and unit decide who may look', async () => {
  const codeFor = async (actor: Partial<Actor>) => {
    const reply = await ask('GetCaseHistory', { caseId: '1' }, { ...operator, ...actor });
    return reply.ok ? 'ok' : reply.problem.code;
  };
  expect(await codeFor({ jurisdiction: '210600001' })).toBe('ok');
  expect(await codeFor({ jurisdiction: '210600002' })).toBe('OUTSIDE_JURISDICTION');
  expect(await codeFor({ role: 'unit-handler', unit: 'u-1' })).toBe('ok');
  expect(await codeFor({ role: 'unit-handler', unit: 'u-2' })).toBe('NOT_YOUR_UNIT');
  expect(await ask('GetCaseAsOf', { caseId: '1', asOf: '2025-09-30T00:00:00.000Z' }, { ...operator, jurisdiction: '210600002' })).toMatchObject({ ok: false, problem: { code: 'OUTSIDE_JURISDICTION' } });
  expect(await ask('GetCaseHistory', { caseId: 'none' })).toMatchObject({ ok: false, problem: { code: 'NOT_FOUND' } });
});

// @rule X18
it('a case as of a moment, by what had happened or by what was recorded', async () => {
  const asOf = async (at: string, by?: string) => {
    const reply = await ask('GetCaseAsOf', { caseId: '1', asOf: at, ...(by && { by }) });
    return reply.ok ? { revision: reply.result.revision, phase: reply.result.case.phase, phoned: reply.result.case.phoned, light: reply.result.light } : reply.problem.code;
  };
  expect(await asOf('2025-09-29T01:09:59.999Z')).toBe('NOT_FOUND');
  expect(await asOf('2025-09-29T01:10:00.000Z')).toEqual({ revision: 0, phase: 'filed', phoned: [], light: 'green' });
  expect(await asOf('2025-09-29T02:30:00.000Z')).toEqual({ revision: 1, phase: 'filed', phoned: ['u-1'], light: 'red' });
  expect(await asOf('2025-09-29T02:30:00.000Z', 'recorded')).toEqual({ revision: 0, phase: 'filed', phoned: [], light: 'red' });
  expect(await asOf('2025-09-29T03:10:00.000Z')).toMatchObject({ revision: 2, phase: 'dispatched' });
});

// @rule X18
it('the record is checked through the service, as a whole or one stream', async () => {
  expect(await ask('CheckRecord', {})).toMatchObject({ ok: true, result: { state: 'finished', ok: true, events: 6, streams: 3, differences: [] } });
  expect(await ask('CheckRecord', { stream: 'case-1' })).toMatchObject({ ok: true, result: { state: 'finished', ok: true, events: 3, streams: 1 } });
});

it('every event of a case and a report has its sentence in both languages', () => {
  expect(Object.keys(eventTexts).sort()).toEqual([...Object.keys(caseEvents), ...Object.keys(reportEvents)].sort());
  for (const { zh, en } of Object.values(eventTexts)) expect([/\p{Script=Han}/u.test(zh), /[a-z]/.test(en)]).toEqual([true, true]);
});
