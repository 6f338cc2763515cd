import { z } from 'zod';
import { scoreFactKinds } from '../scoring/score-fact';

/**
 * A policy pack: everything a regulation fixes, as data. A case keeps the pack version it was filed under; adopting another
 * one never changes a past figure. Every number cites the rule it comes from; a number the document does not give says
 * `ownChoice: true` (rulebook §8).
 */
const rule = z.string().regex(/^[A-Z]{1,2}\d+(\.\d+)*$/, 'a rulebook id such as X12, H4.2.3, YD3.4');
const text = z.object({ zh: z.string().min(1), en: z.string().min(1) }).strict();

/** `minute`, `hour` run from the moment (N1); `workingDay` ends at close of business of the last working day. */
export const limitSchema = z.object({ amount: z.number().int().positive().max(10_000), unit: z.enum(['minute', 'hour', 'workingDay']) }).strict();
export type Limit = z.infer<typeof limitSchema>;

export const levels = ['district', 'street', 'community'] as const;
export const levelSchema = z.enum(levels);
export type Level = z.infer<typeof levelSchema>;

export const gradeSchema = z.enum(['simple', 'general', 'major', 'complex']);
export type Grade = z.infer<typeof gradeSchema>;

/** Steps of a case that have a time limit. Who the clock runs against: see `clockSubject`. */
export const clockKinds = ['dispatch', 'respond', 'arrive', 'opinion', 'dispose', 'rule', 'rule-delay', 'designate', 'hand-up', 'verify', 'confirm', 'call-back', 'close', 'supervision'] as const;
export const clockKindSchema = z.enum(clockKinds);
export type ClockKind = z.infer<typeof clockKindSchema>;

/** What a breach of a clock brings about, in this order. */
export const breachActionSchema = z.enum(['urge', 'supervise']);

export const clockRuleSchema = z.object({
  /** First one that fits wins. `when` absent = always. */
  limits: z.array(z.object({
    when: z.object({ grade: z.array(gradeSchema).optional(), level: z.array(levelSchema).optional(), joint: z.boolean().optional() }).strict().optional(),
    limit: limitSchema,
    rule,
    ownChoice: z.boolean().optional(),
  }).strict()).min(1),
  /** Yellow when this share of the limit is left (of its elapsed or working time). Absent = no yellow. */
  warnWhenLeft: z.object({ share: z.number().gt(0).lt(1), rule, ownChoice: z.boolean().optional() }).strict().optional(),
  onBreach: z.array(breachActionSchema).default([]),
}).strict();
export type ClockRule = z.infer<typeof clockRuleSchema>;

/** A scoring rule. `points` for each `per` counted facts; the article's own words stand beside it. */
export const scoreRuleSchema = z.object({
  code: z.string().regex(/^[a-z][a-z-]*$/),
  subject: z.enum(['unit', 'worker', 'street']),
  fact: z.enum(scoreFactKinds),
  points: z.number(),
  /** Counts only from the n-th fact of the same subject-matter on (H5.2: complained of three times or more). */
  from: z.number().int().positive().optional(),
  rule,
  article: text,
  ownChoice: z.boolean().optional(),
}).strict();

export const policyPackSchema = z.object({
  id: z.string().regex(/^[a-z][a-z0-9-]*$/),
  version: z.number().int().positive(),
  title: text,
  source: z.object({ document: z.string(), issuer: z.string(), date: z.iso.date() }).strict(),
  validFrom: z.iso.date(),
  validTo: z.iso.date().optional(),
  timeZone: z.string().default('Asia/Shanghai'),
  /** Local times of a working day, in order. Several parts = a lunch break. */
  businessHours: z.array(z.object({ from: z.string().regex(/^\d\d:\d\d$/), to: z.string().regex(/^\d\d:\d\d$/) }).strict()).min(1),
  /** How a paused working-time clock goes on: with exactly the working time it had left, or to the close of that last day. */
  resumedWorkingTimeEnds: z.enum(['exactly', 'close-of-business']).default('exactly'),
  levels: z.array(z.object({ level: levelSchema, name: text, rule }).strict()).min(1),
  channels: z.array(z.object({ code: z.string(), name: text, rule }).strict()).min(1),
  grades: z.array(z.object({ grade: gradeSchema, name: text, rule }).strict()).min(1),
  clocks: z.partialRecord(clockKindSchema, clockRuleSchema),
  filing: z.object({ /** Reasons for which a report may be refused. */ refusalReasons: z.array(z.object({ code: z.string(), name: text, rule }).strict()), duplicates: z.object({ radiusMetres: z.number().positive(), withinHours: z.number().positive(), rule, ownChoice: z.boolean().optional() }).strict(), rule }).strict(),
  dispatch: z.object({ /** The unit is told by telephone before the order goes out (H4.2.2). */ phoneFirst: z.boolean(), rule }).strict(),
  rebound: z.object({ /** Rebounds one unit has on one case. */ perUnit: z.number().int().min(0), rule, bindingRule: rule, ownChoice: z.boolean().optional() }).strict(),
  designation: z.object({ rule }).strict(),
  jointHandling: z.object({ rule, leadOnlyRule: rule }).strict(),
  delay: z.object({ /** The longest extension the centre may grant at once. */ extensionMax: limitSchema, /** How often. */ times: z.number().int().min(0), rule, ownChoice: z.boolean().optional() }).strict(),
  result: z.object({ signatureRequired: z.boolean(), rule }).strict(),
  verification: z.object({ onTheSpot: z.boolean(), streetConfirmation: z.boolean(), rule, confirmationRule: rule.optional() }).strict(),
  callBack: z.object({ required: z.boolean(), rule }).strict(),
  redo: z.object({ /** Clocks start again from receipt (H4.2.7). */ from: z.literal('receipt'), rule }).strict(),
  supervision: z.object({ body: text, term: limitSchema, ownChoice: z.boolean().optional(), rule, /** A result found untrue goes under supervision at once (H4.2.5). */ onUntrue: z.boolean().default(false), accountability: z.object({ body: text, rule }).strict() }).strict(),
  handUp: z.object({ rule }).strict(),
  scoring: z.object({ base: z.number(), rules: z.array(scoreRuleSchema), rule }).strict(),
  quotas: z.object({ weeklyFindsMin: z.number().int().min(0), weeklyFindsTarget: z.number().int().min(0), warnAfterWeeksWithout: z.number().int().positive(), replaceAfterWeeksWithout: z.number().int().positive(), rule }).strict().optional(),
  patrol: z.object({ minutesPerWorkingDay: z.array(z.object({ level: z.number().int(), minutes: z.number().int().positive() }).strict()), rule, ownChoice: z.boolean().optional() }).strict().optional(),
}).strict();
export type PolicyPack = z.infer<typeof policyPackSchema>;
