import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { policyPackSchema } from '../policy/pack';
import { indicatorLights, scoreCard, type ScoreRule } from './score-card';
import type { ScoreFact, ScoreFactKind } from './score-fact';

const heyang = policyPackSchema.parse(parse(readFileSync(join(__dirname, '../../../../policies/heyang-2020.yaml'), 'utf8')));
const september = { from: '2025-08-31T16:00:00.000Z', to: '2025-09-30T16:00:00.000Z' };
const october = { from: september.to, to: '2025-10-31T16:00:00.000Z' };
let n = 0;
const fact = (kind: ScoreFactKind, day: string, over: Partial<ScoreFact> = {}): ScoreFact => ({
  kind, subject: { kind: 'unit', id: 'u-1' }, district: '610524', occurredAt: `2025-${day}T04:00:00.000Z`, stream: `case-${(n += 1)}`, revision: n, eventId: `e-${n}`, policy: { pack: heyang.id, version: 1 }, ...over,
});
const worker = { subject: { kind: 'worker' as const, id: 'w-1' } };
const card = (facts: ScoreFact[], period = september, rules: readonly ScoreRule[] = heyang.scoring.rules) => scoreCard(() => rules, facts, heyang.scoring.base, period);

// @rule H5.2 H5.1 X19
describe('a unit\'s card', () => {
  it('3 late orders, 2 second orders, 1 untrue, 1 shirked: 100 − 6 − 4 − 5 − 5 = 80', () => {
    const result = card([
      fact('late-completion', '09-02'), fact('late-completion', '09-09'), fact('late-completion', '09-30'), fact('returned-order', '09-03'), fact('returned-order', '09-04'),
      fact('untrue-or-not-rectified', '09-03'), fact('shirking', '09-05'),
    ]);
    expect(result.total).toBe(80);
    expect(result.lines.map((l) => [l.code, l.arithmetic])).toEqual([
      ['late-completion', '3 × −2 = −6'], ['returned-order', '2 × −2 = −4'], ['shirking', '1 × −5 = −5'], ['untrue-or-not-rectified', '1 × −5 = −5'],
    ]);
    expect(result.lines[0]).toMatchObject({ rule: 'H5.2', article: { zh: '超时工单，每件扣2分' }, count: 3, points: -2, total: -6 });
    expect(result.lines[0]!.facts.map((f) => f.occurredAt.slice(5, 10))).toEqual(['09-02', '09-09', '09-30']);
  });
  it('counts what has no points, and shows it', () => expect(card([fact('late-response', '09-02'), fact('late-response', '09-03')])).toMatchObject({ total: 100, lines: [{ arithmetic: '2 × 0 = 0' }] }));
  it('leaves out what lies outside the period, the end included', () => {
    expect(card([fact('shirking', '08-31', { occurredAt: '2025-08-31T15:59:59.999Z' }), fact('shirking', '09-30', { occurredAt: september.to })])).toEqual({ base: 100, lines: [], total: 100 });
    expect(card([fact('shirking', '09-01', { occurredAt: september.from })]).total).toBe(95);
  });
  it('goes below zero: no line is cut off', () => expect(card(Array.from({ length: 25 }, () => fact('shirking', '09-09'))).total).toBe(-25));
  it('does not count a worker\'s rule for a unit', () => expect(card([fact('rest-day-report', '09-06')])).toEqual({ base: 100, lines: [], total: 100 }));
});

// @rule H5.1 H5.2
describe('a worker\'s card', () => {
  it('4 rest-day reports, 1 unreported: 100 + 4 − 1 = 103', () => {
    const result = card([...['09-06', '09-07', '09-13', '09-14'].map((day) => fact('rest-day-report', day, { ...worker, policy: undefined })), fact('unreported', '09-08', worker)]);
    expect(result.total).toBe(103);
    expect(result.lines.map((l) => l.arithmetic)).toEqual(['4 × +1 = +4', '1 × −1 = −1']);
  });
  const complaints = (matter: string, ...days: string[]) => days.map((day, revision) => fact('not-found-by-worker', day, { ...worker, matter, stream: `case-${matter}`, revision }));
  it('two complaints about one case cost nothing, three cost 5, five still 5', () => {
    expect(card(complaints('a', '09-01', '09-02')).total).toBe(100);
    expect(card(complaints('a', '09-01', '09-02', '09-03'))).toMatchObject({ total: 95, lines: [{ arithmetic: '1 × −5 = −5', facts: { length: 3 } }] });
    expect(card(complaints('a', '09-01', '09-02', '09-03', '09-04', '09-05')).total).toBe(95);
  });
  it('two on each of two cases cost nothing, three on each cost 10', () => {
    expect(card([...complaints('a', '09-01', '09-02'), ...complaints('b', '09-01', '09-02')]).total).toBe(100);
    expect(card([...complaints('a', '09-01', '09-02', '09-03'), ...complaints('b', '09-01', '09-02', '09-04')]).total).toBe(90);
  });
  it('belongs to the period of the third complaint', () => {
    const over = complaints('a', '09-29', '09-30', '10-09', '10-10');
    expect([card(over).total, card(over, october).total]).toEqual([100, 95]);
  });
});

// @rule X19
it('each case is scored by the pack version it was filed under', () => {
  const dearer = heyang.scoring.rules.map((rule) => (rule.code === 'shirking' ? { ...rule, points: -8 } : rule));
  const rulesFor = ({ policy }: ScoreFact) => (policy?.version === 2 ? dearer : heyang.scoring.rules);
  const facts = [fact('shirking', '09-01'), fact('shirking', '09-02', { policy: { pack: heyang.id, version: 2 } }), fact('late-completion', '09-03'), fact('late-completion', '09-04', { policy: { pack: heyang.id, version: 2 } })];
  const result = scoreCard(rulesFor, facts, 100, september);
  expect(result.lines.map((l) => [l.code, l.arithmetic])).toEqual([['late-completion', '2 × −2 = −4'], ['shirking', '1 × −8 = −8'], ['shirking', '1 × −5 = −5']]);
  expect(result.total).toBe(83);
});

it('half points add up without binary fractions', () => {
  const half: ScoreRule = { ...heyang.scoring.rules[0]!, code: 'half', fact: 'urged', points: -0.1 };
  expect(card([fact('urged', '09-01'), fact('urged', '09-02'), fact('urged', '09-03')], september, [half])).toMatchObject({ total: 99.7, lines: [{ total: -0.3, arithmetic: '3 × −0.1 = −0.3' }] });
});

// @rule L4.6
it('lights of the indicators: 95 % green, 85 % yellow, below red, nothing seen no light', () => {
  const seen = (indicator: 'on-time' | 'truth' | 'satisfaction', good: number, bad: number) => [...Array(good).fill({ indicator, good: true }), ...Array(bad).fill({ indicator, good: false })];
  expect(indicatorLights([...seen('on-time', 19, 1), ...seen('truth', 17, 3), ...seen('satisfaction', 16, 4)])).toEqual([
    { indicator: 'truth', good: 17, of: 20, rate: 0.85, light: 'yellow' }, { indicator: 'satisfaction', good: 16, of: 20, rate: 0.8, light: 'red' },
    { indicator: 'on-time', good: 19, of: 20, rate: 0.95, light: 'green' }, { indicator: 'response', good: 0, of: 0 },
  ]);
});
