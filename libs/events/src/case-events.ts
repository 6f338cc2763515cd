/** Everything that happens to a case after filing: stream `case-{id}`. */
import { z } from 'zod';
import { areaCode, code, define, districtCode, evidence, grade, id, instant, level, place, words, type EventOf } from './define';

const subject = z.templateLiteral([z.enum(['unit', 'centre', 'worker']), ':', z.string()]);
const change = { clock: z.string(), at: instant, cause: z.string() };
const limit = z.object({ amount: z.number().int().positive(), unit: z.enum(['minute', 'hour', 'workingDay']) });
const clockKind = z.enum(['dispatch', 'respond', 'arrive', 'opinion', 'dispose', 'rule', 'rule-delay', 'designate', 'hand-up', 'verify', 'confirm', 'call-back', 'close', 'supervision']);
export const clockChange = z.discriminatedUnion('op', [
  z.object({ op: z.literal('start'), ...change, kind: clockKind, subject, limit, dueAt: instant, warnAt: instant.optional(), warnShare: z.number().optional(), rule: z.string(), ownChoice: z.boolean().optional(), provisional: z.boolean().optional() }),
  z.object({ op: z.literal('pause'), ...change, leftMs: z.number() }),
  z.object({ op: z.literal('resume'), ...change, dueAt: instant, warnAt: instant.optional(), provisional: z.boolean().optional() }),
  z.object({ op: z.literal('stop'), ...change, usedMs: z.number(), leftMs: z.number(), late: z.boolean(), outcome: z.enum(['done', 'dropped']) }),
  z.object({ op: z.literal('move'), ...change, dueAt: instant, warnAt: instant.optional(), provisional: z.boolean().optional(), extendedBy: limit.optional(), leftMs: z.number().optional() }),
]);
const clocks = z.array(clockChange);
const unit = code;
const onCase = <S extends z.ZodRawShape, T extends string>(type: T, shape: S) => define('case', type, z.object({ ...shape, clocks }));

