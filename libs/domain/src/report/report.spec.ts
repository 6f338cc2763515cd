import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRejection, type Actor, type Grid, type Item, type ReportEvent } from '@gridcase/events';
import { parsePack } from '../policy/load-pack';
import type { District } from '../registry/directory';
import { createWorkingTime } from '../time/working-calendar';
import { caseNumber } from './case-number';
import { boxAround, metresBetween } from './distance';
import { suggestDuplicates, type OpenCase } from './duplicates';
import { locateGrid } from './locate-grid';
import { maskName, maskTelephone } from './masking';
import { decideReport, evolveReport, foundByRole, settleFind, type MaybeReport, type ReportCommand, type ReportCommands, type ReportEnvironment } from './report';

const parsed = parsePack(readFileSync(join(__dirname, '../../../../policies/heyang-2020.yaml'), 'utf8'));
if (!parsed.ok) throw new Error('the pack does not parse');
const pack = parsed.pack;
const grid = (code: string, longitude: number, latitude: number): Grid => ({ code, name: code, parent: code.slice(0, 12), tier: 3, kind: 'grid', workers: ['w-1'], unusualSize: false, longitude, latitude });
const item = (code: string): Item => ({ code, name: { zh: code, en: code }, category: '市政', kind: 'event', standard: '', grade: 'major', department: 'municipal', coDepartments: [], patrolled: true });
const G1 = '610524001001001';
const G2 = '610524001001002';
const district: District = {
  code: '610524', grids: new Map([grid(G1, 110.1, 35.2), grid(G2, 110.11, 35.2)].map((one) => [one.code, one])), recoded: new Map([['610524001001009', G2]]), officers: new Map(), units: new Map(), people: new Map(),
  items: new Map(['manhole', 'lamp'].map((code) => [code, item(code)])), calendars: [], policies: [],
};
const calendar = { version: '2025.1', years: { 2025: { year: 2025, holidays: [{ date: '2025-10-01', name: '国庆节' }], workdays: ['2025-09-28'], source: '' } } };
const workingTime = createWorkingTime({ calendar, timeZone: pack.timeZone, businessHours: pack.businessHours });
const operator: Actor = { person: 'op-1', role: 'centre-operator', jurisdiction: '610524' };
const worker: Actor = { person: 'w-1', role: 'grid-worker', jurisdiction: G1 };
const env = (over: Partial<ReportEnvironment> = {}): ReportEnvironment => ({ at: '2025-09-22T01:00:00.000Z', actor: operator, district, pack, workingTime, ...over });
const photo = { sha256: 'a'.repeat(64), mediaType: 'image/jpeg', takenAt: '2025-09-22T00:59:00.000Z', takenBy: 'w-1', longitude: 110.1001, latitude: 35.2001 };
const receipt: ReportCommands['ReceiveReport'] = { reportId: 'r-1', district: '610524', channel: 'hotline', place: { address: '门前', gridCode: G1 }, description: '坏了', evidence: [] };
const CASE_ID = '0123456789-abcdef';
const sorting: ReportCommand = { type: 'SortReport', body: { itemCode: 'manhole', importance: 'normal', urgency: 'normal', belonging: '市政' } };
const filing: ReportCommand = { type: 'FileReport', body: { caseId: CASE_ID } };

const receive = (over: object = {}, actor = operator, more: Partial<ReportEnvironment> = {}) => decideReport({ type: 'ReceiveReport', body: { ...receipt, ...over } }, undefined, env({ actor, ...more }));
const given = (...commands: ReportCommand[]): MaybeReport => {
  let state: MaybeReport;
  for (const command of [{ type: 'ReceiveReport', body: receipt } as ReportCommand, ...commands]) {
    const decision = decideReport(command, state, env({ actor: command.type === 'SettleOnSpot' ? worker : operator }));
    if (isRejection(decision)) throw new Error(`${command.type}: ${decision.code}`);
    state = decision.reduce<MaybeReport>((folded, event) => evolveReport(folded, event as ReportEvent), state);
  }
  return state;
};
const when = (state: MaybeReport, command: ReportCommand, over: Partial<ReportEnvironment> = {}) => decideReport(command, state, env(over));

