import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createStoreBus } from '@gridcase/bus';
import { parsePack, type CaseCommands, type CaseCommandType } from '@gridcase/domain';
import { createCommandHandler, createPostgresEventStore, type EventStore } from '@gridcase/event-store';
import { validateEvent, versionOf, type Actor } from '@gridcase/events';
import { randomUuid } from '@gridcase/platform';
import { CaseDesk, ServiceClient, digestOf, startService, type Adapters, type RunningService } from '@gridcase/service';
import { FakeClock, beijing, gridCode, handler, people, testDatabase, type TestDatabase } from '@gridcase/testing';
import { createAssessmentModule } from '.';

const district = '610524';
const clock = new FakeClock(beijing('2025-08-25 08:00'));
const director: Actor = { person: 'd-1', role: 'centre-director', jurisdiction: district };
let db: TestDatabase;
let store: EventStore;
let service: RunningService;
let client: ServiceClient;
let desk: CaseDesk;

beforeAll(async () => {
  db = await testDatabase();
  store = await createPostgresEventStore({ url: db.url });
  for (const [version, file, validFrom] of [[1, 'heyang-2020.yaml', '2020-10-22'], [2, 'heyang-2020.v2.yaml', '2025-10-01']] as const) {
    const parsed = parsePack(readFileSync(join(__dirname, '../../../policies', file), 'utf8'));
    if (!parsed.ok) throw new Error('pack');
    // Version 2 of this test doubles what shirking costs: a case keeps the version it was filed under.
    const content = version === 1 ? parsed.pack : { ...parsed.pack, scoring: { ...parsed.pack.scoring, rules: parsed.pack.scoring.rules.map((rule) => (rule.code === 'shirking' ? { ...rule, points: -10 } : rule)) } };
    await record(`policy-${district}`, [{ type: 'PolicyAdopted', data: { district, pack: content.id, version, validFrom, content: { ...content, version }, digest: 'd' } }]);
  }
  const person = (id: string, role: string, jurisdiction: string) => ({ type: 'PersonRegistered', data: { district, person: { id, name: `${id} 名`, roles: [role], jurisdiction } } });
  await record(`staff-${district}`, [
    ...['u-1', 'u-2', 'u-3'].map((code) => ({ type: 'UnitRegistered', data: { district, unit: { code, name: { zh: `${code} 局`, en: code }, department: 'municipal', level: 'district', jurisdiction: district } } })),
    ...['w-1', 'w-2', 'w-3', 'w-gone'].map((id) => person(id, 'grid-worker', gridCode)), person('i-1', 'inspector', district),
  ]);
  await record(`gridtree-${district}`, [{ type: 'GridRegistered', data: { district, filing: 'f', grid: { code: gridCode, name: '一格', tier: 3, kind: 'grid', workers: ['w-1', 'w-2', 'w-3'], unusualSize: false } } }]);
  const adapters: Adapters = { clock, store, bus: createStoreBus({ store }), pool: db.pool, schema: 'assessment', listen: '127.0.0.1:0' };
  service = await startService(createAssessmentModule(adapters), adapters);
  client = new ServiceClient({ assessment: service.address });
  desk = service.app.get(CaseDesk, { strict: false });
});
afterAll(async () => {
  client?.close();
  await service?.close();
  await store?.close();
  await db?.drop();
});