export const caseEvents = {
  /** @rule X11 — a report that meets the conditions becomes a case with a number. Pins policy and calendar. */
  CaseFiled: onCase('CaseFiled', {
    caseId: id, number: z.string(), district: districtCode, level, centre: areaCode,
    reportId: id, channel: code, reportedAt: instant,
    foundBy: z.enum(['worker', 'inspector', 'citizen', 'platform']), finder: id.optional(),
    item: z.object({ code, name: z.string(), category: z.string(), kind: z.enum(['component', 'event', 'service']) }),
    grade, importance: z.enum(['normal', 'important']), urgency: z.enum(['normal', 'urgent']), belonging: z.string(),
    place: place.extend({ gridCode: areaCode }), description: words, evidence: z.array(evidence),
    gridWorker: id.optional(),
    policy: z.object({ pack: z.string(), version: z.number().int() }), calendar: z.string(),
    /** Units proposed by item × grid × officers (X4). */
    proposal: z.object({ lead: unit.optional(), coHandlers: z.array(unit), reason: z.string() }).optional(),
  }),
  /** @rule H5.2 — the same thing reported again. */
  ReportJoined: onCase('ReportJoined', { reportId: id, channel: code, reportedAt: instant, foundBy: z.enum(['worker', 'inspector', 'citizen', 'platform']), distanceMetres: z.number().optional(), /** 2 for the first repeat. */ count: z.number().int() }),
  /** @rule H4.2.2 H4.1.2 */
  UnitPhoned: onCase('UnitPhoned', { unit, person: z.string(), answered: z.boolean(), note: words }),
  /** @rule X12 X14 H4.1.2 L4.3 */
  CaseDispatched: onCase('CaseDispatched', { /** 1 for the first order of the case. */ order: z.number().int(), lead: unit, coHandlers: z.array(unit), instruction: words, /** The order may not be handed back or passed on. */ binding: z.boolean(), round: z.number().int() }),
  /** @rule H4.2.3 */
  DispatchAcknowledged: onCase('DispatchAcknowledged', { unit, person: id, late: z.boolean() }),
  /** @rule X12 — 一次回弹 */
  CaseRebounded: onCase('CaseRebounded', { unit, reason: words }),
  /** @rule X12 */
  ReboundRuled: onCase('ReboundRuled', { unit, decision: z.enum(['upheld', 'overruled']), reason: words }),
  /** @rule X15 */
  DisputeRaised: onCase('DisputeRaised', { units: z.array(unit), by: z.string(), reason: words }),
  /** @rule X15 — 托底: binding. */
  UnitDesignated: onCase('UnitDesignated', { order: z.number().int(), unit, coHandlers: z.array(unit), reason: words, round: z.number().int() }),
  /** @rule H4.2.3 L4.4 */
  HandlerArrived: onCase('HandlerArrived', { unit, person: id, longitude: z.number().optional(), latitude: z.number().optional(), evidence: z.array(evidence), late: z.boolean() }),
  /** @rule L4.4 */
  PreliminaryOpinionGiven: onCase('PreliminaryOpinionGiven', { unit, opinion: words, late: z.boolean() }),
  /** @rule X13 YD3.3 */
  DelayExplained: onCase('DelayExplained', { unit, reason: words, asked: limit }),
  /** @rule X13 */
  DelayRuled: onCase('DelayRuled', { unit, accepted: z.boolean(), reason: words, extension: limit.optional() }),
  /** @rule X14 — a co-handler's part; the lead alone feeds back the result. */
  WorkContributed: onCase('WorkContributed', { unit, note: words, evidence: z.array(evidence) }),
  /** @rule H4.2.6 X13 */
  ResultSubmitted: onCase('ResultSubmitted', { unit, result: words, signedBy: id, evidence: z.array(evidence), round: z.number().int(), late: z.boolean() }),
  /** @rule X16 L4.5 */
  ResultVerified: onCase('ResultVerified', { worker: id, proposal: z.enum(['close', 'redo']), note: words, evidence: z.array(evidence), longitude: z.number().optional(), latitude: z.number().optional() }),
  /** @rule L4.5 */
  ResultConfirmed: onCase('ResultConfirmed', { centre: areaCode, confirmed: z.boolean(), note: words }),
  /** @rule H4.2.7 H4.1.3 */
  CallBackRecorded: onCase('CallBackRecorded', { medium: z.enum(['telephone', 'on-the-spot', 'wechat']), reached: z.boolean(), truthful: z.boolean(), satisfied: z.boolean(), note: words, evidence: z.array(evidence) }),
  /** @rule H4.2.7 X16 — again from receipt. */
  CaseReturned: onCase('CaseReturned', { unit, cause: z.enum(['verification', 'confirmation', 'untrue', 'dissatisfied']), reason: words, round: z.number().int() }),
  /** @rule X16 */
  CaseClosed: onCase('CaseClosed', { summary: words, satisfied: z.boolean().optional(), onTime: z.boolean() }),
  /** @rule H4.2.8 */
  CaseArchived: onCase('CaseArchived', { /** SHA-256 of the archive file. */ sha256: z.string(), bytes: z.number().int(), events: z.number().int(), headHash: z.string() }),
  /** @rule YD3.4 */
  CaseHandedUp: onCase('CaseHandedUp', { from: level, to: level, centre: areaCode, reason: words }),
  /** @rule L4.5 — 抽查 */
  CaseSampled: onCase('CaseSampled', { good: z.boolean(), note: words }),

  ClockWarned: onCase('ClockWarned', { clock: z.string(), kind: clockKind, subject, warnAt: instant, dueAt: instant }),
  ClockBreached: onCase('ClockBreached', { clock: z.string(), kind: clockKind, subject, dueAt: instant, rule: z.string() }),
  /** @rule L5.4 — 催办 */
  UnitUrged: onCase('UnitUrged', { unit, clock: z.string().optional(), notice: words, rule: z.string() }),
  /** @rule X17 H4.2.5 L5.4 — 督办, with a term. */
  SupervisionOpened: onCase('SupervisionOpened', { unit, cause: z.enum(['overdue', 'untrue', 'procedure']), clock: z.string().optional(), body: z.object({ zh: z.string(), en: z.string() }), rule: z.string(), dueAt: instant }),
  SupervisionLifted: onCase('SupervisionLifted', { unit, inTime: z.boolean() }),
  /** @rule L5.4 — 问责: supervision lapsed. */
  AccountabilityOpened: onCase('AccountabilityOpened', { unit, cause: z.string(), body: z.object({ zh: z.string(), en: z.string() }), rule: z.string() }),
  /** @rule N2 — a calendar announced late moves open deadlines by a recorded decision. */
  DeadlinesMoved: onCase('DeadlinesMoved', { calendar: z.string(), reason: z.string() }),
} as const;

export type CaseEvent = { [K in keyof typeof caseEvents]: EventOf<(typeof caseEvents)[K]> }[keyof typeof caseEvents];
