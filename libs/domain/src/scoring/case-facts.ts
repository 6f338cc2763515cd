/** Score facts and observations of one case, folded from its stream. */
import type { CaseEvent, StoredEvent } from '@gridcase/events';
import { streetOf } from '../registry/directory';
import type { Level } from '../policy/pack';
import type { Evidenced, Indicator, Observation, ScoreFact, ScoreFactKind, ScoreSubject } from './score-fact';

/** `key`: the clock or event it settles, so that it is counted once and can be withdrawn. */
type Keyed<T> = T & { key: string };

export interface CaseFacts {
  filed?: { caseId: string; district: string; gridCode: string; grade: string; policy: { pack: string; version: number }; gridWorker?: string };
  level?: Level;
  lead?: string;
  /** The grid's worker (or a worker) had found it himself before. */
  foundByWorker: boolean;
  /** Units whose rebound was neither upheld nor overruled yet. */
  refused: string[];
  /** Open clocks against units for response and disposal. */
  clocks: Record<string, { kind: 'respond' | 'dispose'; unit: string }>;
  facts: Keyed<ScoreFact>[];
  observations: Keyed<Observation>[];
}

export const noCaseFacts = (): CaseFacts => ({ foundByWorker: false, refused: [], clocks: {}, facts: [], observations: [] });

/**
 * The facts an event makes, and those it takes back.
 *
 * Late completion is counted once a disposal clock: with its breach, or with a late result when no breach came first. A breach
 * is taken back when an accepted extension or a calendar moves the due moment ahead of it (X13, N2), when the result turns
 * out to have come in time, and when the centre upholds that the case was not the unit's (X12). A clock that was breached
 * and then dropped undone stays counted.
 * @rule H5.1 H5.2 X12 X13 X19
 */
export function evolveCaseFacts(before: CaseFacts, stored: StoredEvent): CaseFacts {
  const event = stored as unknown as CaseEvent;
  const next: CaseFacts = { ...before };
  if (event.type === 'CaseFiled') {
    const { caseId, district, place, grade, policy, gridWorker, level, foundBy, finder } = event.data;
    next.filed = { caseId, district, gridCode: place.gridCode, grade, policy, gridWorker };
    next.level = level;
    next.foundByWorker = foundBy === 'worker' || (gridWorker !== undefined && finder === gridWorker);
  }
  const filed = next.filed;
  if (!filed) throw new Error(`${event.type} before CaseFiled`);
  const write = new Writer(next, filed, stored);
  const stopped = followClocks(next, event, write);

  switch (event.type) {
    case 'CaseFiled': {
      const { foundBy } = event.data;
      if (next.foundByWorker) break;
      if (foundBy === 'citizen') write.complaint();
      // Own choice: an inspector's find in a worker's grid is something that worker had to report (H5.1).
      if (foundBy === 'inspector') write.ofWorker('unreported');
      break;
    }
    case 'ReportJoined':
      // A worker's own report ends it: the problem is found, however often it is complained of afterwards.
      if (event.data.foundBy === 'worker') next.foundByWorker = true;
      else if (event.data.foundBy === 'citizen' && !next.foundByWorker) write.complaint();
      break;
    case 'CaseDispatched': next.lead = event.data.lead; break;
    case 'DispatchAcknowledged': write.response(event.data.unit, event.data.late); break;
    case 'CaseRebounded':
      next.refused = [...before.refused, event.data.unit];
      for (const { clock, late } of stopped) if (clock.kind === 'respond' && clock.unit === event.data.unit) write.response(event.data.unit, late);
      break;
    case 'ReboundRuled': {
      const { unit, decision } = event.data;
      next.refused = without(before.refused, unit);
      if (decision === 'overruled') { write.ofUnit('shirking', unit); break; }
      if (unit === next.lead) next.lead = undefined;
      for (const { id, clock } of stopped) if (clock.kind === 'dispose' && clock.unit === unit) write.withdraw(id);
      break;
    }
    case 'UnitDesignated':
      // Designated although it had handed the case back: the refusal was shirking. A mere party to a dispute (X15) did not refuse.
      if (before.refused.includes(event.data.unit)) write.ofUnit('shirking', event.data.unit);
      next.refused = [];
      next.lead = event.data.unit;
      break;
    case 'ResultSubmitted': {
      const { unit, late, round } = event.data;
      write.completion(stopped.find(({ clock }) => clock.kind === 'dispose' && clock.unit === unit)?.id ?? `round-${round}`, unit, late);
      break;
    }
    case 'ClockBreached':
      if (event.data.kind === 'dispose' && event.data.subject.startsWith('unit:')) write.completion(event.data.clock, event.data.subject.slice('unit:'.length), true);
      break;
    case 'ResultVerified': if (next.lead) write.observe('truth', next.lead, event.data.proposal === 'close'); break;
    case 'CallBackRecorded':
      if (!event.data.reached || !next.lead) break;
      if (!event.data.satisfied) write.ofUnit('dissatisfied', next.lead);
      write.observe('satisfaction', next.lead, event.data.satisfied);
      write.observe('truth', next.lead, event.data.truthful);
      break;
    case 'CaseReturned':
      write.ofUnit('returned-order', event.data.unit);
      if (event.data.cause === 'untrue' || event.data.cause === 'verification') write.ofUnit('untrue-or-not-rectified', event.data.unit);
      break;
    case 'UnitUrged': write.ofUnit('urged', event.data.unit); break;
    case 'SupervisionOpened': write.ofUnit('supervised', event.data.unit); break;
    case 'CaseHandedUp': next.level = event.data.to; break;
    case 'CaseClosed': if (filed.grade === 'complex' && next.lead) write.ofUnit('led-hard-case', next.lead); break;
    default: break;
  }
  return next;
}