describe('receipt', () => {
  // @rule H4.2.1
  it('on the channel that asks for the real name needs the reporter, on others not', () => {
    const citizen = { person: 'c-1', role: 'citizen', jurisdiction: '610524' };
    expect(receive({ channel: 'wechat' }, citizen)).toMatchObject({ code: 'REPORTER_REQUIRED', rule: 'H4.2.1' });
    expect(receive({ channel: 'wechat', reporter: { personId: 'p-1', sealed: 's' } }, citizen)).toMatchObject([{ data: { finder: 'c-1', reporter: { personId: 'p-1', sealed: 's' } } }]);
    expect(receive({ channel: 'web' }, citizen)).toHaveLength(1);
  });

  // @rule X11 H5.3
  it.each([['grid-worker', 'worker'], ['grid-chief', 'worker'], ['inspector', 'inspector'], ['citizen', 'citizen'], ['hotline-operator', 'citizen'], ['centre-operator', 'citizen'], ['platform', 'platform']])('by a %s counts as found by %s', (role, foundBy) => expect(foundByRole(role)).toBe(foundBy));

  // @rule H5.1
  it.each([['2025-09-27T02:00:00.000Z', true], ['2025-09-28T02:00:00.000Z', false], ['2025-10-01T02:00:00.000Z', true], ['2025-09-29T02:00:00.000Z', false], ['2025-09-26T16:30:00.000Z', true]])('on %s is on a rest day: %s (weekend, make-up day, holiday, working day, Saturday in China)', (at, restDay) =>
    expect(receive({}, operator, { at })).toMatchObject([{ data: { restDay, reportedAt: at } }]));

  // @rule L3.1 X11 H4 — the hotlines merged into the district's are channels of its policy
  it.each(['xinglongtai-2016', 'heyang-2020', 'linkage'])('takes a report by every channel of %s', (name) => {
    const read = parsePack(readFileSync(join(__dirname, `../../../../policies/${name}.yaml`), 'utf8'));
    if (!read.ok) throw new Error('the pack does not parse');
    const reporter = { personId: 'p-1', sealed: 's' };
    for (const { code } of read.pack.channels) expect(receive({ channel: code, reporter }, operator, { pack: read.pack })).toMatchObject([{ data: { channel: code } }]);
    expect(receive({ channel: 'pigeon', reporter }, operator, { pack: read.pack })).toMatchObject({ code: 'CHANNEL_UNKNOWN', rule: 'X11' });
  });

  // @rule X11 X10
  it.each([
    ['an unknown channel', { channel: 'pigeon' }, 'CHANNEL_UNKNOWN'], ['an unknown item', { itemCode: 'ufo' }, 'ITEM_UNKNOWN'], ['an unknown grid', { place: { address: '', gridCode: '610524001001077' } }, 'GRID_UNKNOWN'],
    ['a report from the future', { reportedAt: '2025-09-22T01:00:00.001Z' }, 'OBSERVED_LATER'], ['another district', { district: '211103' }, 'OUTSIDE_JURISDICTION'],
  ])('refuses %s', (_what, over, code) => expect(receive(over)).toMatchObject({ rejected: true, code }));

  it('of what is there already writes nothing, whatever it says now', () => expect(when(given(), { type: 'ReceiveReport', body: { ...receipt, channel: 'pigeon' } })).toEqual([]));

  // @rule X11
  it('by a worker needs a picture and a position; a document is no picture', () => {
    const place = { address: '', gridCode: G1 };
    expect(receive({ place, evidence: [] }, worker)).toMatchObject({ code: 'EVIDENCE_REQUIRED', rule: 'X11' });
    expect(receive({ place, evidence: [{ ...photo, mediaType: 'application/pdf' }] }, worker)).toMatchObject({ code: 'EVIDENCE_REQUIRED' });
    expect(receive({ place, evidence: [{ ...photo, longitude: undefined, latitude: undefined }] }, worker)).toMatchObject({ code: 'LOCATION_REQUIRED' });
    expect(receive({ place, evidence: [{ ...photo, mediaType: 'video/mp4' }] }, worker)).toMatchObject([{ data: { finder: 'w-1', foundBy: 'worker' } }]);
  });

  // @rule Z7 X10
  it('finds the grid: as given, under its former code, nearest centre, or not at all', () => {
    expect(locateGrid(district, { address: '', gridCode: G1 })).toEqual({ gridCode: G1, from: 'given' });
    expect(locateGrid(district, { address: '', gridCode: '610524001001009' })).toEqual({ gridCode: G2, from: 'given' });
    expect(locateGrid(district, { address: '', longitude: 110.1051, latitude: 35.2 })).toEqual({ gridCode: G2, from: 'nearest-centre' });
    expect(locateGrid(district, { address: '' }, [photo])).toEqual({ gridCode: G1, from: 'nearest-centre' });
    expect(locateGrid(district, { address: '', longitude: 111, latitude: 35.2 })).toBeUndefined();
    expect(locateGrid(district, { address: '' })).toBeUndefined();
  });
});

