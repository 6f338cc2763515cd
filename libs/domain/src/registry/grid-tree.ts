/** The grid tree of a district: stream `gridtree-{district}`. Every change is filed (备案) and kept; codes lie within their parent's. */
import { isRejection, rejected, type DomainEvent, type Grid, type JsonObject, type Officer, type Rejection } from '@gridcase/events';
import { covers, districtOf, type Directory, type District } from './directory';
import { parseGridTree, type GridRow, type GridTreeFile, type GridTreeFormat, type GridTreeRow, type RowError } from './grid-tree-file';
import { districtIn, entriesMax, outsideJurisdiction, sameData, type RegistryEnvironment } from './registry';

export interface ImportGridTree { district: string; format: GridTreeFormat; content: string; filing: string }
export type GridChange = Partial<Pick<Grid, 'name' | 'class' | 'area' | 'households' | 'population' | 'longitude' | 'latitude' | 'chief' | 'workers'>>;
export interface AdjustGrid { code: string; change: GridChange; reason: string; filing: string }
export interface RecodeGrid { code: string; to: string; reason: string; filing: string }
export interface ReplaceGridWorker { gridCode: string; out?: string; in: string; reason: string; filing: string }
export interface AssignOfficer { gridCode: string; department: string; unit: string; person: string }

/** Who is registered: a worker or officer nobody knows is a slip of the pen. */
export interface KnownStaff { people: Registered; units: Registered }
export interface Registered { has(id: string): boolean }
export interface GridTreeEnvironment extends RegistryEnvironment { staff: KnownStaff }

/** Grids one event of a large import holds: about 100 kB, far below what a store takes for one event. */
export const gridsPerPart = 400;
/** More errors than anybody reads at once; the rest is counted. */
const ERRORS_TOLD_MAX = 200;
/** A change of an existing grid's code or parent is a recoding, not an adjustment. */
const ADJUSTABLE = ['name', 'class', 'area', 'households', 'population', 'longitude', 'latitude', 'chief', 'workers'] as const satisfies (keyof GridChange)[];

/**
 * Outside the usual size of a city grid: 300–500 households or about 1,000 people (taken as 800–1,200). Flagged, never refused;
 * villages, streets and dedicated grids have no usual size.
 * @rule Z8 L4.1
 */
export function isUnusualSize({ kind, households, population }: Pick<GridRow, 'kind' | 'households' | 'population'>): boolean {
  if (kind !== 'grid' || (households === undefined && population === undefined)) return false;
  const usualHouseholds = households !== undefined && households >= 300 && households <= 500;
  const usualPopulation = population !== undefined && population >= 800 && population <= 1200;
  return !usualHouseholds && !usualPopulation;
}

/** @rule X10 Z7 Z8 H2 X4 — all or nothing: one append, or a refusal that names every row at fault. */
export function importGridTree(command: ImportGridTree, state: Directory, env: GridTreeEnvironment): DomainEvent[] | Rejection {
  const refusal = outsideJurisdiction(env.actor, command.district) ?? unfiled(command.filing);
  if (refusal) return refusal;
  const district = districtIn(state, command.district);
  const file = parseGridTree(command.format, command.content);
  const errors = [...file.errors, ...treeErrors(file, district, env.staff)].sort((a, b) => a.row - b.row);
  if (errors.length > 0) return rejected('GRID_TREE_INVALID', { errors: errors.slice(0, ERRORS_TOLD_MAX) as unknown as JsonObject[], count: errors.length }, 'X10');

  const grids: { grid: Grid; changed?: string[] }[] = [];
  for (const { grid: row } of [...file.rows].sort((a, b) => a.grid.code.length - b.grid.code.length || (a.grid.code < b.grid.code ? -1 : 1))) {
    const grid: Grid = { ...row, unusualSize: isUnusualSize(row) };
    const before = district.grids.get(grid.code);
    const changed = before && changedFields(before, grid);
    if (!changed) grids.push({ grid });
    else if (changed.length > 0) grids.push({ grid, changed });
  }
  const officers = file.rows.flatMap((row) => row.officers).filter((officer) => !sameOfficer(district, officer));
  return grids.length + officers.length <= entriesMax ? eventEach(command, grids, officers) : inParts(command, grids, officers);
}

