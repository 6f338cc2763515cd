import { createStoreBus } from '@gridcase/bus';
import { createPostgresEventStore, type EventStore } from '@gridcase/event-store';
import type { CommandCall, CommandReply, QueryReply } from '@gridcase/platform';
import { ServiceClient, digestOf, startService, type Adapters, type RunningService } from '@gridcase/service';
import { FakeClock, testDatabase, type TestDatabase } from '@gridcase/testing';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { createRegistryModule } from '.';

const DATA = join(__dirname, '../../../policies/data');
const HEYANG = '610524';
const file = (name: string): string => readFileSync(join(DATA, name), 'utf8');
const clock = new FakeClock('2025-09-22T01:00:00.000Z');
let database: TestDatabase;
let store: EventStore;
let service: RunningService;
let client: ServiceClient;
let sequence = 0;

const admin = (jurisdiction = HEYANG) => ({ person: `reg-${jurisdiction}`, role: 'registry-admin', jurisdiction });
const call = (type: string, body: object, { actor = admin(), commandId = `k-${++sequence}` } = {}): CommandCall => ({ type, body, context: { actor, commandId, correlationId: 'c', digest: digestOf(type, body) } });
const command = (type: string, body: object, options?: Parameters<typeof call>[2]): Promise<CommandReply> => client.command(call(type, body, options));
const ok = async (reply: Promise<CommandReply>) => {
  const answer = await reply;
  if (!answer.ok) throw new Error(`${answer.problem.code} ${JSON.stringify(answer.problem.params).slice(0, 500)}`);
  return answer;
};
const query = async <T = any>(name: string, params: object, { actor = admin(), after }: { actor?: { person: string; role: string; jurisdiction: string }; after?: { position: bigint } } = {}): Promise<T> => {
  const reply: QueryReply<T> = await client.query('registry', { name, params, context: { actor, correlationId: 'q', ...(after && { minPosition: after.position }) } });
  if (!reply.ok) throw new Error(reply.problem.code);
  return reply.result;
};
const registerAll = async (district: string, slug: string) => {
  const actor = admin(district);
  await ok(command('RegisterUnits', parse(file(`${slug}-units.yaml`)), { actor }));
  await ok(command('RegisterPeople', parse(file(`${slug}-people.yaml`)), { actor }));
  await ok(command('AdmitItems', parse(file(`${slug}-items.yaml`)), { actor }));
  return ok(command('ImportGridTree', { district, format: 'csv', content: file(`${slug}-grids.csv`), filing: `${district}-备-1` }, { actor }));
};

beforeAll(async () => {
  database = await testDatabase();
  store = await createPostgresEventStore({ pool: database.pool });
  const adapters: Adapters = { clock, store, bus: createStoreBus({ store }), pool: database.pool, schema: 'registry', listen: '127.0.0.1:0' };
  service = await startService(createRegistryModule(adapters), adapters);
  client = new ServiceClient({ registry: service.address });
  await client.ready(5_000);
});
afterAll(async () => {
  client?.close();
  await service?.close();
  await store?.close();
  await database?.drop();
});

// @rule H2 X4 X10 H3
it('imports the two shipped jurisdictions: Heyang has 14 first-level, 215 second-level and 121 third-level grids, none without officers', async () => {
  const heyang = await registerAll(HEYANG, 'heyang');
  expect(heyang.result).toMatchObject({ registered: 350, adjusted: 0, officers: 110 });
  expect((heyang.result!['unusualSize'] as string[]).length).toBeGreaterThan(0);
  const xinglongtai = await registerAll('211103', 'xinglongtai');
  expect(xinglongtai.result).toMatchObject({ registered: 102 });
  const count = async (tier: number) => {
    let items = 0;
    for (let cursor: string | undefined; ;) {
      const page: { items: unknown[]; next?: string } = await query('ListGrids', { district: HEYANG, tier, limit: 200, cursor }, { after: xinglongtai });
      items += page.items.length;
      if ((cursor = page.next) === undefined) return items;
    }
  };
  expect([await count(1), await count(2), await count(3)]).toEqual([14, 215, 121]);
  expect(await query('ListGrids', { district: HEYANG, gaps: true })).toEqual({ items: [] });
  expect(await query('ListGrids', { district: '211103', gaps: true }, { actor: admin('211103') })).toEqual({ items: [] });
});

