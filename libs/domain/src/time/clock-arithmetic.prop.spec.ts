import fc from 'fast-check';
import type { PolicyPack } from '../policy/pack';
import { evolveClock, extendClock, moveForCalendar, pauseClock, resumeClock, startClock, stopClock, timeline, type ClockState } from './clock-arithmetic';
import { calendarOf, createWorkingTime, type WorkingTime } from './working-calendar';

const hours = [
  [{ from: '08:30', to: '17:30' }],
  [{ from: '08:30', to: '12:00' }, { from: '14:00', to: '18:00' }],
  [{ from: '00:00', to: '24:00' }],
];
const zones = ['Asia/Shanghai', 'Asia/Urumqi', 'America/New_York', 'Asia/Kolkata'];
const times = zones.flatMap((timeZone) => hours.map((businessHours) => createWorkingTime({ calendar: calendarOf([]), timeZone, businessHours })));
const anyTime = fc.constantFrom(...times);
const first = Date.UTC(2024, 11, 1);
const instantOf = (minute: number) => new Date(first + minute * 60_000).toISOString();
const minute = fc.nat({ max: 500 * 24 * 60 });
const anyInstant = minute.map(instantOf);
const anyMs = fc.integer({ min: 1, max: 60 * 9 * 3_600_000 });

// @rule N1
describe('working time', () => {
  it('adding working milliseconds is the inverse of measuring them', () => {
    fc.assert(fc.property(anyTime, anyInstant, anyMs, (time, at, ms) => {
      const forth = time.addWorkingMs(at, ms).at;
      const back = time.addWorkingMs(at, -ms).at;
      expect([time.workingMsBetween(at, forth), time.workingMsBetween(back, at)]).toEqual([ms, ms]);
      // The first such moment: one millisecond earlier is one too few.
      expect(time.workingMsBetween(at, new Date(Date.parse(forth) - 1).toISOString())).toBe(ms - 1);
    }));
  });
  it('measures add up, whatever their order', () => {
    fc.assert(fc.property(anyTime, anyInstant, anyInstant, anyInstant, (time, a, b, c) => {
      expect(time.workingMsBetween(a, b) + time.workingMsBetween(b, c)).toBe(time.workingMsBetween(a, c));
    }));
  });
  it('a later start or a longer limit never ends earlier, and the end is a working day after the start', () => {
    fc.assert(fc.property(anyTime, minute, fc.nat(10_000), fc.integer({ min: 1, max: 30 }), (time, start, later, n) => {
      const due = time.addWorkingDays(instantOf(start), n).dueAt;
      expect(time.addWorkingDays(instantOf(start + later), n).dueAt >= due).toBe(true);
      expect(time.addWorkingDays(instantOf(start), n + 1).dueAt > due).toBe(true);
      const lastMoment = new Date(Date.parse(due) - 1).toISOString();
      expect(time.localDate(lastMoment) > time.localDate(instantOf(start))).toBe(true);
      expect(time.isWorkingDay(time.localDate(lastMoment))).toBe(true);
    }));
  });
  it('n working days are one and then n − 1 more', () => {
    // Not for hours that end at 24:00: their end lies on the next day.
    fc.assert(fc.property(fc.constantFrom(...times.filter((_, index) => index % 3 !== 2)), anyInstant, fc.integer({ min: 2, max: 30 }), (time, at, n) => {
      expect(time.addWorkingDays(time.addWorkingDays(at, 1).dueAt, n - 1).dueAt).toBe(time.addWorkingDays(at, n).dueAt);
    }));
  });
});

const packWith = (amount: number, unit: 'minute' | 'hour' | 'workingDay', share?: number) =>
  ({ clocks: { dispose: { limits: [{ limit: { amount, unit }, rule: 'H4.2.4' }], ...(share && { warnWhenLeft: { share, rule: 'L4.6' } }), onBreach: [] } } }) as Partial<PolicyPack> as PolicyPack;
const anyPack = fc.tuple(fc.integer({ min: 1, max: 20 }), fc.constantFrom('minute', 'hour', 'workingDay'), fc.option(fc.double({ min: 0.05, max: 0.95, noNaN: true }), { nil: undefined })).map(([amount, unit, share]) => packWith(amount, unit, share));
const started = (pack: PolicyPack, workingTime: WorkingTime, at: string): ClockState =>
  evolveClock(undefined, startClock({ pack, workingTime, kind: 'dispose', subject: 'unit:A', clock: 'dispose/A/1', at, cause: 'start' })!);
