/** Which grids lack an officer (包片) of which department. */
import type { Grid } from '@gridcase/events';
import type { District } from './directory';

/** Housing 住建, municipal 市政, enforcement 综合执法, sanitation 环卫, market supervision 市场监管. @rule X4 */
export const patrolDepartments = ['housing', 'municipal', 'enforcement', 'sanitation', 'market-supervision'] as const;
export type PatrolDepartment = (typeof patrolDepartments)[number];

/** A grid in which cases lie: third level, or the lowest there is (a village without grids of its own). */
export const isUnitGrid = (grid: Grid, parents: ReadonlySet<string>): boolean => grid.kind === 'grid' || grid.kind === 'dedicated' || (grid.kind !== 'district' && !parents.has(grid.code));
export const parentsOf = (district: Readonly<District>): ReadonlySet<string> => new Set([...district.grids.values()].flatMap((grid) => (grid.parent === undefined ? [] : [grid.parent])));

/** The officer of the grid itself or of the nearest area above it: leaders and staff stand for streets, communities and grids (X4). */
export function officerFor(district: Readonly<District>, gridCode: string, department: string): { gridCode: string; department: string; unit: string; person: string } | undefined {
  const above = district.grids.get(gridCode)?.parent;
  return district.officers.get(`${gridCode}/${department}`) ?? (gridCode === district.code ? undefined : officerFor(district, above ?? district.code, department));
}

/** @rule X4 — departments of the five without an officer for this grid. */
export const officerGapsOf = (district: Readonly<District>, gridCode: string): PatrolDepartment[] =>
  patrolDepartments.filter((department) => !officerFor(district, gridCode, department));

export interface OfficerGap { gridCode: string; departments: PatrolDepartment[] }
/** @rule X4 — every grid in which cases lie × the five departments. */
export function officerGaps(district: Readonly<District>): OfficerGap[] {
  const parents = parentsOf(district);
  return [...district.grids.values()]
    .filter((grid) => isUnitGrid(grid, parents))
    .map((grid) => ({ gridCode: grid.code, departments: officerGapsOf(district, grid.code) }))
    .filter((gap) => gap.departments.length > 0)
    .sort((a, b) => (a.gridCode < b.gridCode ? -1 : 1));
}
