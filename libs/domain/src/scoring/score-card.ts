/** From facts to a score that explains itself: each line names its rule, the events it rests on and its sum written out. */
import type { Instant, ScoreLine } from '@gridcase/events';
import type { PolicyPack } from '../policy/pack';
import type { Light } from '../time/clock-arithmetic';
import { indicators, type Evidenced, type Indicator, type Observation, type ScoreFact } from './score-fact';

export type ScoreRule = PolicyPack['scoring']['rules'][number];
/** From inclusive, to exclusive: periods side by side share no fact. */
export interface Period { from: Instant; to: Instant }
export interface ScoreCard { base: number; lines: ScoreLine[]; total: number }

/**
 * `facts` are those of one subject: all of the period, and of earlier ones those that share a matter with it (see `from`).
 * `rulesFor` gives the rules of the pack that scores a fact: a case keeps the version it was filed under.
 *
 * A rule with `from: n` makes one finding of one matter, at its n-th fact: the third complaint costs its points once, however many
 * follow, and it belongs to the period of that third one (H5.2 每发现一起).
 *
 * Own choice: the total has neither floor nor ceiling. H5.1 scores out of 100 but names none, and a cut would hide lines
 * that were counted and level those who differ.
 * @rule H5.1 H5.2 X19
 */
export function scoreCard(rulesFor: (fact: ScoreFact) => readonly ScoreRule[], facts: readonly ScoreFact[], base: number, period: Period): ScoreCard {
  const lines = new Map<string, { rule: ScoreRule; facts: ScoreFact[] }>();
  for (const fact of [...facts].sort(inOrder)) {
    for (const rule of rulesFor(fact)) {
      if (rule.fact !== fact.kind || rule.subject !== fact.subject.kind) continue;
      // The same rule in two versions of a pack is one line, a changed one is another.
      const key = JSON.stringify([rule.code, rule.points, rule.from, rule.rule, rule.article.zh, rule.article.en]);
      const line = lines.get(key) ?? { rule, facts: [] };
      line.facts.push(fact);
      lines.set(key, line);
    }
  }
  const scored = [...lines.values()].map(({ rule, facts: of }) => lineOf(rule, of, period)).filter((line) => line.count > 0)
    .sort((a, b) => (a.code < b.code ? -1 : a.code > b.code ? 1 : a.points - b.points));
  return { base, lines: scored, total: round(scored.reduce((sum, line) => sum + line.total, base)) };
}

function lineOf(rule: ScoreRule, facts: readonly ScoreFact[], period: Period): ScoreLine {
  const findings = rule.from === undefined ? facts.map((fact) => [fact]) : [...byMatter(facts)].filter((of) => of.length >= rule.from!).map((of) => of.slice(0, rule.from));
  const counted = findings.filter((finding) => isIn(finding.at(-1)!, period));
  const total = round(counted.length * rule.points);
  return {
    code: rule.code, rule: rule.rule, article: rule.article, count: counted.length, points: rule.points, total,
    arithmetic: `${counted.length} × ${signed(rule.points)} = ${signed(total)}`,
    facts: counted.flat().map(({ stream, revision, eventId, occurredAt }) => ({ stream, revision, eventId, occurredAt })),
  };
}

const byMatter = (facts: readonly ScoreFact[]): Iterable<ScoreFact[]> => {
  const matters = new Map<string, ScoreFact[]>();
  for (const fact of facts) {
    const matter = fact.matter ?? fact.stream;
    const of = matters.get(matter);
    if (of) of.push(fact); else matters.set(matter, [fact]);
  }
  return matters.values();
};

const isIn = ({ occurredAt }: Evidenced, { from, to }: Period): boolean => from <= occurredAt && occurredAt < to;
const inOrder = (a: Evidenced, b: Evidenced): number =>
  a.occurredAt !== b.occurredAt ? (a.occurredAt < b.occurredAt ? -1 : 1) : a.stream !== b.stream ? (a.stream < b.stream ? -1 : 1) : a.revision - b.revision;
/** Points have at most two decimals; binary fractions must not show. */
const round = (points: number): number => Math.round(points * 100) / 100 + 0;
/** With the minus sign of print, U+2212. */
const signed = (points: number): string => (points < 0 ? `−${-points}` : points > 0 ? `+${points}` : '0');

/** Own choice: L4.6 asks for red, yellow and green per indicator and gives no numbers. */
export const indicatorThresholds = { green: 0.95, yellow: 0.85 } as const;
export interface IndicatorReading { indicator: Indicator; good: number; of: number; rate?: number; light?: Light }

/** @rule L4.6 H5.1 H5.2 */
export const indicatorLights = (observations: readonly Pick<Observation, 'indicator' | 'good'>[]): IndicatorReading[] =>
  indicators.map((indicator) => {
    const seen = observations.filter((o) => o.indicator === indicator);
    const good = seen.filter((o) => o.good).length;
    if (seen.length === 0) return { indicator, good, of: 0 };
    const rate = good / seen.length;
    return { indicator, good, of: seen.length, rate, light: rate >= indicatorThresholds.green ? 'green' : rate >= indicatorThresholds.yellow ? 'yellow' : 'red' };
  });