// @rule X10 Z7
it('takes the same file again without writing anything, under the same and under another command id', async () => {
  const body = { district: HEYANG, format: 'csv', content: file('heyang-grids.csv'), filing: '610524-备-1' };
  const before = await store.head();
  expect(await ok(command('ImportGridTree', body))).toMatchObject({ repeated: false, result: { registered: 0, adjusted: 0, officers: 0 } });
  expect(await store.head()).toBe(before);
  const first = await ok(command('AdjustGrid', { code: '610524001001001', change: { households: 460 }, reason: '新增住户', filing: '备-2' }, { commandId: 'same' }));
  expect(await ok(command('AdjustGrid', { code: '610524001001001', change: { households: 460 }, reason: '新增住户', filing: '备-2' }, { commandId: 'same' }))).toEqual({ ...first, repeated: true });
});

// @rule X10 Z7 H2
it('refuses a faulty file as a whole and names row, column and code', async () => {
  const before = await store.readStream('gridtree-610524');
  const content = 'code,name,parent,tier,kind,workers\n610524500,新镇,610524,1,street,\n610524500001,新村,610524500,2,community,\n211103500,别处,610524,1,street,w-610524-001\n';
  const reply = await command('ImportGridTree', { district: HEYANG, format: 'csv', content, filing: '备-3' });
  expect(reply).toMatchObject({ ok: false, problem: { code: 'GRID_TREE_INVALID', rule: 'X10', params: { count: 2, errors: [{ row: 3, column: 'workers', code: '610524500001', error: 'NO_WORKER', rule: 'X10' }, { row: 4, column: 'code', code: '211103500', error: 'OUTSIDE_DISTRICT' }] } } });
  expect(await store.readStream('gridtree-610524')).toHaveLength(before.length);
});

// @rule X10 Z7 H2 — far more grids than one append takes events
it('imports 5,000 grids all or nothing, in one append', async () => {
  const district = '130102';
  const actor = admin(district);
  await ok(command('RegisterPeople', { district, people: [{ id: 'w-1', name: '网格员', roles: ['grid-worker'], jurisdiction: district }] }, { actor }));
  const rows = ['code,name,parent,tier,kind,households,workers', '130102001,街道,130102,1,street,,', '130102001001,社区,130102001,2,community,,'];
  for (let n = 0; n < 5_000; n++) rows.push(`130102001001${String(n + 1).padStart(4, '0')},第${n + 1}网格,130102001001,3,grid,400,w-1`);
  const broken = [...rows, '1301020010015001,无人网格,130102001001,3,grid,400,'].join('\n');
  expect(await command('ImportGridTree', { district, format: 'csv', content: broken, filing: '备-1' }, { actor })).toMatchObject({ ok: false, problem: { code: 'GRID_TREE_INVALID', params: { count: 1, errors: [{ row: 5004, column: 'workers' }] } } });
  expect(await store.readStream(`gridtree-${district}`)).toEqual([]);
  const reply = await ok(command('ImportGridTree', { district, format: 'csv', content: rows.join('\n'), filing: '备-1' }, { actor }));
  expect(reply.result).toMatchObject({ registered: 5_002, officers: 0, unusualSize: [] });
  const events = await store.readStream(`gridtree-${district}`);
  expect(events.length).toBeLessThanOrEqual(20);
  expect(new Set(events.map((event) => event.metadata.commandId)).size).toBe(1);
  expect(await query('GetGrid', { code: '1301020010014999' }, { actor, after: reply })).toMatchObject({ name: '第4999网格', officerGaps: ['housing', 'municipal', 'enforcement', 'sanitation', 'market-supervision'] });
  expect(await query('GetGridHistory', { code: '1301020010014999' }, { actor })).toMatchObject({ items: [{ type: 'GridTreeImported', filing: '备-1' }] });
});