describe('decisions on a report', () => {
  // @rule H4.1.1
  it('sorting takes the grade of the item unless another is given, can be corrected, and needs a grid', () => {
    expect(when(given(), sorting)).toMatchObject([{ type: 'ReportSorted', data: { grade: 'major', gridCode: G1 } }]);
    expect(when(given(), { ...sorting, body: { ...sorting.body, grade: 'simple', gridCode: '610524001001009' } } as ReportCommand)).toMatchObject([{ data: { grade: 'simple', gridCode: G2 } }]);
    expect(when(given(sorting), sorting)).toEqual([]);
    expect(when(given(sorting), { ...sorting, body: { ...sorting.body, urgency: 'urgent' } } as ReportCommand)).toMatchObject([{ data: { urgency: 'urgent' } }]);
    const nowhere = evolveReport(undefined, { type: 'ReportReceived', data: { ...given()!.received, place: { address: '' } } });
    expect(when(nowhere, sorting)).toMatchObject({ code: 'GRID_REQUIRED' });
    expect(when(nowhere, sorting, { actor: { ...operator, jurisdiction: '610524001' } })).toMatchObject({ code: 'OUTSIDE_JURISDICTION' });
  });

  // @rule X11 X4
  it('filing comes after sorting and goes to the centre of the operator, or of the level asked for', () => {
    const file = (body: object = {}, jurisdiction = '610524') => when(given(sorting), { type: 'FileReport', body: { caseId: CASE_ID, ...body } }, { actor: { ...operator, jurisdiction } });
    expect(when(given(), filing)).toMatchObject({ code: 'REPORT_NOT_SORTED', rule: 'H4.1.1' });
    expect(file()).toEqual([{ type: 'ReportFiled', data: { caseId: CASE_ID, number: caseNumber('610524', '2025-09-22', CASE_ID), level: 'district', centre: '610524' } }]);
    expect(file({}, '610524001')).toMatchObject([{ data: { level: 'street', centre: '610524001' } }]);
    expect(file({}, '610524001001')).toMatchObject([{ data: { level: 'community', centre: '610524001001' } }]);
    expect(file({ level: 'street' })).toMatchObject([{ data: { level: 'street', centre: '610524001' } }]);
    expect(file({ centre: '610524102' })).toMatchObject({ code: 'CENTRE_NOT_OF_GRID' });
    expect(file({}, '610524102')).toMatchObject({ code: 'OUTSIDE_JURISDICTION' });
    const flat = { ...pack, levels: pack.levels.filter(({ level }) => level === 'district') };
    expect(when(given(sorting), filing, { pack: flat, actor: { ...operator, jurisdiction: '610524001' } })).toMatchObject([{ data: { level: 'district', centre: '610524' } }]);
    expect(when(given(sorting), { type: 'FileReport', body: { caseId: CASE_ID, level: 'street' } }, { pack: flat })).toMatchObject({ code: 'LEVEL_NOT_IN_POLICY' });
  });

  // @rule X2 X11
  it('settling is the worker’s own, with a picture', () => {
    const settling = { itemCode: 'lamp', note: '已修', evidence: [photo] };
    const settle = (over: object, actor: Actor) => when(given(), { type: 'SettleOnSpot', body: { ...settling, ...over } }, { actor });
    expect(settle({}, worker)).toMatchObject([{ type: 'ReportSettledOnSpot', data: { worker: 'w-1', gridCode: G1 } }]);
    expect(settle({ evidence: [{ ...photo, mediaType: 'text/plain' }] }, worker)).toMatchObject({ code: 'EVIDENCE_REQUIRED' });
    expect(settle({}, operator)).toMatchObject({ code: 'WORKER_ONLY', rule: 'X2' });
    expect(settle({}, { ...worker, person: 'w-2', jurisdiction: G2 })).toMatchObject({ code: 'NOT_YOUR_REPORT' });
    const both = settleFind({ ...receipt, channel: 'handheld', evidence: [photo] }, settling, undefined, env({ actor: worker }));
    expect((both as ReportEvent[]).map(({ type }) => type)).toEqual(['ReportReceived', 'ReportSettledOnSpot']);
  });

  // @rule X11 L4.3 H5.2
  it('is made once: the same again gives nothing new, any other is refused', () => {
    const decisions: ReportCommand[] = [
      filing, { type: 'RefuseReport', body: { reasonCode: 'nothing-found', reason: '未见' } }, { type: 'TransferReport', body: { to: '人社局', reason: '社保' } }, { type: 'RouteAsEmergency', body: { to: '119', reason: '火' } },
      { type: 'SettleOnSpot', body: { itemCode: 'lamp', note: '', evidence: [photo] } }, { type: 'JoinReport', body: { caseId: 'c-9', item: 'manhole', distanceMetres: 3 } },
    ];
    for (const first of decisions) for (const second of [...decisions, sorting]) {
      const decided = when(given(sorting, first), second, { actor: second.type === 'SettleOnSpot' ? worker : operator });
      if (second === first) expect(decided).toEqual([]);
      else expect([first.type, second.type, decided]).toEqual([first.type, second.type, expect.objectContaining({ code: 'REPORT_ALREADY_DECIDED' })]);
    }
  });

  // @rule H5.2
  it('a join the case would not take opens the report again, as it was', () => {
    const joined = given(sorting, { type: 'JoinReport', body: { caseId: 'c-9', item: 'manhole' } });
    const reopened = when(joined, { type: 'ReopenReport', body: { caseId: 'c-9', cause: 'CASE_CLOSED' } });
    expect(reopened).toEqual([{ type: 'ReportReopened', data: { caseId: 'c-9', cause: 'CASE_CLOSED' } }]);
    expect(evolveReport(joined, (reopened as ReportEvent[])[0]!)).toEqual(given(sorting));
    expect(when(given(sorting, filing), { type: 'ReopenReport', body: { caseId: 'c-9', cause: 'CASE_CLOSED' } })).toEqual([]);
  });
});

