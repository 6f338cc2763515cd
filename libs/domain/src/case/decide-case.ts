/** The only decider of a case: command + state + environment → events or a refusal. Pure; every refusal names its rule. */
import { rejected, type Actor, type CaseEvent, type Instant, type Rejection } from '@gridcase/events';
import type { PolicyPack } from '../policy/pack';
import { covers } from '../registry/directory';
import type { WorkingTime } from '../time/working-calendar';
import type { CaseState, MaybeCase } from './case-state';
import { isOpen } from './case-state';
import { centreSubject, ClockBook, unitKinds, unitSubject } from './clock-book';
import type { CaseCommand, CaseCommands, CaseCommandType } from './commands';
import { afterBreach, openSupervision } from './supervision';

export interface CaseEnvironment {
  /** When it happened: every rule works on this. */
  at: Instant;
  /** When it is recorded. */
  now: Instant;
  actor: Actor;
  /** The pack version the case was filed under; for a new case the one in force. */
  pack: PolicyPack;
  workingTime: WorkingTime;
}
export type CaseDecision = CaseEvent[] | Rejection;
type Decide<K extends CaseCommandType> = (body: CaseCommands[K], state: CaseState, env: CaseEnvironment) => CaseDecision;

export const decideCase = (command: CaseCommand, state: MaybeCase, env: CaseEnvironment): CaseDecision => {
  if (command.type === 'FileCase') return fileCase(command.body, state, env);
  if (!state) return rejected('NOT_FOUND', { what: 'case' });
  if (env.actor.role !== 'system' && env.at < state.movedAt) return rejected('OCCURRED_BEFORE_LAST_STEP', { lastStep: state.movedAt });
  return (decisions[command.type] as Decide<typeof command.type>)(command.body as never, state, env);
};

export const bookOf = (state: CaseState, env: CaseEnvironment, cause: string): ClockBook => new ClockBook(state.clocks, env.at, cause, env.pack, env.workingTime);
export const isJoint = (state: Pick<CaseState, 'coHandlers'>): boolean => state.coHandlers.length > 0;
const circumstances = (state: CaseState, joint = isJoint(state)) => ({ grade: state.grade, level: state.level, joint });

// Who may act where. What a role may do at all stands in the gateway's table of operations.
const wrongPlace = (state: CaseState, env: CaseEnvironment): Rejection | undefined =>
  env.actor.role === 'system' || covers(env.actor.jurisdiction, state.centre) ? undefined : rejected('OUTSIDE_JURISDICTION');
const wrongUnit = (state: CaseState, env: CaseEnvironment): Rejection | undefined =>
  env.actor.unit !== undefined && [state.lead, ...state.coHandlers].includes(env.actor.unit) ? undefined : rejected('NOT_YOUR_UNIT');
const wrongPhase = (state: CaseState, phase: CaseState['phase'], code: string, rule: string): Rejection | undefined => (state.phase === phase ? undefined : rejected(code, { phase: state.phase }, rule));

/** The lead's own step on an order it has answered; a co-handler's is refused (X14). */
const leadStep = (state: CaseState, env: CaseEnvironment): Rejection | undefined => {
  const refusal = wrongUnit(state, env) ?? wrongPhase(state, 'dispatched', 'NOT_IN_HANDLING', 'X13');
  if (refusal) return refusal;
  if (env.actor.unit !== state.lead) return rejected('ONLY_LEAD_FEEDS_BACK', { lead: state.lead }, env.pack.jointHandling.leadOnlyRule);
  return state.responded.includes(state.lead!) ? undefined : rejected('NOT_ACKNOWLEDGED', { unit: state.lead }, 'H4.2.3');
};

/** @rule X11 H4.2.2 L4.3 — the centre's time to dispatch runs from when the report reached it. */
const fileCase = (body: CaseCommands['FileCase'], state: MaybeCase, env: CaseEnvironment): CaseDecision => {
  if (state) return rejected('CASE_ALREADY_FILED', { caseId: body.caseId }, 'X11');
  const book = new ClockBook({}, env.at, 'CaseFiled', env.pack, env.workingTime);
  const of = { grade: body.grade, level: body.level, joint: false };
  book.start('dispatch', centreSubject(body.centre), of, body.reportedAt);
  if (body.level !== 'district') book.start('hand-up', centreSubject(body.centre), of, body.reportedAt);
  return [{ type: 'CaseFiled', data: { ...body, policy: { pack: env.pack.id, version: env.pack.version }, calendar: env.workingTime.calendarVersion, clocks: book.changes } }];
};