async function record(stream: string, events: { type: string; data: object }[], occurredAt = clock.now()): Promise<void> {
  const append = createCommandHandler(store, { clock, versionOf, validate: validateEvent });
  const outcome = await append.execute(stream, { initialState: () => 0, evolve: (n) => n + 1 }, { commandId: randomUuid(), digest: 'd', actor: people.system, occurredAt, correlationId: 'c', causationId: 'c' }, () => events);
  if (!outcome.ok) throw new Error(outcome.rejection.code);
}
async function at<K extends CaseCommandType>(local: string, type: K, caseId: string, actor: Actor, body: CaseCommands[K] | object = {}): Promise<void> {
  if (beijing(local) > clock.now()) clock.set(beijing(local));
  const outcome = await desk.executeRaw(type, { type, body: { ...body, caseId } as never, context: { actor, correlationId: 'c', commandId: randomUuid(), digest: digestOf(type, body), occurredAt: beijing(local) } });
  if (!outcome.ok) throw new Error(`${type}: ${outcome.rejection.code}`);
}
const filed = (local: string, caseId: string, over: Partial<CaseCommands['FileCase']> = {}) => at(local, 'FileCase', caseId, people.centre, {
  number: `610524-${caseId}`, district, level: 'district', centre: district, reportId: `r-${caseId}`, channel: 'hotline', reportedAt: beijing(local), foundBy: 'citizen', item: { code: 'B001', name: '井盖缺失', category: '公用设施', kind: 'component' },
  grade: 'general', importance: 'normal', urgency: 'normal', belonging: '市政', place: { address: '凤凰东路 5 号', gridCode }, description: '井盖没了', evidence: [], ...over,
});
const ordered = async (local: string, caseId: string, unit: string, over: Partial<CaseCommands['FileCase']> = {}) => {
  await filed(local, caseId, over);
  await at(local, 'PhoneUnit', caseId, people.centre, { unit, person: '张科长', answered: true });
  await at(local, 'DispatchCase', caseId, people.centre, { lead: unit });
};
const reported = (id: string, local: string, finder: string, over: object = {}) => record(`report-${id}`, [{ type: 'ReportReceived', data: { reportId: id, district, channel: 'handheld', foundBy: 'worker', finder, place: { address: '东街', gridCode }, description: '占道', evidence: [], reportedAt: beijing(local), restDay: false, ...over } }], beijing(local));
const send = (type: 'IssueScorecard' | 'IssueQuotaWarnings', body: object, actor = director, commandId: string = randomUuid()) => client.command({ type, body, context: { actor, correlationId: 'c', commandId, digest: digestOf(type, body) } });
const ask = async (name: string, params: object, actor: Actor = director): Promise<any> => {
  await service.settle();
  const reply = await client.query('assessment', { name, params, context: { actor, correlationId: 'c' } });
  return reply.ok ? reply.result : reply.problem;
};
const september = { from: '2025-09-01', to: '2025-09-30' };

// @rule X19 H5.1 H5.2 L4.6
it('a unit\'s card: each line with rule, article, events and sum, by the pack version of each case', async () => {
  // Answered a minute too late, done in time, the citizen not satisfied: a second order (−2); late response and dissatisfaction count, without points.
  await ordered('2025-09-01 09:00', 'a', 'u-1');
  await at('2025-09-01 09:31', 'AcknowledgeDispatch', 'a', handler('u-1'));
  await at('2025-09-02 10:00', 'SubmitResult', 'a', handler('u-1'), { result: '好', signedBy: 'l-1' });
  await at('2025-09-02 11:00', 'VerifyResult', 'a', people.worker, { proposal: 'close', note: '好' });
  await at('2025-09-02 12:00', 'RecordCallBack', 'a', people.centre, { medium: 'telephone', reached: true, truthful: true, satisfied: false });
  // Handed back and overruled (−5), then done two days after the limit of Monday the 8th (−2).
  await ordered('2025-09-03 09:00', 'b', 'u-1');
  await at('2025-09-03 09:10', 'ReboundCase', 'b', handler('u-1'), { reason: '不属' });
  await at('2025-09-03 10:10', 'RuleOnRebound', 'b', people.centre, { decision: 'overrule', reason: '属' });
  await at('2025-09-10 09:00', 'SubmitResult', 'b', handler('u-1'), { result: '好', signedBy: 'l-1' });

  const card = await ask('GetScorecard', { kind: 'unit', id: 'u-1', district, ...september });
  expect(card).toMatchObject({ total: 91, base: 100, name: 'u-1 局', policy: { pack: 'heyang-2020', version: 1 }, period: september });
  expect(card.lines.map((l: any) => [l.code, l.arithmetic, l.rule])).toEqual([
    ['dissatisfied', '1 × 0 = 0', 'H5.2'], ['late-completion', '1 × −2 = −2', 'H5.2'], ['late-response', '1 × 0 = 0', 'H5.2'], ['returned-order', '1 × −2 = −2', 'H5.2'], ['shirking', '1 × −5 = −5', 'H5.2'],
  ]);
  const shirking = card.lines.at(-1);
  const [fact] = shirking.facts;
  const event = (await store.readStream(fact.stream))[fact.revision]!;
  expect([event.id, event.type, shirking.article.zh]).toEqual([fact.eventId, 'ReboundRuled', '推诿扯皮、转圈派发工单，每件扣5分']);
  expect(card.indicators).toEqual([
    { indicator: 'truth', good: 2, of: 2, rate: 1, light: 'green' }, { indicator: 'satisfaction', good: 0, of: 1, rate: 0, light: 'red' },
    { indicator: 'on-time', good: 1, of: 2, rate: 0.5, light: 'red' }, { indicator: 'response', good: 1, of: 2, rate: 0.5, light: 'red' },
  ]);
});