// @rule H5.2
describe('duplicates', () => {
  const at = { longitude: 110.1, latitude: 35.2 };
  const report = { ...at, gridCode: G1, itemCode: 'manhole', reportedAt: '2025-09-22T01:00:00.000Z' };
  const rule = { radiusMetres: 50, withinHours: 72, rule: 'H5.2' };
  const open = (over: Partial<OpenCase>): OpenCase => ({ caseId: 'c', itemCode: 'manhole', lastReportedAt: '2025-09-21T01:00:00.000Z', reports: 1, gridCode: G1, ...at, ...over });

  it('are of the same item, near and recent; nearest first, then closest in time', () => {
    const north = (metres: number) => at.latitude + metres / 111_195;
    const cases = [open({ caseId: 'far', latitude: north(51) }), open({ caseId: 'edge', latitude: north(49.9) }), open({ caseId: 'old', lastReportedAt: '2025-09-19T00:59:59.000Z' }), open({ caseId: 'older', lastReportedAt: '2025-09-19T01:00:00.000Z' }), open({ caseId: 'here' }), open({ caseId: 'lamp', itemCode: 'lamp' })];
    expect(suggestDuplicates(report, cases, rule).map(({ caseId, distanceMetres, hoursApart }) => [caseId, distanceMetres, hoursApart])).toEqual([['here', 0, 24], ['older', 0, 72], ['edge', 50, 24]]);
  });

  it('without a position are those of the same grid, after the measured ones', () => {
    const unplaced = open({ caseId: 'unplaced', longitude: undefined, latitude: undefined });
    expect(suggestDuplicates(report, [unplaced, open({ caseId: 'here' }), { ...unplaced, caseId: 'elsewhere', gridCode: G2 }], rule).map(({ caseId }) => caseId)).toEqual(['here', 'unplaced']);
  });

  it('distance agrees with known places, and the box holds the circle', () => {
    // Beijing to Shanghai: 1,067 km by the usual tables.
    expect(metresBetween({ longitude: 116.4074, latitude: 39.9042 }, { longitude: 121.4737, latitude: 31.2304 }) / 1000).toBeCloseTo(1067.3, 0);
    const box = boxAround(at, 50);
    expect(metresBetween(at, { longitude: box.east, latitude: at.latitude })).toBeGreaterThan(50);
    expect(metresBetween(at, { longitude: at.longitude, latitude: box.south })).toBeGreaterThan(50);
    expect(metresBetween(at, { longitude: box.east, latitude: at.latitude })).toBeLessThan(52);
  });
});

it('numbers cases by district, day and case, without a counter', () => {
  expect(caseNumber('610524', '2025-10-09', '0000000000')).toBe('610524-20251009-00000000');
  expect(caseNumber('610524', '2025-10-09', 'ffffffff-ff00-8000')).toBe('610524-20251009-ZZZZZZZZ');
  expect(caseNumber('610524', '2025-10-09', '0000000021')).toBe('610524-20251009-00000011');
  expect(() => caseNumber('610524', '2025-10-09', 'case-1')).toThrow(RangeError);
});

// @rule Z13 X18
it('masks names and numbers', () => {
  expect([maskName('张三'), maskName('欧阳娜娜'), maskName('李'), maskTelephone('13812345678'), maskTelephone('5520123'), maskTelephone('1')]).toEqual(['张*', '欧***', '*', '138****5678', '*****23', '1']);
});