/** @rule H5.2 */
const joinReport: Decide<'JoinReportToCase'> = (body, state) => {
  if (state.reports.includes(body.reportId)) return [];
  if (!isOpen(state)) return rejected('CASE_CLOSED', { phase: state.phase }, 'H5.2');
  return [{ type: 'ReportJoined', data: { ...body, count: state.reports.length + 1, clocks: [] } }];
};

/** @rule H4.2.2 H4.1.2 */
const phoneUnit: Decide<'PhoneUnit'> = (body, state, env) =>
  wrongPlace(state, env) ?? wrongPhase(state, 'filed', 'NOT_AWAITING_DISPATCH', 'H4.2.2')
  ?? [{ type: 'UnitPhoned', data: { unit: body.unit, person: body.person, answered: body.answered, note: body.note ?? '', clocks: [] } }];

/** @rule X12 X14 H4.1.2 H4.2.2 L4.3 */
const dispatchCase: Decide<'DispatchCase'> = (body, state, env) => {
  const coHandlers = body.coHandlers ?? [];
  const refusal = wrongPlace(state, env) ?? wrongPhase(state, 'filed', 'NOT_AWAITING_DISPATCH', 'X12');
  if (refusal) return refusal;
  if (coHandlers.includes(body.lead) || new Set(coHandlers).size !== coHandlers.length) return rejected('LEAD_AND_CO_HANDLERS_OVERLAP', { lead: body.lead }, env.pack.jointHandling.rule);
  if (env.pack.dispatch.phoneFirst && !state.phoned.includes(body.lead)) return rejected('PHONE_CALL_REQUIRED', { unit: body.lead }, env.pack.dispatch.rule);
  const book = bookOf(state, env, 'CaseDispatched');
  book.stop({ kinds: ['dispatch', 'hand-up'] });
  startOrder(book, body.lead, coHandlers, state);
  return [{ type: 'CaseDispatched', data: { order: state.order + 1, lead: body.lead, coHandlers, instruction: body.instruction ?? '', binding: state.bound[body.lead] !== undefined, round: state.round, clocks: book.changes } }];
};

/** @rule H4.2.3 L4.4 — every unit answers; the lead arrives, gives an opinion, finishes. */
const startOrder = (book: ClockBook, lead: string, coHandlers: readonly string[], state: CaseState): void => {
  const of = circumstances(state, coHandlers.length > 0);
  for (const kind of unitKinds) book.start(kind, unitSubject(lead), of);
  for (const unit of coHandlers) book.start('respond', unitSubject(unit), of);
};

/** @rule H4.2.3 X12 */
const acknowledge: Decide<'AcknowledgeDispatch'> = (_body, state, env) => {
  const refusal = wrongUnit(state, env) ?? wrongPhase(state, 'dispatched', 'NOT_IN_HANDLING', 'H4.2.3');
  if (refusal) return refusal;
  const unit = env.actor.unit!;
  if (state.acknowledged.includes(unit)) return rejected('ALREADY_ACKNOWLEDGED', { unit }, 'H4.2.3');
  const book = bookOf(state, env, 'DispatchAcknowledged');
  const [respond] = book.stop({ kinds: ['respond'], subject: unitSubject(unit) });
  return [{ type: 'DispatchAcknowledged', data: { unit, person: env.actor.person, late: respond?.late ?? false, clocks: book.changes } }];
};

