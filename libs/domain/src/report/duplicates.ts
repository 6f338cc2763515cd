import type { PolicyPack } from '../policy/pack';
import { metresBetween, type Point } from './distance';

export interface OpenCase extends Point { caseId: string; itemCode: string; reportedAt: string; /** Reports joined to it so far, the first included. */ reports: number }
export interface Duplicate extends OpenCase { distanceMetres: number; hoursApart: number }

/** Open cases of the same item within the policy's radius and hours: nearest first, then the one closest in time. @rule H5.2 */
export function suggestDuplicates(report: Point & { itemCode: string; reportedAt: string }, open: readonly OpenCase[], { radiusMetres, withinHours }: PolicyPack['filing']['duplicates']): Duplicate[] {
  return open
    .filter((one) => one.itemCode === report.itemCode)
    .map((one) => ({ ...one, distanceMetres: Math.round(metresBetween(report, one)), hoursApart: Math.abs(Date.parse(report.reportedAt) - Date.parse(one.reportedAt)) / 3_600_000 }))
    .filter((one) => one.distanceMetres <= radiusMetres && one.hoursApart <= withinHours)
    .sort((a, b) => a.distanceMetres - b.distanceMetres || a.hoursApart - b.hoursApart || (a.caseId < b.caseId ? -1 : 1));
}
