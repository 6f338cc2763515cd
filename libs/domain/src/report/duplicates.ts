import type { PolicyPack } from '../policy/pack';
import { metresBetween } from './distance';

/** Where something is as far as known: a caller without a position still names a grid. */
export interface Spot { gridCode?: string; longitude?: number; latitude?: number }
/** `reports`: joined so far, the first included. */
export interface OpenCase extends Spot { caseId: string; itemCode: string; /** The latest of its reports. */ lastReportedAt: string; reports: number }
/** Without a distance: one of the two has no position, both lie in the same grid. */
export interface Duplicate { distanceMetres?: number; hoursApart: number }

/** After every known distance; finite, so that two of them compare as equal. */
const UNKNOWN = Number.MAX_SAFE_INTEGER;
const distance = (a: Spot, b: Spot): number | undefined =>
  (a.longitude === undefined || a.latitude === undefined || b.longitude === undefined || b.latitude === undefined ? undefined
    : metresBetween({ longitude: a.longitude, latitude: a.latitude }, { longitude: b.longitude, latitude: b.latitude }));

/** Open cases of the same item within the policy's radius and hours: nearest first, then the one closest in time. @rule H5.2 */
export function suggestDuplicates<Open extends OpenCase>(report: Spot & { itemCode: string; reportedAt: string }, open: readonly Open[], { radiusMetres, withinHours }: PolicyPack['filing']['duplicates']): (Open & Duplicate)[] {
  const found: (Open & Duplicate)[] = [];
  for (const one of open) {
    const metres = distance(report, one);
    const hoursApart = Math.abs(Date.parse(report.reportedAt) - Date.parse(one.lastReportedAt)) / 3_600_000;
    const near = metres === undefined ? report.gridCode !== undefined && report.gridCode === one.gridCode : metres <= radiusMetres;
    if (one.itemCode === report.itemCode && near && hoursApart <= withinHours) found.push({ ...one, ...(metres !== undefined && { distanceMetres: Math.round(metres) }), hoursApart });
  }
  return found.sort((a, b) => (a.distanceMetres ?? UNKNOWN) - (b.distanceMetres ?? UNKNOWN) || a.hoursApart - b.hoursApart || (a.caseId < b.caseId ? -1 : 1));
}
