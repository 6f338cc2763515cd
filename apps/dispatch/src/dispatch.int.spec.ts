import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createStoreBus } from '@gridcase/bus';
import { caseDecider, decideCase, parsePack, workingTimeOf, type CaseCommands, type CaseCommandType } from '@gridcase/domain';
import { createCommandHandler, createPostgresEventStore, type EventStore } from '@gridcase/event-store';
import { validateEvent, versionOf, type Actor } from '@gridcase/events';
import { randomUuid, type CommandReply } from '@gridcase/platform';
import { digestOf, ServiceClient, startService, type RunningService } from '@gridcase/service';
import { beijing, FakeClock, gridCode, handler, people, testDatabase, type TestDatabase } from '@gridcase/testing';
import { createDispatchModule } from '.';

const district = '610524';
let db: TestDatabase;
let store: EventStore;
let service: RunningService;
let client: ServiceClient;
const clock = new FakeClock(beijing('2025-09-22 08:00'));

beforeAll(async () => {
  db = await testDatabase();
  store = await createPostgresEventStore({ url: db.url });
  const parsed = parsePack(readFileSync(join(__dirname, '../../../policies/heyang-2020.yaml'), 'utf8'));
  if (!parsed.ok) throw new Error('pack');
  await given(`policy-${district}`, [{ type: 'PolicyAdopted', data: { district, pack: parsed.pack.id, version: 1, validFrom: '2020-10-22', content: parsed.pack, digest: 'd' } }]);
  await given(`staff-${district}`, [
    ...['u-1', 'u-2'].map((code) => ({ type: 'UnitRegistered', data: { district, unit: { code, name: { zh: code, en: code }, department: 'municipal', level: 'district', jurisdiction: district } } })),
    { type: 'PersonRegistered', data: { district, person: { id: 'l-u-1', name: '李局', roles: ['unit-leader'], jurisdiction: district, unit: 'u-1' } } },
  ]);
  const adapters = { clock, store, bus: createStoreBus({ store }), pool: db.pool, schema: 'dispatch', listen: '127.0.0.1:0' };
  service = await startService(createDispatchModule(adapters), adapters);
  client = new ServiceClient({ dispatch: service.address } as never);
});
afterAll(async () => {
  client?.close();
  await service?.close();
  await store?.close();
  await db?.drop();
});

async function given(stream: string, events: { type: string; data: object }[]): Promise<void> {
  const append = createCommandHandler(store, { clock, versionOf, validate: validateEvent });
  const outcome = await append.execute(stream, { initialState: () => 0, evolve: (n) => n + 1 }, { commandId: randomUuid(), digest: 'd', actor: people.system, occurredAt: clock.now(), correlationId: 'c', causationId: 'c' }, () => events);
  if (!outcome.ok) throw new Error(outcome.rejection.code);
}
/** As intake files it. */
async function filed(caseId: string): Promise<void> {
  const parsed = parsePack(readFileSync(join(__dirname, '../../../policies/heyang-2020.yaml'), 'utf8'));
  if (!parsed.ok) throw new Error('pack');
  const body: CaseCommands['FileCase'] = {
    caseId, number: `610524-${caseId}`, district, level: 'district', centre: district, reportId: `r-${caseId}`, channel: 'hotline', reportedAt: clock.now(), foundBy: 'citizen',
    item: { code: 'B001', name: '井盖缺失', category: '公用设施', kind: 'component' }, grade: 'general', importance: 'normal', urgency: 'normal', belonging: '市政',
    place: { address: '凤凰东路 5 号', gridCode }, description: '井盖没了', evidence: [], gridWorker: 'w-1',
  };
  const decision = decideCase({ type: 'FileCase', body }, caseDecider.initialState(), { at: clock.now(), now: clock.now(), actor: people.centre, pack: parsed.pack, workingTime: workingTimeOf({ calendars: [] }, parsed.pack) });
  await given(`case-${caseId}`, decision as never);
}
const send = <K extends CaseCommandType>(type: K, caseId: string, actor: Actor, body: CaseCommands[K] | object, commandId: string = randomUuid()): Promise<CommandReply> =>
  client.command({ type, body: { ...body, caseId }, context: { actor, correlationId: 'c', commandId, digest: digestOf(type, body) } });
const accepted = async (reply: Promise<CommandReply>) => {
  const r = await reply;
  if (!r.ok) throw new Error(JSON.stringify(r.problem));
  return r;
};
const query = (name: string, params: object, actor: Actor, minPosition?: bigint) => client.query('dispatch', { name, params, context: { actor, correlationId: 'c', ...(minPosition !== undefined && { minPosition }) } });

