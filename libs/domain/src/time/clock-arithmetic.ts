/**
 * The clocks of a case: what an event does to them, and their state folded from it (DESIGN §6, rulebook §5).
 * A clock in minutes or hours runs through nights and holidays; one in working days runs in business hours (N1).
 */
import type { Instant } from '@gridcase/events';
import type { ClockKind, Grade, Level, Limit, PolicyPack } from '../policy/pack';
import type { ClockChange, ClockId, ClockMoved, ClockPaused, ClockResumed, ClockStarted, ClockStopped, ClockSubject } from './clock-change';
import type { WorkingTime } from './working-calendar';

export interface ClockState {
  id: ClockId;
  kind: ClockKind;
  subject: ClockSubject;
  limit: Limit;
  rule: string;
  ownChoice?: boolean;
  status: 'running' | 'paused' | 'stopped';
  startedAt: Instant;
  /** Of a paused clock: the moment that stood when it was paused. */
  dueAt: Instant;
  warnAt?: Instant;
  warnShare?: number;
  provisional: boolean;
  /** The stretches in which it ran; the last is open while it runs. */
  runs: { from: Instant; to?: Instant }[];
  /** Of a paused or stopped clock. */
  leftMs?: number;
  /** Of a stopped clock. */
  usedMs?: number;
  late?: boolean;
  outcome?: ClockStopped['outcome'];
  /** Its yellow and its breach are already on record (`markWarned`, `markBreached`). */
  warned: boolean;
  breached: boolean;
  history: ClockChange[];
}

export interface Circumstances { grade?: Grade; level?: Level; joint?: boolean }
export interface ApplicableLimit { limit: Limit; rule: string; ownChoice?: boolean }

/** The first limit of the pack that fits; `undefined` when the pack sets none for this step. */
export const limitFor = (pack: PolicyPack, kind: ClockKind, { grade, level, joint = false }: Circumstances): ApplicableLimit | undefined => {
  const found = pack.clocks[kind]?.limits.find(({ when }) =>
    !when || ((!when.grade || (grade !== undefined && when.grade.includes(grade)))
      && (!when.level || (level !== undefined && when.level.includes(level)))
      && (when.joint === undefined || when.joint === joint)));
  return found && { limit: found.limit, rule: found.rule, ...(found.ownChoice && { ownChoice: true }) };
};

const MS = { minute: 60_000, hour: 3_600_000 } as const;
const ms = (instant: Instant): number => Date.parse(instant);
const plus = (instant: Instant, amount: number): Instant => new Date(ms(instant) + amount).toISOString();

interface Moment { at: Instant; provisional: boolean }
type Base = Pick<ClockState, 'limit'>;

/** Time of the clock's own kind between two moments; negative when b lies before a. */
const span = ({ limit }: Base, a: Instant, b: Instant, workingTime: WorkingTime): number =>
  limit.unit === 'workingDay' ? workingTime.workingMsBetween(a, b) : ms(b) - ms(a);
const addSpan = ({ limit }: Base, at: Instant, amount: number, workingTime: WorkingTime): Moment =>
  limit.unit === 'workingDay' ? workingTime.addWorkingMs(at, amount) : { at: plus(at, amount), provisional: false };

/** `limit` counted from `at`. @rule N1 */
const addLimit = (at: Instant, { amount, unit }: Limit, workingTime: WorkingTime): Moment => {
  if (unit !== 'workingDay') return { at: plus(at, amount * MS[unit]), provisional: false };
  const { dueAt, provisional } = workingTime.addWorkingDays(at, amount);
  return { at: dueAt, provisional };
};
/** An extension goes onto the old due moment. Hours granted to a clock that runs in working time are hours of business. */
const addExtension = (base: Base, dueAt: Instant, extension: Limit, workingTime: WorkingTime): Moment =>
  extension.unit === 'workingDay' ? addLimit(dueAt, extension, workingTime) : addSpan(base, dueAt, extension.amount * MS[extension.unit], workingTime);

