import type { PolicyPack } from '../policy/pack';
import type { ClockChange } from './clock-change';
import { evolveClock, extendClock, isOverdue, lightOf, limitFor, markBreached, markWarned, moveForCalendar, pauseClock, resumeClock, startClock, stopClock, timeline, type ClockState, type StartClock } from './clock-arithmetic';
import { calendarOf, createWorkingTime, type CalendarYear, type WorkingTimeOptions } from './working-calendar';

const pack = {
  clocks: {
    dispatch: { limits: [{ limit: { amount: 30, unit: 'minute' }, rule: 'H4.1.2' }], onBreach: [] },
    arrive: { limits: [{ limit: { amount: 2, unit: 'hour' }, rule: 'H4.2.3' }], warnWhenLeft: { share: 0.25, rule: 'L4.6' }, onBreach: [] },
    dispose: {
      limits: [
        { when: { joint: true }, limit: { amount: 10, unit: 'workingDay' }, rule: 'H4.2.4' },
        { when: { grade: ['general'] }, limit: { amount: 3, unit: 'workingDay' }, rule: 'H4.2.4' },
        { when: { level: ['community'] }, limit: { amount: 3, unit: 'workingDay' }, rule: 'YD3.3' },
        { when: { grade: ['major'], level: ['district', 'street'] }, limit: { amount: 5, unit: 'workingDay' }, rule: 'H4.2.4', ownChoice: true },
      ],
      warnWhenLeft: { share: 0.25, rule: 'L4.6', ownChoice: true }, onBreach: ['urge'],
    },
  },
} as Partial<PolicyPack> as PolicyPack;

const working = (options: Partial<WorkingTimeOptions> = {}) =>
  createWorkingTime({ calendar: calendarOf([]), timeZone: 'Asia/Shanghai', businessHours: [{ from: '08:30', to: '17:30' }], ...options });
const workingTime = working();
/** A local time of Shanghai as an instant. */
const sh = (local: string): string => new Date(`${local.replace(' ', 'T')}:00.000+08:00`).toISOString();
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const start = (kind: StartClock['kind'], at: string, circumstances: Partial<StartClock> = {}) =>
  startClock({ pack, workingTime, kind, subject: 'unit:SZ', clock: `${kind}/SZ/1`, at: sh(at), cause: 'CaseDispatched', ...circumstances });
const started = (...given: Parameters<typeof start>): ClockState => evolveClock(undefined, start(...given)!);
const after = (state: ClockState, ...steps: ((state: ClockState) => ClockChange | undefined)[]): ClockState =>
  steps.reduce((clock, step) => evolveClock(clock, step(clock)!), state);
const pause = (at: string) => (state: ClockState) => pauseClock(state, sh(at), 'OrderRebounded', workingTime);
const resume = (at: string, time = workingTime) => (state: ClockState) => resumeClock(state, sh(at), 'ReboundOverruled', time);
const stop = (at: string) => (state: ClockState) => stopClock(state, sh(at), 'ResultSubmitted', 'done', workingTime);

// @rule H4.2.4 YD3.3
describe('the limit that applies', () => {
  it('is the first that fits', () => {
    expect(limitFor(pack, 'dispose', { grade: 'general', joint: true })).toEqual({ limit: { amount: 10, unit: 'workingDay' }, rule: 'H4.2.4' });
    expect(limitFor(pack, 'dispose', { grade: 'general' })).toEqual({ limit: { amount: 3, unit: 'workingDay' }, rule: 'H4.2.4' });
    expect(limitFor(pack, 'dispose', { grade: 'major', level: 'community' })?.rule).toBe('YD3.3');
    expect(limitFor(pack, 'dispose', { grade: 'major', level: 'street' })).toEqual({ limit: { amount: 5, unit: 'workingDay' }, rule: 'H4.2.4', ownChoice: true });
  });
  it('is none where the pack sets none: no clock starts', () => {
    expect(limitFor(pack, 'dispose', { grade: 'simple' })).toBeUndefined();
    expect(limitFor(pack, 'close', {})).toBeUndefined();
    expect(start('close', '2025-09-15 10:00')).toBeUndefined();
  });
});

