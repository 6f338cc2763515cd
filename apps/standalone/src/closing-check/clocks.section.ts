import type { ClockChange } from '@gridcase/domain';
import type { Instant, StoredEvent } from '@gridcase/events';
import { msToInstant } from '@gridcase/platform';
import { Findings, type SectionReport } from './report';

/** A clock of a case, read from the changes its events carry: on purpose not by the code that the platform itself folds them with. */
interface OpenClock {
  id: string;
  status: 'running' | 'paused' | 'stopped';
  dueMs: number;
  warnMs: number | undefined;
  /** Moments that were fired already; undefined again when the clock moved ahead of them. */
  warnedMs: number | undefined;
  breachedMs: number | undefined;
  /** When it was paused or stopped. */
  endedMs: number | undefined;
  /** When its moments were recorded: nobody can fire it before. */
  setMs: number;
  revision: number;
  position: bigint;
}

export interface ClocksOptions {
  /** What is due by then must have fired. Default: when the last event was recorded. */
  now?: Instant;
  graceMs?: number;
  findingsMax?: number;
}
/** For a wake-up, a lease that a dead process left, an append. */
export const GRACE_MS = 10_000;

const ms = (instant: Instant): number => Date.parse(instant);
/** Recorded so long after the moment, it should have been fired in between. */
const overdue = ({ dueMs, setMs }: OpenClock, atMs: number, graceMs: number): boolean => Math.max(dueMs, setMs) + graceMs < atMs;

/**
 * Every clock that fell due fired once and never early, and no breach stands of what was done in time. Cases of which nothing runs any more are
 * forgotten, so memory grows with what is open.
 * @rule L4.6 X17 L5.4 H4.2.5
 */
export class ClocksCheck {
  private readonly cases = new Map<string, Map<string, OpenClock>>();
  private readonly findings: Findings;
  private readonly graceMs: number;
  private clocks = 0;
  private fired = 0;
  private endedUnfired = 0;
  private lastRecorded: Instant = '';

  constructor(private readonly options: ClocksOptions = {}) {
    this.findings = new Findings('clocks', options.findingsMax);
    this.graceMs = options.graceMs ?? GRACE_MS;
  }

  /** In memory now. */
  get casesHeld(): number { return this.cases.size; }

  see(event: StoredEvent): void {
    const { recordedAt } = event.metadata;
    if (recordedAt > this.lastRecorded) this.lastRecorded = recordedAt;
    if (!event.stream.startsWith('case-') || !Array.isArray(event.data?.clocks)) return;
    for (const change of event.data.clocks as ClockChange[]) this.change(event, change);
    if (event.type === 'ClockWarned') this.fire(event, 'warn');
    else if (event.type === 'ClockBreached') this.fire(event, 'due');
    const clocks = this.cases.get(event.stream);
    if (clocks && [...clocks.values()].every(({ status }) => status === 'stopped')) this.cases.delete(event.stream);
  }

  finish(): SectionReport {
    const now = this.options.now ?? this.lastRecorded;
    const nowMs = ms(now);
    let open = 0;
    for (const [stream, clocks] of this.cases) {
      for (const clock of clocks.values()) {
        if (clock.status !== 'stopped') open += 1;
        if (clock.status === 'running') this.checkUnfired(stream, clock, nowMs);
      }
    }
    const { clocks, fired, endedUnfired } = this;
    const looked = `${clocks} clocks${now ? ` up to ${now}` : ''}, ${open} of them open, ${fired} warnings and breaches${endedUnfired > 0 ? `, ${endedUnfired} ended late before they were fired` : ''}`;
    return this.findings.report(looked, 'every one that fell due fired once and never early', { clocks, open, fired, endedUnfired });
  }

  private change(event: StoredEvent, change: ClockChange): void {
    const clocks = this.cases.get(event.stream) ?? new Map<string, OpenClock>();
    const clock = change.op === 'start' ? started(event, change) : clocks.get(change.clock);
    if (!clock) return; // of a clock that was never started: the record is damaged, and its own section says how
    if (change.op === 'start') {
      this.clocks += 1;
      clocks.set(change.clock, clock);
      this.cases.set(event.stream, clocks);
      return;
    }
    const atMs = ms(change.at);
    if (change.op === 'stop') this.checkLate(event, clock, change.late, atMs);
    const recordedMs = ms(event.metadata.recordedAt);
    if (change.op !== 'resume' && clock.status === 'running' && clock.breachedMs === undefined && atMs > clock.dueMs && overdue(clock, recordedMs, this.graceMs)) this.endedUnfired += 1;
    evolve(clock, change, atMs);
    if ('dueAt' in change) Object.assign(clock, { setMs: recordedMs, revision: event.revision, position: event.position });
  }