/** With exactly the time it had left, or to the close of that day where the pack says so. */
const addRemainder = (base: Base, at: Instant, leftMs: number, workingTime: WorkingTime): Moment => {
  const end = addSpan(base, at, leftMs, workingTime);
  return base.limit.unit === 'workingDay' && workingTime.resumedWorkingTimeEnds === 'close-of-business'
    ? { ...end, at: workingTime.closeOfBusiness(end.at) } : end;
};

const usedIn = (state: Pick<ClockState, 'limit' | 'runs'>, until: Instant, workingTime: WorkingTime): number =>
  state.runs.reduce((sum, { from, to }) => sum + span(state, from, to ?? until, workingTime), 0);
/** Where a paused clock stands still, or now. */
const standsAt = (state: ClockState, at: Instant): Instant => state.runs.at(-1)?.to ?? at;

/**
 * When the share is left, given where the clock stands. A point already passed stays where it was: pausing and resuming
 * must not make a yellow clock green. @rule L4.6
 */
const warnPoint = (state: Pick<ClockState, 'limit' | 'runs' | 'warnShare' | 'warnAt'>, at: Instant, dueAt: Instant, workingTime: WorkingTime): { warnAt?: Instant } => {
  if (state.warnShare === undefined) return {};
  const left = span(state, at, dueAt, workingTime);
  const threshold = Math.round((usedIn(state, at, workingTime) + left) * state.warnShare);
  if (left > threshold) return { warnAt: addSpan(state, at, left - threshold, workingTime).at };
  return { warnAt: state.warnAt !== undefined && ms(state.warnAt) <= ms(at) ? state.warnAt : at };
};
const flag = (provisional: boolean): { provisional?: true } => (provisional ? { provisional: true } : {});

const mustBe = (state: ClockState, ...allowed: ClockState['status'][]): void => {
  if (!allowed.includes(state.status)) throw new Error(`clock ${state.id} is ${state.status}`);
};

export interface StartClock extends Circumstances { pack: PolicyPack; workingTime: WorkingTime; kind: ClockKind; subject: ClockSubject; clock: ClockId; at: Instant; cause: string }

/** `undefined` when the pack sets no limit for this step. @rule N1 N2 H4.2.4 */
export const startClock = ({ pack, workingTime, kind, subject, clock, at, cause, ...circumstances }: StartClock): ClockStarted | undefined => {
  const applicable = limitFor(pack, kind, circumstances);
  if (!applicable) return undefined;
  const { limit } = applicable;
  const due = addLimit(at, limit, workingTime);
  const warnShare = pack.clocks[kind]?.warnWhenLeft?.share;
  const warn = warnPoint({ limit, runs: [{ from: at }], warnShare }, at, due.at, workingTime);
  return { op: 'start', clock, at, cause, kind, subject, ...applicable, dueAt: due.at, ...warn, ...(warnShare !== undefined && { warnShare }), ...flag(due.provisional) };
};

/** @rule X12 */
export const pauseClock = (state: ClockState, at: Instant, cause: string, workingTime: WorkingTime): ClockPaused => {
  mustBe(state, 'running');
  return { op: 'pause', clock: state.id, at, cause, leftMs: span(state, at, state.dueAt, workingTime) };
};

/** A clock paused when it was late already stays late: its due moment stands. @rule X12 */
export const resumeClock = (state: ClockState, at: Instant, cause: string, workingTime: WorkingTime): ClockResumed => {
  mustBe(state, 'paused');
  const change = { op: 'resume', clock: state.id, at, cause } as const;
  if (isOverdue(state, at)) return { ...change, dueAt: state.dueAt, ...(state.warnAt && { warnAt: state.warnAt }), ...flag(state.provisional) };
  const due = addRemainder(state, at, state.leftMs!, workingTime);
  const resumed = { ...state, runs: [...state.runs, { from: at }] };
  return { ...change, dueAt: due.at, ...warnPoint(resumed, at, due.at, workingTime), ...flag(due.provisional) };
};