const base = ({ dueAt, warnAt, provisional, status }: ClockState) => ({ dueAt, warnAt, provisional, status });

// @rule X12 H4.2.4
describe('a clock', () => {
  /** Minutes between alternating pauses and resumptions. */
  const anySteps = fc.array(fc.nat({ max: 20_000 }), { maxLength: 8 });
  const run = (clock: ClockState, time: WorkingTime, startMinute: number, steps: number[]) => {
    let at = startMinute;
    let state = clock;
    for (const step of steps) {
      at += step;
      state = evolveClock(state, state.status === 'running' ? pauseClock(state, instantOf(at), 'pause', time) : resumeClock(state, instantOf(at), 'resume', time));
    }
    return { state, at };
  };

  it('has used and left together what it was given, however often it was paused', () => {
    fc.assert(fc.property(anyPack, anyTime, minute, anySteps, fc.nat(20_000), (pack, time, start, steps, more) => {
      const clock = started(pack, time, instantOf(start));
      const total = timeline(clock, clock.startedAt, time)[0]!.leftMs;
      const { state, at } = run(clock, time, start, steps);
      const stopped = stopClock(state, instantOf(at + more), 'stop', 'done', time);
      const pausedLate = state.history.some((change, index) => change.op === 'pause' && change.at > (state.history[index - 1] as { dueAt: string }).dueAt);
      // A clock paused when late keeps its due moment, so the pause is no time it has left.
      if (!pausedLate) expect(stopped.usedMs + stopped.leftMs).toBe(total);
      expect(stopped.usedMs).toBeGreaterThanOrEqual(0);
      if (stopped.leftMs < 0) expect(stopped.late).toBe(true);
      if (stopped.leftMs > 0) expect(stopped.late).toBe(false);
    }));
  });
  it('paused and resumed at once is unchanged', () => {
    fc.assert(fc.property(anyPack, anyTime, minute, fc.nat(30_000), (pack, time, start, later) => {
      const clock = started(pack, time, instantOf(start));
      expect(base(run(clock, time, start, [later, 0]).state)).toEqual(base(clock));
    }));
  });
  it('once late is late for ever, and never was before', () => {
    fc.assert(fc.property(anyPack, anyTime, minute, anySteps, fc.nat(20_000), fc.nat(20_000), (pack, time, start, steps, soon, later) => {
      const { state, at } = run(started(pack, time, instantOf(start)), time, start, steps);
      const late = (minutes: number) => stopClock(state, instantOf(at + minutes), 'stop', 'done', time).late;
      if (late(soon)) expect(late(soon + later)).toBe(true);
    }));
  });
  it('warns after its start and not after it is due', () => {
    fc.assert(fc.property(anyPack, anyTime, minute, anySteps, (pack, time, start, steps) => {
      const { state } = run(started(pack, time, instantOf(start)), time, start, steps);
      if (state.warnAt) expect(state.startedAt <= state.warnAt && state.warnAt <= state.dueAt).toBe(true);
    }));
  });
  it('is not moved by a calendar that says the same', () => {
    fc.assert(fc.property(anyPack, anyTime, minute, anySteps, fc.nat(5_000), fc.integer({ min: 1, max: 5 }), (pack, time, start, steps, later, days) => {
      const { state, at } = run(started(pack, time, instantOf(start)), time, start, steps);
      expect(moveForCalendar(state, time, instantOf(at + later), 'calendar')).toBeUndefined();
      const extended = evolveClock(state, extendClock(state, { amount: days, unit: 'workingDay' }, instantOf(at), 'extension', time));
      expect(moveForCalendar(extended, time, instantOf(at + later), 'calendar')).toBeUndefined();
    }));
  });
  it('folds to the same state from its own history', () => {
    fc.assert(fc.property(anyPack, anyTime, minute, anySteps, (pack, time, start, steps) => {
      const { state } = run(started(pack, time, instantOf(start)), time, start, steps);
      expect(state.history.reduce<ClockState | undefined>(evolveClock, undefined)).toEqual(state);
    }));
  });
});