  /** Done at the due moment itself is in time; a paused clock stands where it was paused. @rule H4.2.4 */
  private checkLate(event: StoredEvent, clock: OpenClock, late: boolean, atMs: number): void {
    const standsMs = clock.status === 'paused' ? clock.endedMs! : atMs;
    if (late !== standsMs > clock.dueMs) this.find(event, 'late-or-not', clock.id, `was ended at ${msToInstant(standsMs)}, due ${msToInstant(clock.dueMs)}, and is recorded as ${late ? 'late' : 'in time'}`);
  }

  private fire(event: StoredEvent, fires: 'warn' | 'due'): void {
    const { clock: id, warnAt, dueAt } = event.data as { clock: string; warnAt: Instant; dueAt: Instant };
    const moment = fires === 'warn' ? warnAt : dueAt;
    const { recordedAt, occurredAt } = event.metadata;
    this.fired += 1;
    const name = `${fires === 'warn' ? 'warning' : 'breach'} of ${moment}`;
    // A breach is after the due moment: done at that very moment is in time.
    if (fires === 'warn' ? recordedAt < moment : recordedAt <= moment) this.find(event, 'fired-early', id, `${name} was recorded at ${recordedAt}`);
    if (occurredAt !== moment) this.find(event, 'fired-at-another-time', id, `${name} says that it occurred at ${occurredAt}`);
    const clock = this.cases.get(event.stream)?.get(id);
    const problem = problemOf(clock, fires, ms(moment));
    if (problem) this.find(event, problem.kind, id, `${name}: ${problem.detail}`);
    if (clock) clock[fires === 'warn' ? 'warnedMs' : 'breachedMs'] = ms(moment);
  }

  private checkUnfired(stream: string, clock: OpenClock, nowMs: number): void {
    const { id: key, dueMs, warnMs, warnedMs, breachedMs, setMs, revision, position } = clock;
    if (breachedMs !== undefined) return;
    const tell = (what: string, moment: number) => this.findings.add({ kind: 'never-fired', service: 'sla-monitor', stream, revision, position: String(position), key, detail: `${what} of ${msToInstant(moment)} is not on record` });
    if (overdue(clock, nowMs, this.graceMs)) tell('breach', dueMs);
    // Once breached it warns no more.
    else if (warnMs !== undefined && warnedMs === undefined && Math.max(warnMs, setMs) + this.graceMs < nowMs) tell('warning', warnMs);
  }

  private find({ stream, revision, position }: StoredEvent, kind: string, key: string, detail: string): void {
    this.findings.add({ kind, service: 'sla-monitor', stream, revision, position: String(position), key, detail });
  }
}

function problemOf(clock: OpenClock | undefined, fires: 'warn' | 'due', momentMs: number): { kind: string; detail: string } | undefined {
  if (!clock) return { kind: 'fired-when-ended', detail: 'nothing of the case runs any more' };
  const { status, dueMs, warnMs, warnedMs, breachedMs, endedMs, revision } = clock;
  const [currentMs, firedMs] = fires === 'warn' ? [warnMs, warnedMs] : [dueMs, breachedMs];
  if (firedMs === momentMs) return { kind: 'fired-twice', detail: 'it is on record already' };
  if (status !== 'running') {
    const inTime = endedMs! <= momentMs;
    return { kind: status === 'stopped' && inTime ? 'done-in-time' : `fired-when-${status}`, detail: `the clock was ${status} at ${msToInstant(endedMs!)}${inTime ? ', in time' : ''}` };
  }
  if (currentMs !== momentMs) return { kind: 'fired-though-moved', detail: `revision ${revision} moved it${currentMs === undefined ? ', with no warning' : ` to ${msToInstant(currentMs)}`}` };
  if (firedMs !== undefined || breachedMs !== undefined) return { kind: 'fired-twice', detail: `it was ${breachedMs !== undefined ? 'breached' : 'warned of'} already` };
  return undefined;
}

const started = ({ revision, position, metadata }: StoredEvent, { clock: id, dueAt, warnAt }: Extract<ClockChange, { op: 'start' }>): OpenClock => ({
  id, status: 'running', dueMs: ms(dueAt), warnMs: warnAt === undefined ? undefined : ms(warnAt), warnedMs: undefined, breachedMs: undefined, endedMs: undefined, setMs: ms(metadata.recordedAt), revision, position,
});

function evolve(clock: OpenClock, change: Exclude<ClockChange, { op: 'start' }>, atMs: number): void {
  switch (change.op) {
    case 'pause': clock.status = 'paused'; clock.endedMs = atMs; return;
    case 'stop': clock.status = 'stopped'; clock.endedMs = atMs; return;
    case 'resume': clock.status = 'running'; clock.endedMs = undefined; break;
    // A moment that moved ahead again may warn and breach again.
    case 'move':
      if (change.warnAt === undefined || ms(change.warnAt) > atMs) clock.warnedMs = undefined;
      if (ms(change.dueAt) >= atMs) clock.breachedMs = undefined;
      break;
    default: return change satisfies never;
  }
  clock.dueMs = ms(change.dueAt);
  clock.warnMs = change.warnAt === undefined ? undefined : ms(change.warnAt);
}