/** Time is used only while the clock runs; done at the due moment itself is in time. @rule H4.2.4 */
export const stopClock = (state: ClockState, at: Instant, cause: string, outcome: ClockStopped['outcome'], workingTime: WorkingTime): ClockStopped => {
  mustBe(state, 'running', 'paused');
  const leftMs = state.status === 'paused' ? state.leftMs! : span(state, at, state.dueAt, workingTime);
  return { op: 'stop', clock: state.id, at, cause, usedMs: usedIn(state, at, workingTime), leftMs, late: isOverdue(state, at), outcome };
};

const moved = (state: ClockState, due: Moment, at: Instant, cause: string, workingTime: WorkingTime): ClockMoved => {
  const stand = standsAt(state, at);
  return {
    op: 'move', clock: state.id, at, cause, dueAt: due.at, ...warnPoint(state, stand, due.at, workingTime), ...flag(due.provisional),
    ...(state.status === 'paused' && { leftMs: span(state, stand, due.at, workingTime) }),
  };
};

/** @rule X13 */
export const extendClock = (state: ClockState, limit: Limit, at: Instant, cause: string, workingTime: WorkingTime): ClockMoved => {
  mustBe(state, 'running', 'paused');
  const due = addExtension(state, state.dueAt, limit, workingTime);
  return { ...moved(state, { ...due, provisional: due.provisional || state.provisional }, at, cause, workingTime), extendedBy: limit };
};

/**
 * The due moment under another calendar, from the start, or from the last resumption with the remainder recorded at the
 * pause: what was counted before a pause is settled.
 */
const dueUnder = (state: ClockState, workingTime: WorkingTime): Moment => {
  let due: Moment = { at: state.dueAt, provisional: false };
  let recordedDueAt = state.dueAt;
  let paused: { at: Instant; leftMs: number } | undefined;
  for (const change of state.history) {
    switch (change.op) {
      case 'start': due = addLimit(change.at, change.limit, workingTime); break;
      case 'pause': paused = { at: change.at, leftMs: change.leftMs }; break;
      case 'resume':
        due = ms(paused!.at) > ms(recordedDueAt) ? { at: change.dueAt, provisional: change.provisional ?? false } : addRemainder(state, change.at, paused!.leftMs, workingTime);
        paused = undefined;
        break;
      case 'move':
        if (paused) { paused.leftMs = change.leftMs ?? paused.leftMs; break; }
        if (change.extendedBy) {
          const extended = addExtension(state, due.at, change.extendedBy, workingTime);
          due = { at: extended.at, provisional: due.provisional || extended.provisional };
        }
        break;
      case 'stop': break;
    }
    if ('dueAt' in change) recordedDueAt = change.dueAt;
  }
  return due;
};

/**
 * What a changed calendar does to an open clock, or `undefined` when nothing. A paused clock keeps its remainder and meets
 * the new calendar when it resumes; a stopped one keeps everything. @rule N2
 */
export const moveForCalendar = (state: ClockState, workingTime: WorkingTime, at: Instant, cause: string): ClockMoved | undefined => {
  if (state.status !== 'running') return undefined;
  const change = moved(state, dueUnder(state, workingTime), at, cause, workingTime);
  const isSame = change.dueAt === state.dueAt && change.warnAt === state.warnAt && (change.provisional ?? false) === state.provisional;
  return isSame ? undefined : change;
};