// @rule N1 H4.1.2 H4.2.3 H4.2.4
describe('a started clock', () => {
  it('in minutes runs from the moment, through nights and holidays', () => {
    expect(start('dispatch', '2025-10-01 23:45')).toEqual({
      op: 'start', clock: 'dispatch/SZ/1', at: sh('2025-10-01 23:45'), cause: 'CaseDispatched', kind: 'dispatch', subject: 'unit:SZ',
      limit: { amount: 30, unit: 'minute' }, rule: 'H4.1.2', dueAt: sh('2025-10-02 00:15'),
    });
  });
  it('in hours turns yellow when its share is left: two hours, a quarter', () => {
    expect(start('arrive', '2025-09-30 17:00')).toMatchObject({ dueAt: sh('2025-09-30 19:00'), warnAt: sh('2025-09-30 18:30'), warnShare: 0.25 });
  });
  it('in working days is due at close of business and turns yellow by working time', () => {
    // Tuesday 30 September 08:30: 9 h that day, then 9, 10 and Saturday 11 October = 36 h; a quarter is the last day.
    expect(start('dispose', '2025-09-30 08:30', { grade: 'general' })).toMatchObject({ dueAt: sh('2025-10-11 17:30'), warnAt: sh('2025-10-10 17:30') });
  });
  it('is provisional when its end rests on a year nobody announced', () => {
    expect(start('dispose', '2026-12-31 10:00', { grade: 'general' })).toMatchObject({ dueAt: sh('2027-01-05 17:30'), provisional: true });
    expect(start('dispose', '2026-12-25 10:00', { grade: 'general' })).not.toHaveProperty('provisional');
  });
});

// @rule H4.2.3 H4.2.4
describe('a stopped clock', () => {
  it.each([
    ['a minute before the limit', '2025-10-11 17:29', false, MINUTE],
    ['at the limit itself', '2025-10-11 17:30', false, 0],
    ['the next working morning', '2025-10-13 08:31', true, -MINUTE],
    // Late, though no minute of business has passed since.
    ['a minute after the limit', '2025-10-11 17:31', true, 0],
  ])('in working days, %s', (_, at, late, leftMs) => {
    const clock = started('dispose', '2025-09-30 16:30', { grade: 'general' });
    expect(clock.dueAt).toBe(sh('2025-10-11 17:30'));
    expect(stop(at)(clock)).toEqual({ op: 'stop', clock: clock.id, at: sh(at), cause: 'ResultSubmitted', late, leftMs, usedMs: 28 * HOUR - leftMs, outcome: 'done' });
  });
  it.each([['2025-10-02 00:14', false], ['2025-10-02 00:15', false], ['2025-10-02 00:16', true]])('in minutes at %s: late %s', (at, late) => {
    expect(stop(at)(started('dispatch', '2025-10-01 23:45'))).toMatchObject({ late });
  });
  it('cannot be stopped, paused or resumed again', () => {
    const clock = after(started('dispatch', '2025-10-01 23:45'), stop('2025-10-01 23:50'));
    for (const step of [stop, pause, resume]) expect(() => step('2025-10-01 23:55')(clock)).toThrow('is stopped');
  });
});