/** @rule X12 X15 — once a unit a case; never after the centre has ruled or designated. */
const rebound: Decide<'ReboundCase'> = (body, state, env) => {
  const refusal = wrongUnit(state, env);
  if (refusal) return refusal;
  const unit = env.actor.unit!;
  if (state.bound[unit] === 'designated') return rejected('DESIGNATED_UNIT_MAY_NOT_REFUSE', { unit }, env.pack.designation.rule);
  if ((state.rebounds[unit] ?? 0) >= env.pack.rebound.perUnit) return rejected('REBOUND_ALREADY_USED', { unit, allowed: env.pack.rebound.perUnit }, env.pack.rebound.rule);
  if (state.phase !== 'dispatched') return rejected('NOT_IN_HANDLING', { phase: state.phase }, env.pack.rebound.rule);
  if (state.round > 1) return rejected('REBOUND_AFTER_RESULT', { unit, round: state.round }, env.pack.rebound.rule);
  if (state.pendingRebound) return rejected('REBOUND_PENDING', { unit: state.pendingRebound.unit }, env.pack.rebound.rule);
  const book = bookOf(state, env, 'CaseRebounded');
  book.stop({ kinds: ['respond'], subject: unitSubject(unit) });
  book.pause({ kinds: ['arrive', 'opinion', 'dispose'], subject: unitSubject(unit) });
  book.start('rule', centreSubject(state.centre), circumstances(state));
  return [{ type: 'CaseRebounded', data: { unit, reason: body.reason, clocks: book.changes } }];
};

/** @rule X12 — the centre's ruling binds. */
const ruleOnRebound: Decide<'RuleOnRebound'> = (body, state, env) => {
  const refusal = wrongPlace(state, env);
  if (refusal) return refusal;
  if (!state.pendingRebound) return rejected('NO_REBOUND_TO_RULE', undefined, env.pack.rebound.rule);
  const { unit } = state.pendingRebound;
  const book = bookOf(state, env, 'ReboundRuled');
  book.stop({ kinds: ['rule'] });
  if (body.decision === 'overrule') book.resume({ subject: unitSubject(unit) });
  else if (unit === state.lead) {
    for (const u of [unit, ...state.coHandlers]) book.stop({ subject: unitSubject(u), kinds: unitKinds }, 'dropped');
    book.stop({ kinds: ['rule-delay'] }, 'dropped');
    book.start('dispatch', centreSubject(state.centre), circumstances(state, false));
  } else book.stop({ subject: unitSubject(unit), kinds: unitKinds }, 'dropped');
  return [{ type: 'ReboundRuled', data: { unit, decision: body.decision === 'uphold' ? 'upheld' : 'overruled', reason: body.reason, clocks: book.changes } }];
};

/** @rule X15 X12 — a unit that was ruled upon or designated may not dispute; the centre may. */
const raiseDispute: Decide<'RaiseDispute'> = (body, state, env) => {
  const isUnit = env.actor.unit !== undefined;
  const refusal = isUnit ? wrongUnit(state, env) : wrongPlace(state, env);
  if (refusal) return refusal;
  const bound = isUnit ? state.bound[env.actor.unit!] : undefined;
  if (bound) return bound === 'designated'
    ? rejected('DESIGNATED_UNIT_MAY_NOT_REFUSE', { unit: env.actor.unit }, env.pack.designation.rule)
    : rejected('ORDER_IS_BINDING', { unit: env.actor.unit }, env.pack.rebound.bindingRule);
  if (!['filed', 'dispatched', 'rebounded'].includes(state.phase)) return rejected('NOT_IN_HANDLING', { phase: state.phase }, env.pack.designation.rule);
  const book = bookOf(state, env, 'DisputeRaised');
  book.stop({ kinds: ['rule', 'dispatch', 'hand-up'] });
  book.pause({ kinds: unitKinds });
  book.start('designate', centreSubject(state.district), circumstances(state));
  return [{ type: 'DisputeRaised', data: { units: body.units, by: env.actor.unit ?? env.actor.person, reason: body.reason, clocks: book.changes } }];
};