export const evolveClock = (state: ClockState | undefined, change: ClockChange): ClockState => {
  if (change.op === 'start') {
    const { clock: id, at, kind, subject, limit, rule, ownChoice, dueAt, warnAt, warnShare, provisional = false } = change;
    return {
      id, kind, subject, limit, rule, ...(ownChoice && { ownChoice }), status: 'running', startedAt: at, dueAt, ...(warnAt && { warnAt }), ...(warnShare !== undefined && { warnShare }),
      provisional, runs: [{ from: at }], warned: false, breached: false, history: [change],
    };
  }
  if (!state || state.id !== change.clock) throw new Error(`clock ${change.clock} was not started`);
  const history = [...state.history, change];
  const closedRuns = () => state.runs.map((run) => (run.to === undefined ? { ...run, to: change.at } : run));
  const due = (moment: ClockResumed | ClockMoved) => ({ dueAt: moment.dueAt, warnAt: moment.warnAt, provisional: moment.provisional ?? false });
  switch (change.op) {
    case 'pause': return { ...state, history, status: 'paused', leftMs: change.leftMs, runs: closedRuns() };
    case 'resume': return { ...state, history, status: 'running', leftMs: undefined, ...due(change), runs: [...state.runs, { from: change.at }] };
    case 'move': return {
      ...state, history, ...due(change), ...(change.leftMs !== undefined && { leftMs: change.leftMs }),
      // A moment that moved ahead again may warn and breach again.
      warned: state.warned && change.warnAt !== undefined && ms(change.warnAt) <= ms(change.at),
      breached: state.breached && ms(change.dueAt) < ms(change.at),
    };
    case 'stop': return { ...state, history, status: 'stopped', usedMs: change.usedMs, leftMs: change.leftMs, late: change.late, outcome: change.outcome, runs: closedRuns() };
    default: return change satisfies never;
  }
};
export const markWarned = (state: ClockState): ClockState => ({ ...state, warned: true });
export const markBreached = (state: ClockState): ClockState => ({ ...state, breached: true });

/** After its due moment; at that very moment it is in time. A paused clock stands where it was paused. */
export const isOverdue = (state: ClockState, at: Instant): boolean =>
  state.status === 'stopped' ? state.late === true : ms(standsAt(state, at)) > ms(state.dueAt);
export const isWarning = (state: ClockState, at: Instant): boolean =>
  state.status !== 'stopped' && (state.warned || (state.warnAt !== undefined && ms(standsAt(state, at)) >= ms(state.warnAt)));

export type Light = 'green' | 'yellow' | 'red';
/** Of everything still open. @rule L4.6 */
export const lightOf = (states: Iterable<ClockState>, at: Instant): Light => {
  let light: Light = 'green';
  for (const state of states) {
    if (state.status === 'stopped') continue;
    if (state.breached || isOverdue(state, at)) return 'red';
    if (isWarning(state, at)) light = 'yellow';
  }
  return light;
};

/** `now` closes the timeline of a clock that is still open. Milliseconds are elapsed or working ones, as the clock runs. */
export interface TimelineEntry { op: ClockChange['op'] | 'now'; at: Instant; cause?: string; usedMs: number; leftMs: number; dueAt?: Instant }

/** The clock's life up to `at`: each change with its cause, the time used and the time left. */
export const timeline = (state: ClockState, at: Instant, workingTime: WorkingTime): TimelineEntry[] => {
  const entries: TimelineEntry[] = [];
  let clock: ClockState | undefined;
  for (const change of state.history) {
    if (ms(change.at) > ms(at)) break;
    clock = evolveClock(clock, change);
    entries.push({ op: change.op, at: change.at, cause: change.cause, ...reading(clock, change.at, workingTime), ...('dueAt' in change && { dueAt: change.dueAt }) });
  }
  if (clock && clock.status !== 'stopped') entries.push({ op: 'now', at, ...reading(clock, at, workingTime), ...(clock.status === 'running' && { dueAt: clock.dueAt }) });
  return entries;
};

/** Time used and left at a moment. */
export const reading = (state: ClockState, at: Instant, workingTime: WorkingTime): { usedMs: number; leftMs: number } => ({
  usedMs: state.usedMs ?? usedIn(state, at, workingTime),
  leftMs: state.leftMs ?? span(state, at, state.dueAt, workingTime),
});
