import type { Instant } from '@gridcase/events';
import type { ClockKind, Limit, PolicyPack } from '../policy/pack';
import { evolveClock, extendClock, moveForCalendar, pauseClock, resumeClock, startClock, stopClock, type ClockState } from '../time/clock-arithmetic';
import type { ClockChange, ClockSubject } from '../time/clock-change';
import type { WorkingTime } from '../time/working-calendar';
import type { CaseState } from './case-state';

type Which = { kinds?: readonly ClockKind[]; subject?: ClockSubject };

/** Steps that run against the unit that has the order. */
export const unitKinds = ['respond', 'arrive', 'opinion', 'dispose'] as const satisfies readonly ClockKind[];
export const unitSubject = (unit: string): ClockSubject => `unit:${unit}`;
export const centreSubject = (centre: string): ClockSubject => `centre:${centre}`;

/** Collects what one decision does to the clocks of its case, in order. */
export class ClockBook {
  readonly changes: ClockChange[] = [];
  private readonly clocks: Map<string, ClockState>;

  constructor(clocks: Record<string, ClockState>, private readonly at: Instant, private readonly cause: string, private readonly pack: PolicyPack, private readonly workingTime: WorkingTime) {
    this.clocks = new Map(Object.entries(clocks));
  }

  /** No effect when the pack sets no limit for this step. `at`: when it began, if not now. */
  start(kind: ClockKind, subject: ClockSubject, of: Pick<CaseState, 'grade' | 'level'> & { joint: boolean }, at: Instant = this.at): ClockState | undefined {
    const name = subject.slice(subject.indexOf(':') + 1);
    let nth = 1;
    while (this.clocks.has(`${kind}/${name}/${nth}`)) nth += 1;
    const change = startClock({ pack: this.pack, workingTime: this.workingTime, kind, subject, clock: `${kind}/${name}/${nth}`, at, cause: this.cause, grade: of.grade, level: of.level, joint: of.joint });
    return change && this.apply(change);
  }
  stop(which: Which, outcome: 'done' | 'dropped' = 'done'): ClockState[] { return this.open(which).map((clock) => this.apply(stopClock(clock, this.at, this.cause, outcome, this.workingTime))); }
  pause(which: Which): void { for (const clock of this.open(which, 'running')) this.apply(pauseClock(clock, this.at, this.cause, this.workingTime)); }
  resume(which: Which): void { for (const clock of this.open(which, 'paused')) this.apply(resumeClock(clock, this.at, this.cause, this.workingTime)); }
  extend(which: Which, limit: Limit): void { for (const clock of this.open(which)) this.apply(extendClock(clock, limit, this.at, this.cause, this.workingTime)); }
  moveForCalendar(): void {
    for (const clock of this.open({}, 'running')) {
      const change = moveForCalendar(clock, this.workingTime, this.at, this.cause);
      if (change) this.apply(change);
    }
  }
  /** Running or paused clocks that fit. */
  open({ kinds, subject }: Which, status?: 'running' | 'paused'): ClockState[] {
    return [...this.clocks.values()].filter((c) => c.status !== 'stopped' && (!status || c.status === status) && (!kinds || kinds.includes(c.kind)) && (!subject || c.subject === subject));
  }
  private apply(change: ClockChange): ClockState {
    const next = evolveClock(this.clocks.get(change.clock), change);
    this.clocks.set(change.clock, next);
    this.changes.push(change);
    return next;
  }
}