/** @rule X15 — 托底: only the district's centre; the unit may neither refuse nor pass on. */
const designateUnit: Decide<'DesignateUnit'> = (body, state, env) => {
  if (env.actor.jurisdiction !== state.district) return rejected('DISTRICT_CENTRE_ONLY', { district: state.district }, env.pack.designation.rule);
  if (state.phase !== 'disputed' && state.phase !== 'rebounded') return rejected('NO_DISPUTE', { phase: state.phase }, env.pack.designation.rule);
  const coHandlers = body.coHandlers ?? [];
  if (coHandlers.includes(body.unit)) return rejected('LEAD_AND_CO_HANDLERS_OVERLAP', { lead: body.unit }, env.pack.jointHandling.rule);
  const book = bookOf(state, env, 'UnitDesignated');
  book.stop({ kinds: ['designate', 'rule'] });
  const before = [state.lead, ...state.coHandlers].filter((u): u is string => u !== undefined);
  if (body.unit === state.lead) {
    for (const unit of before) if (unit !== body.unit && !coHandlers.includes(unit)) book.stop({ subject: unitSubject(unit), kinds: unitKinds }, 'dropped');
    book.resume({ kinds: unitKinds });
    for (const unit of coHandlers) if (!before.includes(unit)) book.start('respond', unitSubject(unit), circumstances(state, true));
  } else {
    for (const unit of before) book.stop({ subject: unitSubject(unit), kinds: unitKinds }, 'dropped');
    book.stop({ kinds: ['rule-delay'] }, 'dropped');
    startOrder(book, body.unit, coHandlers, state);
  }
  return [{ type: 'UnitDesignated', data: { order: state.order + 1, unit: body.unit, coHandlers, reason: body.reason, round: state.round, clocks: book.changes } }];
};

/** @rule H4.2.3 L1 L4.4 */
const recordArrival: Decide<'RecordArrival'> = (body, state, env) => {
  const refusal = leadStep(state, env);
  if (refusal) return refusal;
  if (state.arrived) return rejected('ALREADY_ARRIVED', undefined, 'H4.2.3');
  const book = bookOf(state, env, 'HandlerArrived');
  const [arrive] = book.stop({ kinds: ['arrive'], subject: unitSubject(state.lead!) });
  return [{ type: 'HandlerArrived', data: { unit: state.lead!, person: env.actor.person, longitude: body.longitude, latitude: body.latitude, evidence: body.evidence ?? [], late: arrive?.late ?? false, clocks: book.changes } }];
};

/** @rule L1 L4.4 */
const givePreliminaryOpinion: Decide<'GivePreliminaryOpinion'> = (body, state, env) => {
  const refusal = leadStep(state, env);
  if (refusal) return refusal;
  if (state.opinion !== undefined) return rejected('OPINION_ALREADY_GIVEN', undefined, 'L4.4');
  const book = bookOf(state, env, 'PreliminaryOpinionGiven');
  const [opinion] = book.stop({ kinds: ['opinion'], subject: unitSubject(state.lead!) });
  return [{ type: 'PreliminaryOpinionGiven', data: { unit: state.lead!, opinion: body.opinion, late: opinion?.late ?? false, clocks: book.changes } }];
};

/** @rule X13 YD3.3 — before the limit, with the reason. */
const explainDelay: Decide<'ExplainDelay'> = (body, state, env) => {
  const refusal = leadStep(state, env);
  if (refusal) return refusal;
  if (state.pendingDelay) return rejected('DELAY_REASON_PENDING', undefined, env.pack.delay.rule);
  if (state.extensions >= env.pack.delay.times) return rejected('EXTENSIONS_USED_UP', { times: env.pack.delay.times }, env.pack.delay.rule);
  const book = bookOf(state, env, 'DelayExplained');
  const [dispose] = book.open({ kinds: ['dispose'], subject: unitSubject(state.lead!) });
  if (dispose && env.at > dispose.dueAt) return rejected('LIMIT_ALREADY_PASSED', { dueAt: dispose.dueAt }, env.pack.delay.rule);
  book.start('rule-delay', centreSubject(state.centre), circumstances(state));
  return [{ type: 'DelayExplained', data: { unit: state.lead!, reason: body.reason, asked: body.asked, clocks: book.changes } }];
};