// @rule X12
describe('a rebound pauses the handling clock', () => {
  it('and it resumes over a holiday with exactly the working time it had left', () => {
    // Monday 29 September 10:00, three working days: 30, 9, 10 → Friday 10 October 17:30. Paused Tuesday 15:30: 2 + 9 + 9 h left.
    const paused = after(started('dispose', '2025-09-29 10:00', { grade: 'general' }), pause('2025-09-30 15:30'));
    expect(paused).toMatchObject({ status: 'paused', leftMs: 20 * HOUR, dueAt: sh('2025-10-10 17:30') });
    // Back on Thursday 9 October 11:30: 6 h that day, 9 on Friday, 5 on the make-up Saturday.
    const resumed = after(paused, resume('2025-10-09 11:30'));
    expect(resumed).toMatchObject({ status: 'running', leftMs: undefined, dueAt: sh('2025-10-11 13:30') });
    // 7.5 + 7 h used before, 20 left: 34.5 in all, a quarter of it 8 h 37 min 30 s before the end.
    expect(resumed.warnAt).toBe('2025-10-10T05:52:30.000Z');
    expect(stop('2025-10-11 12:30')(resumed)).toMatchObject({ usedMs: 33.5 * HOUR, leftMs: HOUR, late: false });
  });
  it('and to the close of that day where the pack says so', () => {
    const rounding = working({ resumedWorkingTimeEnds: 'close-of-business' });
    const resumed = after(started('dispose', '2025-09-29 10:00', { grade: 'general' }), pause('2025-09-30 15:30'), resume('2025-10-09 11:30', rounding));
    expect(resumed.dueAt).toBe(sh('2025-10-11 17:30'));
  });
  it('and an elapsed clock with its minutes', () => {
    const resumed = after(started('arrive', '2025-10-01 10:00'), pause('2025-10-01 10:50'), resume('2025-10-03 22:00'));
    expect(resumed).toMatchObject({ dueAt: sh('2025-10-03 23:10'), warnAt: sh('2025-10-03 22:40') });
    expect(stop('2025-10-03 23:11')(resumed)).toMatchObject({ usedMs: 121 * MINUTE, leftMs: -MINUTE, late: true });
  });
  it('and one that was late already stays late', () => {
    const resumed = after(started('dispose', '2025-09-15 10:00', { grade: 'general' }), pause('2025-09-18 20:00'), resume('2025-09-19 09:30'));
    expect(resumed.dueAt).toBe(sh('2025-09-18 17:30'));
    expect(stop('2025-09-19 10:30')(resumed)).toMatchObject({ late: true, leftMs: -2 * HOUR });
  });
  it('and one stopped while paused is judged by the moment it was paused', () => {
    const paused = after(started('arrive', '2025-10-01 10:00'), pause('2025-10-01 10:50'));
    expect(stopClock(paused, sh('2025-10-05 00:00'), 'CaseRedispatched', 'dropped', workingTime)).toMatchObject({ usedMs: 50 * MINUTE, leftMs: 70 * MINUTE, late: false, outcome: 'dropped' });
  });
  it('and its yellow stays where it was when the pause falls between that close of business and the next opening', () => {
    const clock = started('dispose', '2025-09-30 08:30', { grade: 'general' });
    expect(clock.warnAt).toBe(sh('2025-10-10 17:30'));
    expect(after(clock, pause('2025-10-10 20:00'), resume('2025-10-10 20:00'))).toMatchObject({ warnAt: clock.warnAt, dueAt: clock.dueAt });
  });
  it('and a clock that was yellow stays yellow', () => {
    const resumed = after(started('arrive', '2025-10-01 10:00'), pause('2025-10-01 11:40'), resume('2025-10-03 22:00'));
    expect(resumed.warnAt).toBe(sh('2025-10-01 11:30'));
    expect(lightOf([resumed], sh('2025-10-03 22:00'))).toBe('yellow');
  });
});

// @rule X13
describe('an extension', () => {
  const two = { amount: 2, unit: 'workingDay' } as const;
  it('of working days ends at close of business of the n-th working day after the due day', () => {
    const clock = started('dispose', '2025-09-25 10:00', { grade: 'general' }); // 26, 28, 29
    expect(clock.dueAt).toBe(sh('2025-09-29 17:30'));
    const extended = extendClock(clock, two, sh('2025-09-29 09:00'), 'DelayGranted', workingTime); // 30, 9
    expect(extended).toMatchObject({ op: 'move', dueAt: sh('2025-10-09 17:30'), extendedBy: two });
    // 7.5 + 27 + 18 h in all, a quarter: 13 h 7 min 30 s before the end, on the 30th at 13:22:30.
    expect(extended.warnAt).toBe('2025-09-30T05:22:30.000Z');
  });
  it('of hours goes onto the due moment: elapsed, or in business hours, as the clock runs', () => {
    const hour = { amount: 1, unit: 'hour' } as const;
    expect(extendClock(started('arrive', '2025-10-01 23:00'), hour, sh('2025-10-01 23:30'), 'x', workingTime).dueAt).toBe(sh('2025-10-02 02:00'));
    expect(extendClock(started('dispose', '2025-09-25 10:00', { grade: 'general' }), hour, sh('2025-09-29 09:00'), 'x', workingTime).dueAt).toBe(sh('2025-09-30 09:30'));
  });
  it('of a paused clock is there when it resumes', () => {
    const paused = after(started('dispose', '2025-09-15 10:00', { grade: 'general' }), pause('2025-09-18 16:30'));
    const extended = after(paused, (state) => extendClock(state, two, sh('2025-09-19 10:00'), 'DelayGranted', workingTime));
    expect(extended.leftMs).toBe(19 * HOUR);
    expect(after(extended, resume('2025-09-22 08:30')).dueAt).toBe(sh('2025-09-24 09:30'));
  });
  it('lets a clock warn and breach again', () => {
    const clock = markBreached(markWarned(started('dispose', '2025-09-15 10:00', { grade: 'general' })));
    const extended = after(clock, (state) => extendClock(state, two, sh('2025-09-19 09:00'), 'DelayGranted', workingTime));
    expect(extended).toMatchObject({ warned: false, breached: false, dueAt: sh('2025-09-22 17:30') });
  });
});