// @rule X19
it('a case filed under version 2 is scored by version 2, one of version 1 stays as it was', async () => {
  for (const [local, id, unit] of [['2025-09-29 09:00', 'old', 'u-2'], ['2025-10-09 09:00', 'new', 'u-2']] as const) {
    await ordered(local, id, unit);
    await at(local.replace('09:00', '09:10'), 'ReboundCase', id, handler(unit), { reason: '不属' });
    await at(local.replace('09:00', '09:20'), 'RuleOnRebound', id, people.centre, { decision: 'overrule', reason: '属' });
  }
  const card = await ask('GetScorecard', { kind: 'unit', id: 'u-2', district, from: '2025-09-01', to: '2025-10-31' });
  expect(card.lines.filter((l: any) => l.code === 'shirking').map((l: any) => l.arithmetic)).toEqual(['1 × −10 = −10', '1 × −5 = −5']);
  expect(card.total).toBe(85);
  expect((await ask('GetScorecard', { kind: 'unit', id: 'u-2', district, ...september })).total).toBe(95);
});

// @rule H5.1 H5.2
it('a worker\'s card: the third complaint costs 5 and belongs to the month of the third; rest-day reports add 1', async () => {
  await filed('2025-10-30 09:00', 'complained', { gridWorker: 'w-1' });
  for (const [n, local] of [[2, '2025-10-31 09:00'], [3, '2025-11-03 09:00'], [4, '2025-11-03 10:00']] as const) {
    await at(local, 'JoinReportToCase', 'complained', people.centre, { reportId: `r-c-${n}`, channel: 'hotline', reportedAt: beijing(local), foundBy: 'citizen' });
  }
  await reported('rest', '2025-11-02 10:00', 'w-1', { restDay: true });
  await reported('plain', '2025-11-03 10:00', 'w-1');
  await reported('nonsense', '2025-11-02 10:00', 'w-1', { restDay: true });
  await record('report-nonsense', [{ type: 'ReportRefused', data: { reasonCode: 'nonsense', reason: '无实质内容', rule: 'X11' } }]);
  const card = async (from: string, to: string) => { const { total, lines } = await ask('GetScorecard', { kind: 'worker', id: 'w-1', district, from, to }); return [total, ...lines.map((l: any) => `${l.code} ${l.arithmetic}`)]; };
  expect(await card('2025-10-01', '2025-10-31')).toEqual([100]);
  expect(await card('2025-11-01', '2025-11-30')).toEqual([96, 'not-found-by-worker 1 × −5 = −5', 'rest-day-report 1 × +1 = +1']);
  expect((await ask('GetScorecard', { kind: 'street', id: '610524001', district, from: '2025-11-01', to: '2025-11-30' })).total).toBe(100);
});