/** @rule X13 X17 — an accepted reason moves the limit; with a rejected one an overdue case goes under supervision. */
const ruleOnDelay: Decide<'RuleOnDelay'> = (body, state, env) => {
  const refusal = wrongPlace(state, env);
  if (refusal) return refusal;
  if (!state.pendingDelay) return rejected('NO_DELAY_TO_RULE', undefined, env.pack.delay.rule);
  const { unit, asked } = state.pendingDelay;
  const book = bookOf(state, env, 'DelayRuled');
  book.stop({ kinds: ['rule-delay'] });
  if (!body.accept) {
    const ruled: CaseEvent = { type: 'DelayRuled', data: { unit, accepted: false, reason: body.reason, clocks: book.changes } };
    const overdue = book.open({ kinds: ['dispose'], subject: unitSubject(unit) }).find((c) => c.breached);
    return overdue ? [ruled, ...openSupervision(state, env, { unit, cause: 'overdue', clock: overdue.id })] : [ruled];
  }
  const extension = body.extension ?? asked;
  const dispose = { kinds: ['dispose'] as const, subject: unitSubject(unit) };
  // Minutes and working days compare by where they lead.
  const longest = bookOf(state, env, 'longest extension');
  longest.extend(dispose, env.pack.delay.extensionMax);
  book.extend(dispose, extension);
  const [moved] = book.open(dispose);
  if (moved && moved.dueAt > longest.open(dispose)[0]!.dueAt) return rejected('EXTENSION_TOO_LONG', { ...env.pack.delay.extensionMax }, env.pack.delay.rule);
  return [{ type: 'DelayRuled', data: { unit, accepted: true, reason: body.reason, extension, clocks: book.changes } }];
};

/** @rule X14 */
const contributeWork: Decide<'ContributeWork'> = (body, state, env) => {
  const refusal = wrongUnit(state, env) ?? wrongPhase(state, 'dispatched', 'NOT_IN_HANDLING', env.pack.jointHandling.rule);
  if (refusal) return refusal;
  return [{ type: 'WorkContributed', data: { unit: env.actor.unit!, note: body.note, evidence: body.evidence ?? [], clocks: [] } }];
};

/** @rule X13 X14 H4.2.6 — by the lead only, signed by the unit's leader in charge. A result ends what it implies. */
const submitResult: Decide<'SubmitResult'> = (body, state, env) => {
  const refusal = leadStep(state, env);
  if (refusal) return refusal;
  const signedBy = body.signedBy ?? (env.actor.role === 'unit-leader' ? env.actor.person : undefined);
  if (env.pack.result.signatureRequired && !signedBy) return rejected('SIGNATURE_REQUIRED', { unit: state.lead }, env.pack.result.rule);
  const book = bookOf(state, env, 'ResultSubmitted');
  const stopped = book.stop({ subject: unitSubject(state.lead!), kinds: unitKinds });
  book.stop({ kinds: ['respond'] }, 'dropped');
  book.stop({ kinds: ['rule', 'rule-delay'] }, 'dropped');
  const supervision = book.stop({ kinds: ['supervision'] });
  if (env.pack.verification.onTheSpot) book.start('verify', state.gridWorker ? `worker:${state.gridWorker}` : centreSubject(state.centre), circumstances(state));
  const events: CaseEvent[] = [{
    type: 'ResultSubmitted',
    data: { unit: state.lead!, result: body.result, signedBy: signedBy ?? env.actor.person, evidence: body.evidence ?? [], round: state.round, late: stopped.find((c) => c.kind === 'dispose')?.late ?? false, clocks: book.changes },
  }];
  if (state.supervision) events.push({ type: 'SupervisionLifted', data: { unit: state.supervision.unit, inTime: !supervision.some((c) => c.late), clocks: [] } });
  return events;
};

/** @rule X16 L4.5 — the grid worker looks on the spot and proposes to close or to redo. */
const verifyResult: Decide<'VerifyResult'> = (body, state, env) => {
  if (env.actor.role !== 'system' && !covers(env.actor.jurisdiction, state.place.gridCode)) return rejected('OUTSIDE_JURISDICTION');
  if (state.phase !== 'submitted') return rejected('NO_RESULT_TO_VERIFY', { phase: state.phase }, env.pack.verification.rule);
  const book = bookOf(state, env, 'ResultVerified');
  book.stop({ kinds: ['verify'] });
  if (body.proposal === 'close') startNext(book, { ...state, confirmed: false, callBack: undefined }, env);
  const verified: CaseEvent = {
    type: 'ResultVerified',
    data: { worker: env.actor.person, proposal: body.proposal, note: body.note, evidence: body.evidence ?? [], longitude: body.longitude, latitude: body.latitude, clocks: book.changes },
  };
  return body.proposal === 'close' ? [verified] : [verified, returnForRedo(state, env, 'verification', body.note)];
};

