import fc from 'fast-check';
import { scoreCard, type ScoreRule } from './score-card';
import { scoreFactKinds, type ScoreFact } from './score-fact';

const rules: ScoreRule[] = scoreFactKinds.map((kind, i) => ({ code: kind, subject: 'unit', fact: kind, points: [-5, -2, 0, 1, -0.5][i % 5]!, ...(i % 4 === 0 && { from: 3 }), rule: 'H5.2', article: { zh: '文', en: 'text' } }));
const day = (n: number) => new Date(Date.UTC(2025, 8, 1) + n * 86_400_000).toISOString();
const facts = fc.array(fc.record({ kind: fc.constantFrom(...scoreFactKinds), day: fc.integer({ min: 0, max: 29 }), matter: fc.constantFrom('a', 'b', 'c') }), { maxLength: 60 })
  .map((list): ScoreFact[] => list.map((f, i) => ({ kind: f.kind, matter: f.matter, subject: { kind: 'unit', id: 'u-1' }, district: '610524', occurredAt: day(f.day), stream: `case-${f.matter}`, revision: i, eventId: `e-${i}` })));
const month = { from: day(0), to: day(30) };
const card = (of: readonly ScoreFact[], period = month) => scoreCard(() => rules, of, 100, period);
const near = (a: number, b: number) => expect(Math.abs(a - b)).toBeLessThan(1e-9);

// @rule H5.1 H5.2 X19
describe('a score card', () => {
  it('is its base and its lines, each line its count times its points', () => fc.assert(fc.property(facts, (of) => {
    const { base, lines, total } = card(of);
    near(lines.reduce((sum, line) => sum + line.total, 0), total - base);
    for (const line of lines) near(line.total, line.count * line.points);
  })));

  it('does not depend on the order of the facts', () => fc.assert(fc.property(facts.chain((of) => fc.tuple(fc.constant(of), fc.shuffledSubarray(of, { minLength: of.length, maxLength: of.length }))), ([of, shuffled]) => {
    expect(card(shuffled)).toEqual(card(of));
  })));

  it('of a period is the sum of its parts', () => fc.assert(fc.property(facts, fc.integer({ min: 0, max: 30 }), (of, cut) => {
    const first = card(of, { from: month.from, to: day(cut) });
    const second = card(of, { from: day(cut), to: month.to });
    near(first.total + second.total - 100, card(of).total);
  })));
});
