/** A report before (or instead of) becoming a case: stream `report-{id}`; and patrols: `patrol-{id}`. */
import { z } from 'zod';
import { areaCode, code, define, districtCode, evidence, grade, id, instant, level, place, words, type EventOf } from './define';

const onReport = <S extends z.ZodRawShape, T extends string>(type: T, shape: S) => define('report', type, z.object(shape));

export const reportEvents = {
  /** @rule X2 X11 L3.1 H4 H4.2.1 */
  ReportReceived: onReport('ReportReceived', {
    reportId: id, district: districtCode, channel: code, foundBy: z.enum(['worker', 'inspector', 'citizen', 'platform']), finder: id.optional(),
    place, description: words, itemCode: code.optional(), evidence: z.array(evidence), reportedAt: instant,
    /** Name, telephone …: sealed with the person's own key; the record holds only the ciphertext (Z13, N3). */
    reporter: z.object({ personId: id, sealed: z.string() }).optional(),
    /** The channel's own id of this message. */
    channelId: z.string().optional(),
    /** @rule H5.1 — made on a weekend or holiday, by the calendar then in force. */
    restDay: z.boolean(),
    /** How the grid was found: given with the report, or the grid whose centre lies nearest. Absent: an operator finds it. */
    gridFrom: z.enum(['given', 'nearest-centre']).optional(),
  }),
  /** @rule H4.1.1 */
  ReportSorted: onReport('ReportSorted', { itemCode: code, grade, importance: z.enum(['normal', 'important']), urgency: z.enum(['normal', 'urgent']), belonging: z.string(), gridCode: areaCode }),
  /** @rule X11 — with all that the case is filed with, so that a filing cut off here is completed with the same. */
  ReportFiled: onReport('ReportFiled', { caseId: id, number: z.string(), level, centre: areaCode }),
  /** @rule X11 */
  ReportRefused: onReport('ReportRefused', { reasonCode: code, reason: words, rule: z.string() }),
  /** @rule L4.3 X8 */
  ReportTransferred: onReport('ReportTransferred', { to: z.string(), reason: words }),
  /** @rule L4.3 */
  ReportRoutedAsEmergency: onReport('ReportRoutedAsEmergency', { to: z.string(), reason: words }),
  /** @rule X2 X11 L4.4 — 自行处置 */
  ReportSettledOnSpot: onReport('ReportSettledOnSpot', { worker: id, note: words, evidence: z.array(evidence).min(1), itemCode: code, gridCode: areaCode }),
  /** @rule H5.2 — confirmed by a person. */
  ReportJoinedToCase: onReport('ReportJoinedToCase', { caseId: id, distanceMetres: z.number().optional(), confirmedBy: id }),
  /** @rule X11 H5.2 — the case had closed before the join reached it: the report waits for a decision again, nothing is lost. */
  ReportReopened: onReport('ReportReopened', { cause: code, caseId: id }),
} as const;
export type ReportEvent = { [K in keyof typeof reportEvents]: EventOf<(typeof reportEvents)[K]> }[keyof typeof reportEvents];

export const patrolEvents = {
  /** @rule X11 YD */
  PatrolRecorded: define('patrol', 'PatrolRecorded', z.object({
    patrolId: id, district: districtCode, worker: id, gridCode: areaCode, startedAt: instant, endedAt: instant, minutes: z.number().int().nonnegative(),
    checks: z.array(z.object({ itemCode: code, found: z.boolean(), note: words })), track: z.array(z.object({ at: instant, longitude: z.number(), latitude: z.number() })).max(2000),
  })),
} as const;
export type PatrolEvent = EventOf<(typeof patrolEvents)['PatrolRecorded']>;
