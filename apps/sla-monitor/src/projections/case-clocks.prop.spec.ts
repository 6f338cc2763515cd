import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { evolveClock, extendClock, isOverdue, lightOf, markBreached, markWarned, parsePack, pauseClock, resumeClock, startClock, stopClock, workingTimeOf, type ClockKind, type ClockState } from '@gridcase/domain';
import { dueRows, lightMoments } from './case-clocks.projection';

const parsed = parsePack(readFileSync(join(__dirname, '../../../../policies/heyang-2020.yaml'), 'utf8'));
if (!parsed.ok) throw new Error('pack');
const { pack } = parsed;
const workingTime = workingTimeOf({ calendars: [] }, pack);
const START = Date.parse('2025-09-22T01:00:00.000Z');
const instant = (ms: number) => new Date(ms).toISOString();

type Step = { op: 'pause' | 'resume' | 'extend' | 'stop' | 'fire'; afterMs: number };
const kinds = fc.constantFrom<ClockKind>('respond', 'arrive', 'dispose');
const steps = fc.array(fc.record<Step>({ op: fc.constantFrom('pause', 'resume', 'extend', 'fire', 'stop'), afterMs: fc.integer({ min: 0, max: 3 * 86_400_000 }) }), { maxLength: 8 });

/** A clock's life, and the moment of its last step. */
function live(kind: ClockKind, list: readonly Step[]): { clock: ClockState; at: number } {
  let at = START;
  let clock = evolveClock(undefined, startClock({ pack, workingTime, kind, subject: 'unit:u', clock: 'c', at: instant(at), cause: 'x', grade: 'general', level: 'district' })!);
  for (const { op, afterMs } of list) {
    if (clock.status === 'stopped') break;
    at += afterMs;
    const when = instant(at);
    if (op === 'pause' && clock.status === 'running') clock = evolveClock(clock, pauseClock(clock, when, 'x', workingTime));
    if (op === 'resume' && clock.status === 'paused') clock = evolveClock(clock, resumeClock(clock, when, 'x', workingTime));
    if (op === 'extend') clock = evolveClock(clock, extendClock(clock, { amount: 2, unit: 'hour' }, when, 'x', workingTime));
    if (op === 'stop') clock = evolveClock(clock, stopClock(clock, when, 'x', 'done', workingTime));
    // As the clock worker would have: everything due by then.
    if (op === 'fire') for (const row of dueRows(clock)) if (row.fire_at <= when) clock = row.fires === 'warn' ? markWarned(clock) : markBreached(clock);
  }
  return { clock, at };
}

// @rule L4.6
describe('the index of clocks', () => {
  it('tells at any later moment the light that the clock itself has', () => fc.assert(fc.property(kinds, steps, fc.integer({ min: 0, max: 10 * 86_400_000 }), (kind, list, laterMs) => {
    const { clock, at } = live(kind, list);
    const now = instant(at + laterMs);
    const { red_at, yellow_at } = lightMoments(clock);
    const light = red_at !== undefined && red_at <= now ? 'red' : yellow_at !== undefined && yellow_at <= now ? 'yellow' : 'green';
    expect(light).toBe(lightOf([clock], now));
  })));

  // @rule X17
  it('holds a breach exactly when one is still to come, due right after the limit', () => fc.assert(fc.property(kinds, steps, (kind, list) => {
    const { clock } = live(kind, list);
    const due = dueRows(clock).find((row) => row.fires === 'due');
    expect(due !== undefined).toBe(clock.status === 'running' && !clock.breached);
    if (!due) return;
    expect(isOverdue(clock, due.fire_at)).toBe(true);
    expect(isOverdue(clock, due.moment)).toBe(false);
  })));

  it('holds nothing of what was fired', () => fc.assert(fc.property(kinds, steps, (kind, list) => {
    const { clock } = live(kind, list);
    let fired = clock;
    for (const row of dueRows(clock)) fired = row.fires === 'warn' ? markWarned(fired) : markBreached(fired);
    expect(dueRows(fired)).toEqual([]);
  })));
});
