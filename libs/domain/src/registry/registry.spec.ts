import type { DomainEvent, Item, StoredEvent } from '@gridcase/events';
import type { PolicyPack } from '../policy/pack';
import type { Directory } from './directory';
import { admitItems, withdrawItem, type ItemEntry } from './item-list';
import { adoptPolicy } from './policy-adoption';
import { publishCalendar } from './published-calendar';
import { registryDecider, sameData } from './registry';
import { registerPeople, registerUnits } from './staff';

const district = '610524';
const env = { actor: { person: 'reg', role: 'registry-admin', jurisdiction: district }, at: '2025-09-22T01:00:00.000Z' };
const fold = (events: unknown, state: Directory = registryDecider.initialState()): Directory => (events as DomainEvent[]).reduce((folded, event) => registryDecider.evolve(folded, event as StoredEvent), state);
const empty = () => registryDecider.initialState();
const item: Item = { code: 'manhole', name: { zh: '井盖缺失', en: 'Manhole' }, category: '市政设施', kind: 'component', standard: '齐全', grade: 'general', department: 'municipal', coDepartments: [], patrolled: true };

describe('admission to the item list [Z10]', () => {
  it.each([
    [{ name: { zh: '烟草零售许可证办理', en: '' } }, 'licensing', '许可'], [{ name: { zh: '占道审批', en: '' } }, 'licensing', '审批'], [{ name: { zh: '乱扔垃圾处罚', en: '' } }, 'penalty', '处罚'], [{ name: { zh: '违停罚款', en: '' } }, 'penalty', '罚款'],
    [{ name: { zh: '违建强制拆除', en: '' } }, 'coercion', '强制'], [{ name: { zh: '行政拘留', en: '' } }, 'coercion', '拘留'], [{ name: { zh: '店铺查封', en: '' } }, 'coercion', '查封'], [{ name: { zh: '摊位扣押', en: '' } }, 'coercion', '扣押'],
    [{ category: '行政强制' }, 'coercion', '强制'], [{ nature: 'penalty' as const }, 'penalty', undefined], [{ nature: 'outside-duty' as const }, 'outside-duty', undefined],
  ])('refuses %j', (over, nature, word) => {
    const entry: ItemEntry = { ...item, ...over };
    expect(admitItems({ district, items: [item, entry].map((one, n) => ({ ...one, code: `i-${n}` })) }, empty(), env)).toMatchObject({ rejected: true, code: 'ITEM_NOT_ADMISSIBLE', rule: 'Z10', params: { items: [{ code: 'i-1', nature, ...(word && { word }) }] } });
  });

  it('admits what fits, without its nature; the same list again writes nothing; what is withdrawn is gone', () => {
    const command = { district, items: [{ ...item, nature: 'inspection' as const }] };
    const events = admitItems(command, empty(), env);
    expect(events).toEqual([{ type: 'ItemAdmitted', data: { district, item } }]);
    expect(admitItems(command, fold(events), env)).toEqual([]);
    const withdrawn = withdrawItem({ district, code: 'manhole', reason: '' }, fold(events), env);
    expect(withdrawItem({ district, code: 'manhole', reason: '' }, fold(withdrawn, fold(events)), env)).toMatchObject({ code: 'ITEM_UNKNOWN' });
  });
});

// @rule H3 Z12
it('registers units before their people; refuses unknown roles, units and strangers', () => {
  const unit = { code: 'u-1', name: { zh: '市政', en: 'Municipal' }, department: 'municipal', level: 'district' as const, jurisdiction: district };
  const units = fold(registerUnits({ district, units: [unit] }, empty(), env));
  const person = { id: 'h-1', name: '经办人', roles: ['unit-handler'], jurisdiction: district, unit: 'u-1' };
  const register = (over: object) => registerPeople({ district, people: [{ ...person, ...over }] }, units, env);
  expect(register({})).toEqual([{ type: 'PersonRegistered', data: { district, person } }]);
  expect(register({ unit: 'u-2' })).toMatchObject({ code: 'UNIT_UNKNOWN' });
  expect(register({ unit: undefined })).toMatchObject({ code: 'UNIT_REQUIRED' });
  expect(register({ roles: ['emperor'] })).toMatchObject({ code: 'ROLE_UNKNOWN' });
  expect(register({ jurisdiction: '211103' })).toMatchObject({ code: 'ENTRY_OUTSIDE_DISTRICT' });
  expect(registerPeople({ district, people: [person, person] }, units, env)).toMatchObject({ code: 'DUPLICATE_ENTRY' });
  expect(registerUnits({ district, units: [unit] }, units, env)).toEqual([]);
  expect(registerUnits({ district, units: [unit] }, empty(), { ...env, actor: { ...env.actor, jurisdiction: '211103' } })).toMatchObject({ code: 'OUTSIDE_JURISDICTION' });
});

// @rule N2
it('publishes a calendar of sound dates, versioned by year, whatever their order', () => {
  const year = { district, year: 2026, holidays: [{ date: '2026-01-02', name: '元旦' }, { date: '2026-01-01', name: '元旦' }], workdays: ['2026-01-04'], source: 's' };
  const state = fold(publishCalendar(year, empty(), env));
  expect(publishCalendar({ ...year, holidays: [...year.holidays].reverse() }, state, env)).toEqual([]);
  expect(publishCalendar({ ...year, holidays: [] }, state, env)).toMatchObject([{ data: { version: '2026.2' } }]);
  const faults: [string, Partial<typeof year>][] = [['2026-02-30', { workdays: ['2026-02-30'] }], ['2026-01-01', { workdays: ['2026-01-01'] }], ['2028-01-01', { holidays: [{ date: '2028-01-01', name: '' }] }], ['2026-01-05', { workdays: ['2026-01-05'] }]];
  for (const [fault, over] of faults) {
    expect(publishCalendar({ ...year, ...over }, empty(), env)).toMatchObject({ code: 'CALENDAR_INVALID', params: { date: fault } });
  }
});

// @rule X7
it('adopts a pack from today on, once; a version keeps its text', () => {
  const pack = { id: 'p', version: 1, title: { zh: '一', en: 'one' } } as PolicyPack;
  const adopt = (over: object = {}, state = empty()) => adoptPolicy({ district, pack, digest: 'd', validFrom: '2025-09-22', ...over }, state, { ...env, today: '2025-09-22' });
  const state = fold(adopt());
  expect(adopt({}, state)).toEqual([]);
  expect(adopt({ pack: { ...pack, title: { zh: '二', en: 'two' } } }, state)).toMatchObject({ code: 'POLICY_VERSION_TAKEN' });
  expect(adopt({ validFrom: '2025-09-21' })).toMatchObject({ code: 'POLICY_IN_THE_PAST' });
  expect(adopt({ validTo: '2025-09-01' })).toMatchObject({ code: 'POLICY_DATES_INVALID' });
  expect(adopt({ validFrom: '2026-01-01' }, state)).toMatchObject([{ type: 'PolicyAdopted', data: { validFrom: '2026-01-01' } }]);
});

it('compares data whatever the order of keys', () => {
  expect(sameData({ a: 1, b: [{ c: 2 }], d: undefined }, { b: [{ c: 2 }], a: 1 })).toBe(true);
  for (const [a, b] of [[{ a: 1 }, { a: 2 }], [[1, 2], [2, 1]], [[1], { 0: 1 }], [{ a: null }, {}], [[1], [1, 2]], ['1', 1]] as const) expect(sameData(a, b)).toBe(false);
});
