/** The case as folded from its stream `case-{id}`. */
import type { CaseEvent, Instant, StoredEvent } from '@gridcase/events';
import type { Grade, Level } from '../policy/pack';
import { evolveClock, lightOf, markBreached, markWarned, type ClockState, type Light } from '../time/clock-arithmetic';
import type { ClockChange, ClockId } from '../time/clock-change';

export const caseStream = (caseId: string): string => `case-${caseId}`;

/**
 * `filed`: waits for a dispatch · `dispatched`: with the unit · `rebounded`: waits for the centre's ruling · `disputed`: waits for a
 * designation · `submitted`: waits for the check on the spot · `verified`: waits for confirmation, call-back, closing.
 */
export const casePhases = ['filed', 'dispatched', 'rebounded', 'disputed', 'submitted', 'verified', 'closed', 'archived'] as const;
export type CasePhase = (typeof casePhases)[number];

type Filed = Extract<CaseEvent, { type: 'CaseFiled' }>['data'];

export interface CaseState extends Omit<Filed, 'clocks' | 'level' | 'centre'> {
  level: Level;
  centre: string;
  grade: Grade;
  phase: CasePhase;
  filedAt: Instant;
  /** When it last went from one hand to another: nothing that concerns its present hand happened before. */
  movedAt: Instant;
  /** Orders given so far; each dispatch or designation is one. */
  order: number;
  /** 1 until it is returned for redo. */
  round: number;
  lead?: string;
  coHandlers: string[];
  /** Units told by telephone since the case last waited for dispatch. */
  phoned: string[];
  /** Units that have answered the present order, by acknowledging it or handing it back. */
  responded: string[];
  acknowledged: string[];
  arrived: boolean;
  opinion?: string;
  /** unit → how often it has handed this case back; never reset (X12). */
  rebounds: Record<string, number>;
  pendingRebound?: { unit: string; reason: string };
  /** Units whose duty was ruled upon (X12) or that were designated (X15): they may neither refuse nor pass on. */
  bound: Record<string, 'ruled' | 'designated'>;
  pendingDelay?: { unit: string; reason: string; asked: { amount: number; unit: 'minute' | 'hour' | 'workingDay' } };
  extensions: number;
  result?: { unit: string; result: string; signedBy: string; at: Instant; late: boolean };
  verification?: { worker: string; proposal: 'close' | 'redo'; at: Instant };
  confirmed: boolean;
  callBack?: { truthful: boolean; satisfied: boolean; at: Instant };
  /** Reports about the same thing, the first included. */
  reports: string[];
  repeats: number;
  clocks: Record<ClockId, ClockState>;
  supervision?: { unit: string; cause: string; dueAt: Instant };
  accountability: { unit: string; cause: string; rule: string; at: Instant }[];
  everLate: boolean;
  closedAt?: Instant;
  archive?: { sha256: string; bytes: number };
}

/** `undefined` until it is filed. */
export type MaybeCase = CaseState | undefined;

export const initialCase = (): MaybeCase => undefined;

export function evolveCase(state: MaybeCase, stored: Pick<StoredEvent, 'type' | 'data' | 'metadata'>): MaybeCase {
  const next = fold(state, stored);
  const moved = state && next && (next.phase !== state.phase || next.round !== state.round || next.order !== state.order);
  return moved ? { ...next, movedAt: stored.metadata.occurredAt } : next;
}