function eventEach({ district, filing }: ImportGridTree, grids: { grid: Grid; changed?: string[] }[], officers: Officer[]): DomainEvent[] {
  return [
    ...grids.map(({ grid, changed }): DomainEvent => (changed
      ? { type: 'GridAdjusted', data: { district, grid, changed, reason: 'ImportGridTree', filing } }
      : { type: 'GridRegistered', data: { district, grid, filing } })),
    ...officers.map((officer): DomainEvent => ({ type: 'OfficerAssigned', data: { district, ...officer } })),
  ];
}

function inParts({ district, filing }: ImportGridTree, grids: { grid: Grid; changed?: string[] }[], officers: Officer[]): DomainEvent[] {
  const parts = Math.max(Math.ceil(grids.length / gridsPerPart), Math.ceil(officers.length / gridsPerPart));
  return Array.from({ length: parts }, (_, index) => ({
    type: 'GridTreeImported',
    data: { district, part: index + 1, parts, filing, grids: slice(grids, index, parts), officers: slice(officers, index, parts) },
  }));
}
const slice = <T>(list: readonly T[], index: number, parts: number): T[] => list.slice(Math.floor((list.length * index) / parts), Math.floor((list.length * (index + 1)) / parts));

/** Faults of the rows taken together with the tree that is there. */
function treeErrors({ rows, faulty }: GridTreeFile, district: Readonly<District>, staff: KnownStaff): RowError[] {
  const errors: RowError[] = [];
  const inFile = new Map<string, GridTreeRow>();
  const fail = (row: GridTreeRow, column: RowError['column'], error: string, zh: string, en: string, rule = 'X10') => errors.push({ row: row.row, column, code: row.grid.code, error, zh, en, rule });
  for (const row of rows) {
    const first = inFile.get(row.grid.code);
    if (first) fail(row, 'code', 'DUPLICATE', `编码 ${row.grid.code} 已在第 ${first.row} 行出现`, `code ${row.grid.code} stands in row ${first.row} already`, 'Z7');
    else inFile.set(row.grid.code, row);
  }
  const gridOf = (code: string): GridRow | undefined => inFile.get(code)?.grid ?? district.grids.get(code);
  const parents = new Set([...[...inFile.values()].map((row) => row.grid.parent), ...faulty.map(({ parent }) => parent), ...[...district.grids.values()].map((grid) => grid.parent)]);
  const unread = new Set(faulty.map(({ code }) => code));
  for (const row of rows) {
    const { code, parent, tier, workers, chief, kind } = row.grid;
    if (districtOf(code) !== district.code) { fail(row, 'code', 'OUTSIDE_DISTRICT', `编码 ${code} 不属于 ${district.code}`, `code ${code} lies outside district ${district.code}`); continue; }
    if (district.recoded.has(code)) fail(row, 'code', 'CODE_RETIRED', `编码 ${code} 已变更为 ${district.recoded.get(code)}`, `code ${code} was replaced by ${district.recoded.get(code)}`, 'Z7');
    const above = parent === undefined || parent === district.code ? undefined : gridOf(parent);
    if (parent === undefined ? tier > 1 : parent !== district.code && districtOf(parent) !== district.code) fail(row, 'parent', parent === undefined ? 'REQUIRED' : 'PARENT_OUTSIDE_DISTRICT', parent === undefined ? '缺少上级网格' : `上级 ${parent} 不属于 ${district.code}`, parent === undefined ? 'the parent is missing' : `parent ${parent} lies outside district ${district.code}`);
    else if (parent !== undefined && parent !== district.code && !above && !unread.has(parent)) fail(row, 'parent', 'PARENT_UNKNOWN', `没有上级网格 ${parent}`, `there is no parent ${parent}`);
    else if (parent !== undefined && (!covers(parent, code) || parent === code)) fail(row, 'parent', 'NOT_UNDER_PARENT', `编码 ${code} 不在上级 ${parent} 之下`, `code ${code} does not lie under its parent ${parent}`);
    else if (above && above.tier >= tier) fail(row, 'tier', 'TIER_OF_PARENT', `第 ${tier} 级网格的上级不能是第 ${above.tier} 级`, `a grid of tier ${tier} has no parent of tier ${above.tier}`);
    const before = district.grids.get(code);
    if (before && before.parent !== parent) fail(row, 'parent', 'PARENT_FIXED', `${code} 的上级是 ${before.parent ?? district.code};变更请用编码变更`, `the parent of ${code} is ${before.parent ?? district.code}: recode the grid instead`, 'Z7');
    if (workers.length === 0 && (kind === 'grid' || kind === 'dedicated' || !parents.has(code)) && kind !== 'district') fail(row, 'workers', 'NO_WORKER', '每个网格至少配备 1 名网格员', 'every grid has at least one worker');
    for (const worker of workers) if (!staff.people.has(worker)) fail(row, 'workers', 'PERSON_UNKNOWN', `没有登记人员 ${worker}`, `person ${worker} is not registered`, 'H3');
    if (chief !== undefined && !staff.people.has(chief)) fail(row, 'chief', 'PERSON_UNKNOWN', `没有登记人员 ${chief}`, `person ${chief} is not registered`, 'H3');
    for (const { unit, person } of row.officers) {
      if (!staff.units.has(unit)) fail(row, 'officers', 'UNIT_UNKNOWN', `没有登记单位 ${unit}`, `unit ${unit} is not registered`, 'X4');
      if (!staff.people.has(person)) fail(row, 'officers', 'PERSON_UNKNOWN', `没有登记人员 ${person}`, `person ${person} is not registered`, 'X4');
    }
  }
  return errors;
}