// @rule X19 X20 L4.6
it('ranking: best first, equal scores share a rank, page by page; each sees his own', async () => {
  const all = await ask('ListScorecards', { district, kind: 'unit', ...september });
  expect(all.items.map((c: any) => [c.rank, c.subject.id, c.total])).toEqual([[1, 'u-3', 100], [2, 'u-2', 95], [3, 'u-1', 91]]);
  const first = await ask('ListScorecards', { district, kind: 'unit', ...september, limit: 2 });
  const second = await ask('ListScorecards', { district, kind: 'unit', ...september, limit: 2, cursor: first.next });
  expect([...first.items, ...second.items]).toEqual(all.items);
  expect(second.next).toBeUndefined();
  expect((await ask('ListScorecards', { kind: 'unit', ...september }, handler('u-2'))).items.map((c: any) => c.subject.id)).toEqual(['u-2']);
  expect(await ask('GetScorecard', { kind: 'unit', id: 'u-1', ...september }, handler('u-2'))).toMatchObject({ code: 'NOT_YOUR_UNIT' });
  expect(await ask('GetScorecard', { kind: 'unit', id: 'u-1', district, ...september }, { ...director, jurisdiction: '210600' })).toMatchObject({ code: 'OUTSIDE_JURISDICTION' });
  expect(await ask('GetScorecard', { kind: 'worker', id: 'w-2', ...september }, { ...people.worker, person: 'w-1' })).toMatchObject({ code: 'OUTSIDE_JURISDICTION' });
  expect(await ask('GetScorecard', { kind: 'unit', id: 'u-9', district, ...september })).toMatchObject({ code: 'NOT_FOUND' });
  expect(await ask('GetScorecard', { kind: 'unit', id: 'u-1', district, from: '2025-09-30', to: '2025-09-01' })).toMatchObject({ code: 'INVALID_PERIOD' });
});

// @rule X19 H5.1
it('a card is put on record when its period is over; again gives nothing new, later facts give another beside it', async () => {
  expect(await send('IssueScorecard', { district, kind: 'unit', id: 'u-1', from: '2025-11-01', to: '2025-11-30' })).toMatchObject({ ok: false, problem: { code: 'PERIOD_NOT_OVER', rule: 'H5.1' } });
  const body = { district, kind: 'unit', id: 'u-1', ...september };
  const commandId = randomUuid();
  expect(await send('IssueScorecard', body, director, commandId)).toMatchObject({ ok: true, repeated: false, result: { total: 91 } });
  expect(await send('IssueScorecard', body, director, commandId)).toMatchObject({ ok: true, repeated: true });
  expect(await send('IssueScorecard', body)).toMatchObject({ ok: true });
  expect(await store.readStream(`assessment-${district}-unit-u-1`)).toHaveLength(1);
  // Recorded late: on 30 September the citizen of case b was not satisfied either.
  await at('2025-09-30 10:00', 'VerifyResult', 'b', people.worker, { proposal: 'close', note: '好' });
  await at('2025-09-30 11:00', 'RecordCallBack', 'b', people.centre, { medium: 'telephone', reached: true, truthful: true, satisfied: false });
  expect(await send('IssueScorecard', body)).toMatchObject({ ok: true, result: { total: 89 } });
  expect((await ask('ListScorecards', { district, kind: 'unit', id: 'u-1' })).items.map((c: any) => c.total)).toEqual([89, 91]);
});