function fold(state: MaybeCase, stored: Pick<StoredEvent, 'type' | 'data' | 'metadata'>): MaybeCase {
  const event = stored as unknown as CaseEvent;
  const at = stored.metadata.occurredAt;
  if (event.type === 'CaseFiled') {
    const { clocks, ...filed } = event.data;
    return {
      ...filed, phase: 'filed', filedAt: at, movedAt: at, order: 0, round: 1, coHandlers: [], phoned: [], responded: [], acknowledged: [], arrived: false, rebounds: {}, bound: {}, extensions: 0,
      confirmed: false, reports: [filed.reportId], repeats: 0, clocks: applyClocks({}, clocks), accountability: [], everLate: false,
    };
  }
  if (!state) throw new Error(`${event.type} before CaseFiled`);
  const next: CaseState = { ...state, clocks: applyClocks(state.clocks, event.data.clocks) };
  switch (event.type) {
    case 'ReportJoined': return { ...next, reports: [...state.reports, event.data.reportId], repeats: state.repeats + 1 };
    case 'UnitPhoned': return { ...next, phoned: [...state.phoned, event.data.unit] };
    case 'CaseDispatched': return ordered(next, event.data.order, event.data.lead, event.data.coHandlers);
    case 'UnitDesignated': {
      const bound = { ...state.bound, [event.data.unit]: 'designated' as const };
      if (event.data.unit !== state.lead) return { ...ordered(next, event.data.order, event.data.unit, event.data.coHandlers), bound };
      return { ...next, phase: 'dispatched', order: event.data.order, coHandlers: event.data.coHandlers, pendingRebound: undefined, bound };
    }
    case 'DispatchAcknowledged': return { ...next, acknowledged: [...state.acknowledged, event.data.unit], responded: [...state.responded, event.data.unit] };
    case 'CaseRebounded': return {
      ...next, phase: event.data.unit === state.lead ? 'rebounded' : state.phase, pendingRebound: { unit: event.data.unit, reason: event.data.reason },
      responded: [...state.responded, event.data.unit], rebounds: { ...state.rebounds, [event.data.unit]: (state.rebounds[event.data.unit] ?? 0) + 1 },
    };
    case 'ReboundRuled': {
      const { unit, decision } = event.data;
      if (decision === 'overruled') return { ...next, phase: unit === state.lead ? 'dispatched' : state.phase, pendingRebound: undefined, bound: { ...state.bound, [unit]: state.bound[unit] ?? 'ruled' } };
      if (unit !== state.lead) return { ...next, pendingRebound: undefined, coHandlers: state.coHandlers.filter((u) => u !== unit) };
      return awaitingDispatch(next);
    }
    case 'DisputeRaised': return { ...next, phase: 'disputed', pendingRebound: undefined };
    case 'HandlerArrived': return { ...next, arrived: true };
    case 'PreliminaryOpinionGiven': return { ...next, opinion: event.data.opinion };
    case 'DelayExplained': return { ...next, pendingDelay: { unit: event.data.unit, reason: event.data.reason, asked: event.data.asked } };
    case 'DelayRuled': return { ...next, pendingDelay: undefined, extensions: state.extensions + (event.data.accepted ? 1 : 0) };
    case 'ResultSubmitted': return {
      ...next, phase: 'submitted', pendingRebound: undefined, pendingDelay: undefined, everLate: state.everLate || event.data.late,
      result: { unit: event.data.unit, result: event.data.result, signedBy: event.data.signedBy, at, late: event.data.late },
    };
    case 'ResultVerified': return { ...next, phase: event.data.proposal === 'close' ? 'verified' : state.phase, verification: { worker: event.data.worker, proposal: event.data.proposal, at } };
    case 'ResultConfirmed': return { ...next, confirmed: event.data.confirmed };
    case 'CallBackRecorded': return event.data.reached ? { ...next, callBack: { truthful: event.data.truthful, satisfied: event.data.satisfied, at } } : next;
    case 'CaseReturned': return {
      ...next, phase: 'dispatched', round: event.data.round, responded: [], acknowledged: [], arrived: false, opinion: undefined, result: undefined, verification: undefined, confirmed: false, callBack: undefined,
    };
    case 'CaseClosed': return { ...next, phase: 'closed', closedAt: at };
    case 'CaseArchived': return { ...next, phase: 'archived', archive: { sha256: event.data.sha256, bytes: event.data.bytes } };
    case 'CaseHandedUp': return { ...next, level: event.data.to, centre: event.data.centre };
    case 'ClockWarned': return withClock(next, event.data.clock, markWarned);
    case 'ClockBreached': return { ...withClock(next, event.data.clock, markBreached), everLate: state.everLate || event.data.kind === 'dispose' };
    case 'SupervisionOpened': return { ...next, supervision: { unit: event.data.unit, cause: event.data.cause, dueAt: event.data.dueAt } };
    case 'SupervisionLifted': return { ...next, supervision: undefined };
    case 'AccountabilityOpened': return { ...next, accountability: [...state.accountability, { unit: event.data.unit, cause: event.data.cause, rule: event.data.rule, at }] };
    case 'DeadlinesMoved': {
      const term = Object.values(next.clocks).find((clock) => clock.kind === 'supervision' && clock.status !== 'stopped');
      return { ...next, calendar: event.data.calendar, ...(state.supervision && term && { supervision: { ...state.supervision, dueAt: term.dueAt } }) };
    }
    case 'WorkContributed': case 'CaseSampled': case 'UnitUrged': return next;
    default: return unknown(event);
  }
}

const applyClocks = (clocks: Record<ClockId, ClockState>, changes: readonly ClockChange[]): Record<ClockId, ClockState> => {
  if (changes.length === 0) return clocks;
  const next = { ...clocks };
  for (const change of changes) next[change.clock] = evolveClock(next[change.clock], change);
  return next;
};
const withClock = (state: CaseState, clock: ClockId, change: (clock: ClockState) => ClockState): CaseState => {
  const found = state.clocks[clock];
  return found ? { ...state, clocks: { ...state.clocks, [clock]: change(found) } } : state;
};
const ordered = (state: CaseState, order: number, lead: string, coHandlers: string[]): CaseState => ({
  ...state, phase: 'dispatched', order, lead, coHandlers, responded: [], acknowledged: [], arrived: false, opinion: undefined, pendingRebound: undefined, pendingDelay: undefined,
});
const awaitingDispatch = (state: CaseState): CaseState => ({ ...state, phase: 'filed', lead: undefined, coHandlers: [], phoned: [], responded: [], acknowledged: [], arrived: false, opinion: undefined, pendingRebound: undefined, pendingDelay: undefined });
const unknown = (event: never): never => { throw new Error(`unknown case event ${(event as { type: string }).type}`); };

export const isOpen = (state: CaseState): boolean => state.phase !== 'closed' && state.phase !== 'archived';
/** @rule L4.6 */
export const lightOfCase = (state: CaseState, at: Instant): Light => lightOf(Object.values(state.clocks), at);
export const caseDecider = { initialState: initialCase, evolve: evolveCase };