const without = <T>(list: readonly T[], item: T): T[] => list.filter((other) => other !== item);

interface Stopped { id: string; clock: { kind: 'respond' | 'dispose'; unit: string }; late: boolean }
function followClocks(next: CaseFacts, event: CaseEvent, write: Writer): Stopped[] {
  const stopped: Stopped[] = [];
  for (const change of event.data.clocks) {
    if (change.op === 'start') {
      if ((change.kind === 'respond' || change.kind === 'dispose') && change.subject.startsWith('unit:'))
        next.clocks = { ...next.clocks, [change.clock]: { kind: change.kind, unit: change.subject.slice('unit:'.length) } };
      continue;
    }
    const clock = next.clocks[change.clock];
    if (!clock) continue;
    if (change.op === 'move' && clock.kind === 'dispose' && change.dueAt >= change.at) write.withdraw(change.clock);
    if (change.op === 'stop') {
      stopped.push({ id: change.clock, clock, late: change.late });
      next.clocks = Object.fromEntries(Object.entries(next.clocks).filter(([id]) => id !== change.clock));
    }
  }
  return stopped;
}

class Writer {
  private readonly evidence: Evidenced;
  constructor(private readonly doc: CaseFacts, private readonly filed: NonNullable<CaseFacts['filed']>, event: StoredEvent) {
    this.evidence = { occurredAt: event.metadata.occurredAt, stream: event.stream, revision: event.revision, eventId: event.id };
  }

  /** At street or community level the street's sub-centre runs the case (X4), so what a unit does there also counts for the street. */
  ofUnit(kind: ScoreFactKind, unit: string, key = this.evidence.eventId): void {
    this.fact(kind, { kind: 'unit', id: unit }, key);
    const street = this.doc.level === 'district' ? undefined : streetOf(this.filed.gridCode);
    if (street) this.fact(kind, { kind: 'street', id: street }, key);
  }

  ofWorker(kind: ScoreFactKind): void {
    if (!this.filed.gridWorker) return;
    this.fact(kind, { kind: 'worker', id: this.filed.gridWorker }, this.evidence.eventId);
    const street = streetOf(this.filed.gridCode);
    if (street) this.fact(kind, { kind: 'street', id: street }, this.evidence.eventId);
  }

  /** Every complaint of a citizen about what the grid's worker did not find; the pack says from which one on it is a finding (H5.2). */
  complaint(): void { this.ofWorker('not-found-by-worker'); }

  response(unit: string, late: boolean): void {
    if (late) this.ofUnit('late-response', unit);
    this.observe('response', unit, !late);
  }

  completion(key: string, unit: string, late: boolean): void {
    if (!late) this.withdraw(key);
    else if (this.doc.facts.some((fact) => fact.kind === 'late-completion' && fact.key === key)) return;
    if (late) this.ofUnit('late-completion', unit, key);
    this.observe('on-time', unit, !late, key);
  }

  withdraw(key: string): void {
    this.doc.facts = this.doc.facts.filter((fact) => !(fact.kind === 'late-completion' && fact.key === key));
    this.doc.observations = this.doc.observations.filter((seen) => !(seen.indicator === 'on-time' && seen.key === key));
  }

  observe(indicator: Indicator, unit: string, good: boolean, key = this.evidence.eventId): void {
    this.doc.observations = [...this.doc.observations, { key, indicator, subject: { kind: 'unit', id: unit }, district: this.filed.district, good, ...this.evidence }];
  }

  private fact(kind: ScoreFactKind, subject: ScoreSubject, key: string): void {
    const { district, caseId: matter, policy } = this.filed;
    this.doc.facts = [...this.doc.facts, { key, kind, subject, district, matter, policy, ...this.evidence }];
  }
}