/** The clock of the next thing the centre owes a verified case. */
const startNext = (book: ClockBook, state: Pick<CaseState, 'confirmed' | 'callBack' | 'centre' | 'grade' | 'level' | 'coHandlers' | 'place'>, env: CaseEnvironment): void => {
  const of = { grade: state.grade, level: state.level, joint: isJoint(state) };
  if (env.pack.verification.streetConfirmation && !state.confirmed) book.start('confirm', centreSubject(state.place.gridCode.slice(0, 9)), of);
  else if (env.pack.callBack.required && !state.callBack) book.start('call-back', centreSubject(state.centre), of);
  else book.start('close', centreSubject(state.centre), of);
};

/** @rule H4.2.7 X16 — back to the unit; its time starts again from receipt. */
const returnForRedo = (state: CaseState, env: CaseEnvironment, cause: 'verification' | 'confirmation' | 'untrue' | 'dissatisfied', reason: string): CaseEvent => {
  const book = bookOf(state, env, 'CaseReturned');
  startOrder(book, state.lead!, state.coHandlers, state);
  return { type: 'CaseReturned', data: { unit: state.lead!, cause, reason, round: state.round + 1, clocks: book.changes } };
};

/** @rule L4.5 — by the street's sub-centre or a centre above it. */
const confirmResult: Decide<'ConfirmResult'> = (body, state, env) => {
  const street = state.place.gridCode.slice(0, 9);
  if (!covers(env.actor.jurisdiction, street)) return rejected('OUTSIDE_JURISDICTION');
  const rule = env.pack.verification.confirmationRule ?? env.pack.verification.rule;
  if (!env.pack.verification.streetConfirmation) return rejected('CONFIRMATION_NOT_FORESEEN', { pack: env.pack.id }, rule);
  if (state.phase !== 'verified') return rejected('NOT_VERIFIED', { phase: state.phase }, env.pack.verification.rule);
  if (state.confirmed) return rejected('ALREADY_CONFIRMED', undefined, rule);
  const book = bookOf(state, env, 'ResultConfirmed');
  book.stop({ kinds: ['confirm'] });
  if (body.confirmed) startNext(book, { ...state, confirmed: true }, env);
  const confirmed: CaseEvent = { type: 'ResultConfirmed', data: { centre: env.actor.jurisdiction, confirmed: body.confirmed, note: body.note ?? '', clocks: book.changes } };
  return body.confirmed ? [confirmed] : [confirmed, returnForRedo(state, env, 'confirmation', body.note ?? '')];
};

/** @rule H4.2.7 H4.1.3 H4.2.5 */
const recordCallBack: Decide<'RecordCallBack'> = (body, state, env) => {
  const refusal = wrongPlace(state, env);
  if (refusal) return refusal;
  if (state.phase !== 'verified') return rejected('NOT_VERIFIED', { phase: state.phase }, env.pack.verification.rule);
  if (env.pack.verification.streetConfirmation && !state.confirmed) return rejected('NOT_CONFIRMED', undefined, env.pack.verification.confirmationRule ?? env.pack.verification.rule);
  if (state.callBack) return rejected('CALL_BACK_ALREADY_RECORDED', undefined, env.pack.callBack.rule);
  const book = bookOf(state, env, 'CallBackRecorded');
  const good = body.truthful && body.satisfied;
  if (body.reached) {
    book.stop({ kinds: ['call-back', 'close'] });
    if (good) startNext(book, { ...state, callBack: { truthful: true, satisfied: true, at: env.at } }, env);
  }
  const recorded: CaseEvent = { type: 'CallBackRecorded', data: { medium: body.medium, reached: body.reached, truthful: body.truthful, satisfied: body.satisfied, note: body.note ?? '', evidence: body.evidence ?? [], clocks: book.changes } };
  if (!body.reached || good) return [recorded];
  const returned = returnForRedo(state, env, body.truthful ? 'dissatisfied' : 'untrue', body.note ?? '');
  return !body.truthful && env.pack.supervision.onUntrue ? [recorded, returned, ...openSupervision(state, env, { unit: state.lead!, cause: 'untrue' })] : [recorded, returned];
};