// @rule N2
describe('a holiday announced late', () => {
  const v2: CalendarYear = { year: 2025, source: '补充公告', workdays: ['2025-09-28', '2025-10-11'], holidays: Array.from({ length: 9 }, (_, day) => ({ date: `2025-10-0${day + 1}`, name: '国庆节' })) };
  const announced = working({ calendar: calendarOf([{ revision: 2, calendarYear: v2 }]) });
  const move = (state: ClockState, at = '2025-10-07 12:00') => moveForCalendar(state, announced, sh(at), 'CalendarPublished');
  const open = () => started('dispose', '2025-09-29 10:00', { grade: 'general' });

  it('moves an open deadline', () => {
    expect(open().dueAt).toBe(sh('2025-10-10 17:30'));
    // Thursday 9 October is free now: 30, 10, Saturday 11. Of 34.5 h a quarter is left on the 11th at 08:52:30.
    expect(move(open())).toEqual({ op: 'move', clock: 'dispose/SZ/1', at: sh('2025-10-07 12:00'), cause: 'CalendarPublished', dueAt: sh('2025-10-11 17:30'), warnAt: '2025-10-11T00:52:30.000Z' });
  });
  it('moves it once', () => {
    expect(move(after(open(), (state) => move(state)!))).toBeUndefined();
  });
  it('moves a resumed one by what it had left, and an extended one with its extension', () => {
    const resumed = after(open(), pause('2025-09-30 15:30'), resume('2025-09-30 17:00')); // 20 h: 0.5, 9, 9, 1.5
    expect(resumed.dueAt).toBe(sh('2025-10-11 10:00'));
    expect(move(resumed)?.dueAt).toBe(sh('2025-10-13 10:00'));
    const extended = after(open(), (state) => extendClock(state, { amount: 1, unit: 'workingDay' }, sh('2025-09-30 09:00'), 'DelayGranted', workingTime));
    expect(extended.dueAt).toBe(sh('2025-10-11 17:30'));
    expect(move(extended)?.dueAt).toBe(sh('2025-10-13 17:30'));
  });
  it('lets a breach recorded under the old calendar lapse', () => {
    const breached = markBreached(open());
    expect(lightOf([breached], sh('2025-10-11 09:00'))).toBe('red');
    const moved = after(breached, (state) => move(state, '2025-10-11 09:00')!);
    expect(moved.breached).toBe(false);
    expect(lightOf([moved], sh('2025-10-11 09:00'))).toBe('yellow');
  });
  it('leaves alone what it does not touch', () => {
    expect(move(started('arrive', '2025-10-07 11:00'))).toBeUndefined();
    expect(move(started('dispose', '2025-09-23 10:00', { grade: 'general' }))).toBeUndefined();
    expect(move(after(open(), pause('2025-09-30 15:30')))).toBeUndefined();
    expect(move(after(open(), stop('2025-09-30 15:30')))).toBeUndefined();
  });
  it('makes a provisional deadline firm, even where it stays', () => {
    const provisional = started('dispose', '2026-12-31 10:00', { grade: 'general' });
    const plain = working({ calendar: calendarOf([{ revision: 1, calendarYear: { year: 2027, holidays: [], workdays: [], source: '通知' } }]) });
    const change = moveForCalendar(provisional, plain, sh('2026-12-31 11:00'), 'CalendarPublished');
    expect(change).toMatchObject({ dueAt: provisional.dueAt });
    expect(after(provisional, () => change).provisional).toBe(false);
  });
});