// @rule X12 X16 H4.2.2 H4.2.6 H4.2.7 H4.2.8
it('takes a case from the telephone call to the archive; every command sent twice gives the first answer', async () => {
  await filed('whole');
  const steps: [CaseCommandType, Actor, object][] = [
    ['PhoneUnit', people.centre, { unit: 'u-1', person: '李某', answered: true }], ['DispatchCase', people.centre, { lead: 'u-1' }], ['AcknowledgeDispatch', handler('u-1'), {}],
    ['RecordArrival', handler('u-1'), {}], ['SubmitResult', handler('u-1'), { result: '已更换', signedBy: 'l-u-1' }], ['VerifyResult', people.worker, { proposal: 'close', note: '好' }],
    ['RecordCallBack', people.centre, { medium: 'telephone', reached: true, truthful: true, satisfied: true }], ['CloseCase', people.centre, {}], ['ArchiveCase', people.centre, {}],
  ];
  let last: Extract<CommandReply, { ok: true }> | undefined;
  for (const [type, actor, body] of steps) {
    clock.advance(60_000);
    const commandId = randomUuid();
    const first = await accepted(send(type, 'whole', actor, body, commandId));
    const again = await accepted(send(type, 'whole', actor, body, commandId));
    expect(again).toEqual({ ...first, repeated: true });
    last = first;
  }
  expect(await store.readStream('case-whole')).toHaveLength(10);
  const shown = await query('GetCase', { caseId: 'whole' }, people.centre, last!.position);
  expect(shown).toMatchObject({ ok: true, revision: 9, result: { phase: 'archived', light: 'green', lead: 'u-1' } });
  const archive = await query('GetArchive', { caseId: 'whole' }, people.centre);
  expect(archive).toMatchObject({ ok: true, result: { sha256: (last!.result as { sha256: string }).sha256, file: { format: 'gridcase.archive.v1' } } });
});

it('refuses unknown units, signers who lead nothing, and archiving an open case', async () => {
  await filed('refusals');
  expect(await send('PhoneUnit', 'refusals', people.centre, { unit: 'u-9', person: 'x', answered: true })).toMatchObject({ ok: false, problem: { code: 'UNIT_UNKNOWN' } });
  await accepted(send('PhoneUnit', 'refusals', people.centre, { unit: 'u-1', person: 'x', answered: true }));
  await accepted(send('DispatchCase', 'refusals', people.centre, { lead: 'u-1', coHandlers: ['u-2'] }));
  await accepted(send('AcknowledgeDispatch', 'refusals', handler('u-1'), {}));
  expect(await send('SubmitResult', 'refusals', handler('u-1'), { result: 'x', signedBy: 'nobody' })).toMatchObject({ ok: false, problem: { code: 'SIGNER_NOT_LEADER', rule: 'H4.2.6' } });
  expect(await send('SubmitResult', 'refusals', handler('u-2'), { result: 'x', signedBy: 'l-u-1' })).toMatchObject({ ok: false, problem: { code: 'ONLY_LEAD_FEEDS_BACK' } });
  expect(await send('ArchiveCase', 'refusals', people.centre, {})).toMatchObject({ ok: false, problem: { code: 'NOT_CLOSED' } });
  expect(await send('CloseCase', 'unknown', people.centre, {})).toMatchObject({ ok: false, problem: { code: 'NOT_FOUND' } });
});

it('shows each reader what is theirs', async () => {
  await filed('seen');
  await accepted(send('PhoneUnit', 'seen', people.centre, { unit: 'u-2', person: 'x', answered: true }));
  const { position } = await accepted(send('DispatchCase', 'seen', people.centre, { lead: 'u-2' }));
  const ids = async (actor: Actor, params: object = {}) => ((await query('ListCases', params, actor, position)) as any).result.items.map((c: { caseId: string }) => c.caseId);
  expect(await ids(handler('u-2'))).toContain('seen');
  expect(await ids(handler('u-1'))).not.toContain('seen');
  expect(await ids({ ...people.street, jurisdiction: '610524002' })).toEqual([]);
  expect(await ids(people.centre, { unit: 'u-2', state: 'dispatched' })).toContain('seen');
  expect(await ids(people.centre, { text: '100%' })).toEqual([]);
  expect(await query('GetCase', { caseId: 'seen' }, handler('u-1'), position)).toMatchObject({ ok: false, problem: { code: 'NOT_YOUR_UNIT' } });
  expect(await query('GetCase', { caseId: 'seen' }, { ...people.street, jurisdiction: '610524002' }, position)).toMatchObject({ ok: false, problem: { code: 'OUTSIDE_JURISDICTION' } });
});

it('pages by key: every case once', async () => {
  for (let n = 0; n < 7; n++) await filed(`page-${n}`);
  await service.settle();
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const { result } = (await query('ListCases', { limit: 3, text: 'page-', ...(cursor && { cursor }) }, people.centre)) as any;
    seen.push(...result.items.map((c: { caseId: string }) => c.caseId));
    cursor = result.next;
  } while (cursor);
  expect(seen.sort()).toEqual(Array.from({ length: 7 }, (_, n) => `page-${n}`));
  expect(await query('ListCases', { cursor: 'nonsense' }, people.centre)).toMatchObject({ ok: false, problem: { code: 'INVALID_CURSOR' } });
});
