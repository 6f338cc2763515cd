/** What assessment puts on record: streams `assessment-{district}-quota-{monday}` and `assessment-{district}-{kind}-{id}` (a subject's scorecards). */
import { z } from 'zod';
import { code, define, districtCode, id, localDate, type EventOf } from './define';

const period = z.object({ from: localDate, to: localDate });
export const scoreLineSchema = z.object({
  code, rule: z.string(), article: z.object({ zh: z.string(), en: z.string() }), count: z.number(), points: z.number(), total: z.number(),
  /** The sum as written out: `3 × −2 = −6`. */
  arithmetic: z.string(),
  /** What the line rests on. */
  facts: z.array(z.object({ stream: z.string(), revision: z.number().int(), eventId: id, occurredAt: z.string() })),
});
export const assessmentEvents = {
  /** @rule H5.3 */
  QuotaWarningIssued: define('assessment', 'QuotaWarningIssued', z.object({ district: districtCode, worker: id, week: localDate, found: z.number().int(), required: z.number().int(), weeksWithout: z.number().int(), advice: z.enum(['warn', 'replace']), rule: z.string() })),
  /** @rule X19 H5.1 */
  ScorecardIssued: define('assessment', 'ScorecardIssued', z.object({ district: districtCode, subject: z.object({ kind: z.enum(['unit', 'worker', 'street']), id }), period, policy: z.object({ pack: z.string(), version: z.number().int() }), base: z.number(), total: z.number(), lines: z.array(scoreLineSchema) })),
} as const;
export type AssessmentEvent = { [K in keyof typeof assessmentEvents]: EventOf<(typeof assessmentEvents)[K]> }[keyof typeof assessmentEvents];
export type ScoreLine = z.infer<typeof scoreLineSchema>;