const changedFields = (before: Grid, after: Grid): string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => !sameData(before[key as keyof Grid], after[key as keyof Grid])).sort();
const sameOfficer = (district: Readonly<District>, officer: Officer): boolean => {
  const before = district.officers.get(`${officer.gridCode}/${officer.department}`);
  return before !== undefined && before.unit === officer.unit && before.person === officer.person;
};
/** @rule X10 Z7 — a change without its filing is none. */
const unfiled = (filing: string): Rejection | undefined => (filing.trim() ? undefined : rejected('FILING_REQUIRED', {}, 'X10'));

const gridFor = (state: Directory, code: string, env: RegistryEnvironment): Grid | Rejection => {
  const district = districtIn(state, districtOf(code));
  const refusal = outsideJurisdiction(env.actor, code);
  if (refusal) return refusal;
  return district.grids.get(code) ?? rejected('GRID_UNKNOWN', { gridCode: code, ...(district.recoded.has(code) && { now: district.recoded.get(code) }) }, 'X10');
};

/** @rule X10 Z7 Z8 YB2 */
export function adjustGrid(command: AdjustGrid, state: Directory, env: GridTreeEnvironment): DomainEvent[] | Rejection {
  const grid = gridFor(state, command.code, env);
  if (isRejection(grid)) return grid;
  const refusal = unfiled(command.filing);
  if (refusal) return refusal;
  const foreign = Object.keys(command.change).filter((key) => !(ADJUSTABLE as readonly string[]).includes(key));
  if (foreign.length > 0) return rejected('GRID_FIELD_NOT_ADJUSTABLE', { fields: foreign.join(', ') }, 'Z7');
  const { workers, chief } = command.change;
  const stranger = [...(workers ?? []), ...(chief !== undefined ? [chief] : [])].find((person) => !env.staff.people.has(person));
  if (stranger !== undefined) return rejected('PERSON_UNKNOWN', { person: stranger }, 'H3');
  if (workers?.length === 0) return rejected('GRID_WITHOUT_WORKER', { gridCode: grid.code }, 'X10');
  const changed: Grid = { ...grid, ...command.change };
  changed.unusualSize = isUnusualSize(changed);
  const fields = changedFields(grid, changed);
  return fields.length === 0 ? [] : [{ type: 'GridAdjusted', data: { district: districtOf(grid.code), grid: changed, changed: fields, reason: command.reason, filing: command.filing } }];
}