/** @rule X16 L4.5 H4.2.7 — never without the check on the spot, the confirmation and the call-back its pack asks for. */
const closeCase: Decide<'CloseCase'> = (body, state, env) => {
  const refusal = wrongPlace(state, env);
  if (refusal) return refusal;
  if (!isOpen(state)) return rejected('CASE_CLOSED', { phase: state.phase }, 'X16');
  if (state.phase !== 'verified' && !(state.phase === 'submitted' && !env.pack.verification.onTheSpot)) return rejected('NOT_VERIFIED', { phase: state.phase }, env.pack.verification.rule);
  if (env.pack.verification.streetConfirmation && !state.confirmed) return rejected('NOT_CONFIRMED', undefined, env.pack.verification.confirmationRule ?? env.pack.verification.rule);
  if (env.pack.callBack.required && !state.callBack) return rejected('CALL_BACK_MISSING', undefined, env.pack.callBack.rule);
  const book = bookOf(state, env, 'CaseClosed');
  book.stop({ kinds: ['close'] });
  book.stop({}, 'dropped');
  return [{ type: 'CaseClosed', data: { summary: body.summary ?? '', ...(state.callBack && { satisfied: state.callBack.satisfied }), onTime: !state.everLate, clocks: book.changes } }];
};

/** @rule H4.2.8 */
const archiveCase: Decide<'ArchiveCase'> = (body, state, env) =>
  wrongPlace(state, env)
  ?? (state.phase === 'archived' ? rejected('ALREADY_ARCHIVED', undefined, 'H4.2.8') : undefined)
  ?? wrongPhase(state, 'closed', 'NOT_CLOSED', 'H4.2.8')
  ?? [{ type: 'CaseArchived', data: { sha256: body.sha256, bytes: body.bytes, events: body.events, headHash: body.headHash, clocks: [] } }];

/** @rule YD3.4 X4 X11 — what exceeds the level goes up; the centre above gets its own time to dispatch. */
const handUp: Decide<'HandUpCase'> = (body, state, env) => {
  const refusal = wrongPlace(state, env) ?? wrongPhase(state, 'filed', 'NOT_AWAITING_DISPATCH', env.pack.handUp.rule);
  if (refusal) return refusal;
  const rank = { community: 0, street: 1, district: 2 } as const;
  if (rank[body.to] <= rank[state.level] || !covers(body.centre, state.centre) || body.centre.length >= state.centre.length) return rejected('NOT_A_HIGHER_LEVEL', { from: state.level, to: body.to }, env.pack.handUp.rule);
  const book = bookOf(state, env, 'CaseHandedUp');
  book.stop({ kinds: ['hand-up', 'dispatch'] });
  const of = { grade: state.grade, level: body.to, joint: false };
  book.start('dispatch', centreSubject(body.centre), of);
  if (body.to !== 'district') book.start('hand-up', centreSubject(body.centre), of);
  return [{ type: 'CaseHandedUp', data: { from: state.level, to: body.to, centre: body.centre, reason: body.reason, clocks: book.changes } }];
};

/** @rule L4.5 — the district's centre samples closed cases. */
const sampleCase: Decide<'SampleCase'> = (body, state, env) => {
  if (env.actor.jurisdiction !== state.district) return rejected('DISTRICT_CENTRE_ONLY', { district: state.district }, 'L4.5');
  if (isOpen(state)) return rejected('NOT_CLOSED', { phase: state.phase }, 'L4.5');
  return [{ type: 'CaseSampled', data: { good: body.good, note: body.note ?? '', clocks: [] } }];
};