// @rule X4
it('shows which grids lack an officer of the five departments, and an assignment closes the gap', async () => {
  const district = '130102';
  const actor = admin(district);
  await ok(command('RegisterUnits', { district, units: [{ code: 'u-1', name: { zh: '住建局', en: 'Housing' }, department: 'housing', level: 'district', jurisdiction: district }] }, { actor }));
  expect(await command('AssignOfficer', { gridCode: '130102001001', department: 'housing', unit: 'u-9', person: 'w-1' }, { actor })).toMatchObject({ ok: false, problem: { code: 'UNIT_UNKNOWN' } });
  const assigned = await ok(command('AssignOfficer', { gridCode: '130102001001', department: 'housing', unit: 'u-1', person: 'w-1' }, { actor }));
  expect(await query('ListGrids', { district, gaps: true, limit: 1 }, { actor, after: assigned })).toMatchObject({ items: [{ code: '1301020010010001', officerGaps: ['municipal', 'enforcement', 'sanitation', 'market-supervision'] }], next: expect.any(String) });
});

// @rule Z7 X10 H3 Z12
it('keeps every change of a grid with its filing, also over a change of code', async () => {
  const code = '610524001008014';
  expect(await command('RecodeGrid', { code, to: '610524001008099', reason: '统一编码', filing: ' ' })).toMatchObject({ ok: false, problem: { code: 'FILING_REQUIRED', rule: 'X10' } });
  expect(await command('RecodeGrid', { code, to: '610524001007099', reason: '统一编码', filing: '备-4' })).toMatchObject({ ok: false, problem: { code: 'CODE_NOT_UNDER_PARENT' } });
  await ok(command('RecodeGrid', { code, to: '610524001008099', reason: '统一编码', filing: '备-4' }));
  const grid = await query('GetGrid', { code: '610524001008099' }, { after: await ok(command('ReplaceGridWorker', { gridCode: '610524001008099', in: 'w-610524-001', reason: '替换', filing: '备-5' })) });
  expect(grid.workers).toContain('w-610524-001');
  expect((await query('GetGridHistory', { code: '610524001008099' })).items.map(({ type, filing }: { type: string; filing: string }) => [type, filing])).toEqual([['GridRegistered', '610524-备-1'], ['GridRecoded', '备-4'], ['GridWorkerReplaced', '备-5']]);
  expect(await command('AdjustGrid', { code, change: { name: '旧码' }, reason: '', filing: '备-6' })).toMatchObject({ ok: false, problem: { code: 'GRID_UNKNOWN', params: { now: '610524001008099' } } });
});

// @rule X10
it('lets nobody else draw grids: another district, another street', async () => {
  const body = { code: '610524001001001', change: { name: '别名' }, reason: '', filing: '备-7' };
  expect(await command('AdjustGrid', body, { actor: admin('211103') })).toMatchObject({ ok: false, problem: { code: 'OUTSIDE_JURISDICTION', rule: 'X10' } });
  expect(await command('AdjustGrid', body, { actor: admin('610524102') })).toMatchObject({ ok: false, problem: { code: 'OUTSIDE_JURISDICTION' } });
  await expect(query('ListGrids', { district: HEYANG }, { actor: admin('211103') })).rejects.toThrow('OUTSIDE_JURISDICTION');
});

// @rule Z21
it('publishes a grid with its workers’ work contacts and nobody else’s', async () => {
  const notice = await query('GetGridNotice', { code: '610524001001001' }, { actor: { person: 'anybody', role: 'citizen', jurisdiction: '' } });
  expect(notice).toMatchObject({ name: '东街社区第1网格', street: '城关街道', community: '东街社区', workers: [{ name: '网格员001', contact: '0913-0000001' }] });
  expect(notice.serviceItems.length).toBeGreaterThan(40);
  expect(JSON.stringify(notice).match(/0913-\d+/g)).toEqual(['0913-0000001']);
});

// @rule Z10 X6 X7
it('keeps licensing, penalties and coercion off the item list', async () => {
  const item = { code: 'fine', name: { zh: '占道经营罚款', en: 'Fine' }, category: '街面秩序', kind: 'event', standard: '', grade: 'simple', department: 'enforcement', coDepartments: [], patrolled: true };
  expect(await command('AdmitItems', { district: HEYANG, items: [{ ...item, code: 'ok', name: { zh: '正常事项', en: 'Fine' } }, item] })).toMatchObject({ ok: false, problem: { code: 'ITEM_NOT_ADMISSIBLE', rule: 'Z10', params: { items: [{ code: 'fine', nature: 'penalty', word: '罚款' }] } } });
  const withdrawn = await ok(command('WithdrawItem', { district: HEYANG, code: 'registration', reason: '由派出所办理' }));
  const { items } = await query('ListItems', { district: HEYANG, limit: 200 }, { after: withdrawn });
  expect(items.map(({ code }: { code: string }) => code)).not.toContain('registration');
  expect(items.map(({ code }: { code: string }) => code)).not.toContain('ok');
});