/**
 * Grids below take the new prefix with it, so that a code always lies under its parent's.
 * @rule X10 Z7
 */
export function recodeGrid(command: RecodeGrid, state: Directory, env: RegistryEnvironment): DomainEvent[] | Rejection {
  const { code, to, reason, filing } = command;
  const district = districtIn(state, districtOf(code));
  if (district.recoded.get(code) === to && district.grids.has(to)) return outsideJurisdiction(env.actor, code) ?? [];
  const grid = gridFor(state, code, env);
  if (isRejection(grid)) return grid;
  const refusal = unfiled(filing) ?? outsideJurisdiction(env.actor, to);
  if (refusal) return refusal;
  if (!/^\d{9,18}$/.test(to) || to.length !== code.length || !covers(grid.parent ?? district.code, to)) return rejected('CODE_NOT_UNDER_PARENT', { code: to, parent: grid.parent ?? district.code }, 'X10');
  const below = [...district.grids.values()].filter((other) => other.code !== code && covers(code, other.code)).sort((a, b) => a.code.length - b.code.length || (a.code < b.code ? -1 : 1));
  if (below.length >= entriesMax) return rejected('TOO_MANY_ENTRIES', { count: below.length + 1, max: entriesMax });
  const moves = [grid, ...below].map((other) => ({ from: other.code, to: to + other.code.slice(code.length) }));
  const used = moves.find((move) => district.grids.has(move.to) || district.recoded.has(move.to));
  if (used) return rejected('CODE_ALREADY_USED', { code: used.to }, 'Z7');
  return moves.map((move): DomainEvent => ({ type: 'GridRecoded', data: { district: district.code, ...move, reason, filing } }));
}

/** @rule H3 Z12 — the list of replacements is filed. */
export function replaceGridWorker(command: ReplaceGridWorker, state: Directory, env: GridTreeEnvironment): DomainEvent[] | Rejection {
  const grid = gridFor(state, command.gridCode, env);
  if (isRejection(grid)) return grid;
  const refusal = unfiled(command.filing);
  if (refusal) return refusal;
  if (!env.staff.people.has(command.in)) return rejected('PERSON_UNKNOWN', { person: command.in }, 'H3');
  const there = grid.workers.includes(command.in);
  if (there && (command.out === undefined || !grid.workers.includes(command.out))) return [];
  if (command.out !== undefined && !grid.workers.includes(command.out)) return rejected('NOT_A_WORKER_OF_GRID', { person: command.out, gridCode: grid.code }, 'H3');
  const { gridCode, out, in: worker, reason, filing } = command;
  return [{ type: 'GridWorkerReplaced', data: { district: districtOf(gridCode), gridCode, ...(out !== undefined && { out }), in: worker, reason, filing } }];
}

/** @rule X4 — 包片: for a grid, or for a community, street or the district with all its grids. */
export function assignOfficer(command: AssignOfficer, state: Directory, env: GridTreeEnvironment): DomainEvent[] | Rejection {
  const { gridCode, department, unit, person } = command;
  const district = districtIn(state, districtOf(gridCode));
  const refusal = outsideJurisdiction(env.actor, gridCode);
  if (refusal) return refusal;
  if (gridCode !== district.code && !district.grids.has(gridCode)) return rejected('GRID_UNKNOWN', { gridCode }, 'X10');
  if (!env.staff.units.has(unit)) return rejected('UNIT_UNKNOWN', { unit }, 'X4');
  if (!env.staff.people.has(person)) return rejected('PERSON_UNKNOWN', { person }, 'X4');
  const officer = { gridCode, department, unit, person };
  return sameOfficer(district, officer) ? [] : [{ type: 'OfficerAssigned', data: { district: district.code, ...officer } }];
}