// @rule L4.6
describe('lights', () => {
  const clock = () => started('arrive', '2025-10-01 10:00'); // yellow 11:30, due 12:00
  it.each([['11:29', 'green'], ['11:30', 'yellow'], ['12:00', 'yellow'], ['12:01', 'red']])('at %s %s', (at, light) => {
    expect(lightOf([started('dispose', '2025-10-01 10:00', { grade: 'general' }), clock()], sh(`2025-10-01 ${at}`))).toBe(light);
  });
  it('are of what is open', () => {
    expect(lightOf([after(clock(), stop('2025-10-01 12:30'))], sh('2025-10-01 13:00'))).toBe('green');
    expect(lightOf([], sh('2025-10-01 13:00'))).toBe('green');
    expect(lightOf([markBreached(clock())], sh('2025-10-01 10:01'))).toBe('red');
  });
  it('stand still while a clock is paused', () => {
    expect(lightOf([after(clock(), pause('2025-10-01 11:00'))], sh('2025-10-09 00:00'))).toBe('green');
    expect(lightOf([after(clock(), pause('2025-10-01 11:40'))], sh('2025-10-09 00:00'))).toBe('yellow');
    expect(isOverdue(after(clock(), pause('2025-10-01 12:40')), sh('2025-10-09 00:00'))).toBe(true);
  });
});

// @rule X12 X18
describe('the timeline', () => {
  const clock = after(started('arrive', '2025-10-01 10:00'), pause('2025-10-01 10:50'), resume('2025-10-03 22:00'), (state) => extendClock(state, { amount: 1, unit: 'hour' }, sh('2025-10-03 22:10'), 'DelayGranted', workingTime), stop('2025-10-03 22:30'));
  it('shows every change with its cause, the time used and the time left', () => {
    expect(timeline(clock, sh('2025-10-04 00:00'), workingTime)).toEqual([
      { op: 'start', at: sh('2025-10-01 10:00'), cause: 'CaseDispatched', usedMs: 0, leftMs: 120 * MINUTE, dueAt: sh('2025-10-01 12:00') },
      { op: 'pause', at: sh('2025-10-01 10:50'), cause: 'OrderRebounded', usedMs: 50 * MINUTE, leftMs: 70 * MINUTE },
      { op: 'resume', at: sh('2025-10-03 22:00'), cause: 'ReboundOverruled', usedMs: 50 * MINUTE, leftMs: 70 * MINUTE, dueAt: sh('2025-10-03 23:10') },
      { op: 'move', at: sh('2025-10-03 22:10'), cause: 'DelayGranted', usedMs: 60 * MINUTE, leftMs: 120 * MINUTE, dueAt: sh('2025-10-04 00:10') },
      { op: 'stop', at: sh('2025-10-03 22:30'), cause: 'ResultSubmitted', usedMs: 80 * MINUTE, leftMs: 100 * MINUTE },
    ]);
  });
  it('shows an open clock as it stands, then and now', () => {
    expect(timeline(clock, sh('2025-10-02 00:00'), workingTime).map(({ op, usedMs, leftMs }) => [op, usedMs / MINUTE, leftMs / MINUTE])).toEqual([['start', 0, 120], ['pause', 50, 70], ['now', 50, 70]]);
    expect(timeline(clock, sh('2025-10-03 22:05'), workingTime).at(-1)).toEqual({ op: 'now', at: sh('2025-10-03 22:05'), usedMs: 55 * MINUTE, leftMs: 65 * MINUTE, dueAt: sh('2025-10-03 23:10') });
  });
});

it('a change of a clock that was never started is a programming error', () => {
  expect(() => evolveClock(undefined, pause('2025-10-01 10:00')(started('arrive', '2025-10-01 09:00')))).toThrow('was not started');
});