/** A clock that was stopped, moved or already marked meanwhile: nothing happens. @rule L4.6 */
const warnClock: Decide<'WarnClock'> = (body, state, env) => {
  const clock = state.clocks[body.clock];
  if (!clock || clock.status !== 'running' || clock.warned || clock.breached || clock.warnAt !== body.warnAt) return [];
  if (env.now < body.warnAt) return rejected('CLOCK_NOT_DUE', { dueAt: body.warnAt });
  return [{ type: 'ClockWarned', data: { clock: clock.id, kind: clock.kind, subject: clock.subject, warnAt: body.warnAt, dueAt: clock.dueAt, clocks: [] } }];
};

/** The decider sees a disposal that came first, so there is no false breach. @rule X17 L5.4 H4.2.5 */
const breachClock: Decide<'BreachClock'> = (body, state, env) => {
  const clock = state.clocks[body.clock];
  if (!clock || clock.status !== 'running' || clock.breached || clock.dueAt !== body.dueAt) return [];
  if (env.now <= body.dueAt) return rejected('CLOCK_NOT_DUE', { dueAt: body.dueAt });
  const breached: CaseEvent = { type: 'ClockBreached', data: { clock: clock.id, kind: clock.kind, subject: clock.subject, dueAt: clock.dueAt, rule: clock.rule, clocks: [] } };
  return [breached, ...afterBreach(state, env, clock)];
};

/** @rule L5.4 H5.2 */
const urgeUnit: Decide<'UrgeUnit'> = (body, state, env) => {
  const refusal = wrongPlace(state, env);
  if (refusal) return refusal;
  if (![state.lead, ...state.coHandlers].includes(body.unit) || state.phase !== 'dispatched') return rejected('NOT_IN_HANDLING', { phase: state.phase }, 'L5.4');
  return [{ type: 'UnitUrged', data: { unit: body.unit, clock: body.clock, notice: body.notice, rule: 'L5.4', clocks: [] } }];
};

/** @rule X17 H4.2.5 L5.4 — by the supervision office or the centre's director. */
const superviseCase: Decide<'OpenSupervision'> = (body, state, env) => {
  const refusal = wrongPlace(state, env);
  if (refusal) return refusal;
  if (!isOpen(state) || ![state.lead, ...state.coHandlers].includes(body.unit)) return rejected('NOT_IN_HANDLING', { phase: state.phase }, env.pack.supervision.rule);
  if (state.supervision) return rejected('SUPERVISION_ALREADY_OPEN', { unit: state.supervision.unit }, env.pack.supervision.rule);
  return openSupervision(state, env, { unit: body.unit, cause: body.cause });
};

/** @rule N2 — moves open working-time deadlines by a recorded decision; nothing when none moves. */
const applyCalendar: Decide<'ApplyCalendar'> = (body, state, env) => {
  if (!isOpen(state) || state.calendar === body.calendar) return [];
  const book = bookOf(state, env, 'DeadlinesMoved');
  book.moveForCalendar();
  return book.changes.length === 0 ? [] : [{ type: 'DeadlinesMoved', data: { calendar: body.calendar, reason: body.reason, clocks: book.changes } }];
};

const decisions: { [K in Exclude<CaseCommandType, 'FileCase'>]: Decide<K> } = {
  JoinReportToCase: joinReport, PhoneUnit: phoneUnit, DispatchCase: dispatchCase, AcknowledgeDispatch: acknowledge, ReboundCase: rebound, RuleOnRebound: ruleOnRebound,
  RaiseDispute: raiseDispute, DesignateUnit: designateUnit, RecordArrival: recordArrival, GivePreliminaryOpinion: givePreliminaryOpinion, ExplainDelay: explainDelay, RuleOnDelay: ruleOnDelay,
  ContributeWork: contributeWork, SubmitResult: submitResult, VerifyResult: verifyResult, ConfirmResult: confirmResult, RecordCallBack: recordCallBack, CloseCase: closeCase, ArchiveCase: archiveCase,
  HandUpCase: handUp, SampleCase: sampleCase, WarnClock: warnClock, BreachClock: breachClock, UrgeUnit: urgeUnit, OpenSupervision: superviseCase, ApplyCalendar: applyCalendar,
};