// @rule N2
it('publishes calendars in versions', async () => {
  const year = { district: HEYANG, year: 2025, holidays: [{ date: '2025-10-01', name: '国庆节' }], workdays: ['2025-09-28'], source: '国办发明电〔2024〕12号' };
  expect((await ok(command('PublishCalendar', year))).result).toEqual({ version: '2025.1' });
  expect((await ok(command('PublishCalendar', year))).result).toEqual({});
  expect(await command('PublishCalendar', { ...year, workdays: ['2025-09-29'] })).toMatchObject({ ok: false, problem: { code: 'CALENDAR_INVALID', params: { date: '2025-09-29' } } });
  const again = await ok(command('PublishCalendar', { ...year, holidays: [...year.holidays, { date: '2025-10-09', name: '县庆' }] }));
  expect(again.result).toEqual({ version: '2025.2' });
  expect((await query('ListCalendars', { district: HEYANG }, { after: again })).items).toMatchObject([{ version: '2025.1', inForce: false }, { version: '2025.2', inForce: true }]);
});

// @rule X7
it('adopts policy packs by date, never for the past, never one version with two texts', async () => {
  const content = readFileSync(join(DATA, '../heyang-2020.yaml'), 'utf8');
  const adopt = (more: object = {}) => command('AdoptPolicy', { district: HEYANG, content, validFrom: '2025-09-22', ...more });
  expect(await adopt({ validFrom: '2025-09-21' })).toMatchObject({ ok: false, problem: { code: 'POLICY_IN_THE_PAST', params: { today: '2025-09-22' } } });
  expect(await adopt({ content: content.replace('perUnit: 1', 'perUnit: many') })).toMatchObject({ ok: false, problem: { code: 'POLICY_INVALID', params: { errors: [{ path: 'rebound.perUnit', line: expect.any(Number) }] } } });
  const adopted = await ok(adopt());
  expect(adopted.result).toEqual({ pack: 'heyang-2020', version: 1, validFrom: '2025-09-22' });
  expect(await ok(adopt({ content: parse(content) }))).toMatchObject({ revision: adopted.revision });
  expect(await adopt({ content: content.replace('radiusMetres: 50', 'radiusMetres: 80') })).toMatchObject({ ok: false, problem: { code: 'POLICY_VERSION_TAKEN' } });
  expect((await query('ListPolicies', { district: HEYANG }, { after: adopted })).items).toMatchObject([{ pack: 'heyang-2020', version: 1, inForce: true }]);
});

it('lists people within the jurisdiction, page after page', async () => {
  const actor = admin('610524102');
  const { items } = await query('ListPeople', { role: 'grid-worker', limit: 200 }, { actor });
  expect(items).toHaveLength(17);
  const first = await query('ListPeople', { role: 'grid-worker', limit: 10 }, { actor });
  const second = await query('ListPeople', { role: 'grid-worker', limit: 10, cursor: first.next }, { actor });
  expect([...first.items, ...second.items]).toEqual(items);
  expect(second.next).toBeUndefined();
});

// @rule YB2
it('shows the class of a grid and lists the grids of one class', async () => {
  const codesOf = async (gridClass: string, after?: { position: bigint }): Promise<string[]> => {
    const codes: string[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await query('ListGrids', { district: HEYANG, class: gridClass, limit: 100, cursor }, { after });
      for (const grid of page.items) expect(grid.class).toBe(gridClass);
      codes.push(...page.items.map(({ code }: { code: string }) => code));
      if ((cursor = page.next) === undefined) return codes;
    }
  };
  const [a, b, c] = [await codesOf('A'), await codesOf('B'), await codesOf('C')];
  expect([a.length, b.length, c.length]).toEqual([67, 133, 136]);
  const raised = await ok(command('AdjustGrid', { district: HEYANG, code: b[0], change: { class: 'A' }, reason: '复评', filing: '备-A' }));
  expect(await codesOf('A', raised)).toEqual([...a, b[0]].sort());
  expect(await codesOf('B')).toEqual(b.slice(1));
  expect(await query('GetGrid', { code: b[0] })).toMatchObject({ class: 'A' });
});
