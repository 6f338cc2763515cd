import type { Actor, Grid, StoredEvent } from '@gridcase/events';
import fc from 'fast-check';
import type { District } from '../registry/directory';
import { createWorkingTime } from '../time/working-calendar';
import { patrolDecider, patrolStream, recordPatrol, type PatrolDay } from './patrol';

const gridCode = '610524001001001';
const grid: Grid = { code: gridCode, name: '', tier: 3, kind: 'grid', workers: ['w-1'], unusualSize: false };
const district: District = { code: '610524', grids: new Map([[gridCode, grid]]), recoded: new Map(), officers: new Map(), units: new Map(), people: new Map(), items: new Map([['manhole', {} as never]]), calendars: [], policies: [] };
const workingTime = createWorkingTime({ calendar: { version: '', years: {} }, timeZone: 'Asia/Shanghai', businessHours: [{ from: '08:30', to: '17:30' }] });
const actor: Actor = { person: 'w-1', role: 'grid-worker', jurisdiction: gridCode };
const DAY = Date.parse('2025-09-22T00:00:00.000Z');
const at = (minute: number): string => new Date(DAY + minute * 60_000).toISOString();
const decide = (patrolId: string, from: number, to: number, state: PatrolDay = patrolDecider.initialState(), over: object = {}) =>
  recordPatrol({ patrolId, district: '610524', gridCode, startedAt: at(from), endedAt: at(to), checks: [{ itemCode: 'manhole', found: true }], ...over }, state, { at: at(2_000), actor, district, workingTime });
const fold = (events: unknown, state: PatrolDay = patrolDecider.initialState()) => (events as StoredEvent[]).reduce((folded, event) => patrolDecider.evolve(folded, event), state);

// @rule X11 YD3.3
describe('a patrol', () => {
  it('is recorded with whole minutes', () => {
    expect(decide('p-1', 0, 65.5)).toEqual([{ type: 'PatrolRecorded', data: { patrolId: 'p-1', district: '610524', worker: 'w-1', gridCode, startedAt: at(0), endedAt: at(65.5), minutes: 65, checks: [{ itemCode: 'manhole', found: true, note: '' }], track: [] } }]);
    expect(patrolStream('w-1', '2025-09-22')).toBe('patrol-w-1.2025-09-22');
  });
  it.each([['no time', 10, 10, 'PATROL_TIMES_INVALID'], ['negative time', 10, 9, 'PATROL_TIMES_INVALID'], ['two days', 900, 1000, 'PATROL_SPANS_DAYS'], ['the future', 1990, 2001, 'OBSERVED_LATER']])('of %s is refused', (_what, from, to, code) => expect(decide('p-1', from, to)).toMatchObject({ code }));
  it('elsewhere, or of what is not on the list, is refused', () => {
    expect(decide('p-1', 0, 10, undefined, { gridCode: '610524001001099' })).toMatchObject({ code: 'GRID_UNKNOWN' });
    expect(decide('p-1', 0, 10, undefined, { checks: [{ itemCode: 'ufo', found: true }] })).toMatchObject({ code: 'ITEM_UNKNOWN' });
  });
  it('twice gives nothing new; one after the other is fine', () => {
    const state = fold(decide('p-1', 0, 60));
    expect(decide('p-1', 0, 60, state)).toEqual([]);
    expect(decide('p-2', 60, 90, state)).toHaveLength(1);
  });
  it('never overlaps another: what was accepted is disjoint, what was refused met one', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 600 }), fc.integer({ min: 1, max: 120 })), { maxLength: 12 }), (spans) => {
      let state = patrolDecider.initialState();
      const taken: [number, number][] = [];
      for (const [n, [from, length]] of spans.entries()) {
        const decision = decide(`p-${n}`, from, from + length, state);
        const meets = taken.some(([a, b]) => from < b && a < from + length);
        expect('code' in decision ? decision.code : 'accepted').toBe(meets ? 'PATROL_OVERLAPS' : 'accepted');
        if (!meets) { taken.push([from, from + length]); state = fold(decision, state); }
      }
    }), { numRuns: 50 });
  });
});