// @rule L4.6 X19
it('pages of issued cards are full for whoever sees only some of them', async () => {
  for (const [kind, id] of [['worker', 'w-1'], ['unit', 'u-2'], ['unit', 'u-3'], ['worker', 'w-2'], ['street', gridCode.slice(0, 9)], ['worker', 'w-3']] as const) {
    clock.advanceHours(1);
    expect(await send('IssueScorecard', { district, kind, id, ...september })).toMatchObject({ ok: true });
  }
  const pages = async (actor: Actor): Promise<string[][]> => {
    const seen: string[][] = [];
    for (let cursor: string | undefined; ;) {
      const page = await ask('ListScorecards', { limit: 2, cursor }, actor);
      seen.push(page.items.map((card: any) => card.subject.id));
      if ((cursor = page.next) === undefined) return seen;
    }
  };
  const street = gridCode.slice(0, 9);
  expect(await pages({ ...people.centre, jurisdiction: street })).toEqual([['w-3', street], ['w-2', 'w-1']]);
  expect(await pages({ ...people.centre, jurisdiction: gridCode.slice(0, 12) })).toEqual([['w-3', 'w-2'], ['w-1']]);
  expect(await pages({ ...people.worker, person: 'w-1' })).toEqual([['w-1']]);
  expect(await pages({ ...people.worker, person: 'i-1', role: 'inspector' })).toEqual([[]]);
  expect(await pages(handler('u-3'))).toEqual([['u-3']]);
  expect((await pages(director)).flat()).toEqual(['w-3', street, 'w-2', 'u-3', 'u-2', 'w-1', 'u-1', 'u-1']);
  expect((await ask('ListScorecards', { kind: 'street', ...september }, { ...people.centre, jurisdiction: gridCode.slice(0, 12) })).items).toEqual([]);
  expect(await ask('ListScorecards', { district, from: '2025-09-01' })).toMatchObject({ code: 'INVALID_PERIOD', rule: 'H5.1' });
});

// @rule H5.3
it('weekly finds and warnings: none is warned, two weeks running replacement is advised, again nothing new', async () => {
  // 10–16 November: w-1 finds two, w-2 one (after none before), w-3 none (and none before); the inspector none.
  for (const [id, local, finder] of [['f1', '2025-11-10 09:00', 'w-1'], ['f2', '2025-11-16 23:59', 'w-1'], ['f3', '2025-11-12 09:00', 'w-2'], ['f4', '2025-11-17 00:00', 'w-3'], ['f5', '2025-11-05 09:00', 'i-1']] as const) await reported(id, local, finder);
  const week = '2025-11-13';
  clock.set(beijing('2025-11-16 12:00'));
  expect(await send('IssueQuotaWarnings', { district, week })).toMatchObject({ ok: false, problem: { code: 'WEEK_NOT_OVER', rule: 'H5.3' } });
  clock.set(beijing('2025-11-17 08:00'));
  const finds = await ask('GetWeeklyFinds', { district, week });
  expect(finds).toMatchObject({ week: '2025-11-10', min: 2, target: 3 });
  expect(finds.items.map((i: any) => [i.worker, i.found, i.required, i.standing, i.advice])).toEqual([
    ['i-1', 0, 2, 'none', 'warn'], ['w-1', 2, 2, 'met', undefined], ['w-2', 1, 2, 'below', undefined], ['w-3', 0, 2, 'none', 'replace'],
  ]);
  expect((await ask('GetWeeklyFinds', { week }, { ...people.worker, person: 'w-2' })).items.map((i: any) => i.worker)).toEqual(['w-2']);
  expect(await send('IssueQuotaWarnings', { district, week })).toMatchObject({ ok: true, result: { week: '2025-11-10', warned: 1 } });
  expect(await send('IssueQuotaWarnings', { district, week: '2025-11-10' })).toMatchObject({ ok: true });
  expect(await store.readStream(`assessment-${district}-quota-2025-11-10`)).toHaveLength(1);
  expect(await ask('ListQuotaWarnings', { district, week })).toMatchObject({ items: [{ worker: 'w-3', week: '2025-11-10', found: 0, required: 2, advice: 'replace', rule: 'H5.3' }] });
  expect((await ask('ListQuotaWarnings', {}, { ...people.worker, person: 'w-2' })).items).toEqual([]);
  expect(await send('IssueQuotaWarnings', { district, week: '2025-11-10' }, { ...director, jurisdiction: '210600' })).toMatchObject({ ok: false, problem: { code: 'OUTSIDE_JURISDICTION' } });
});
