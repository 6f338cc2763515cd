/** A report before or instead of a case: stream `report-{id}`. received → sorted → filed | refused | transferred | emergency | settled | joined. */
import { isRejection, rejected, type Actor, type Instant, type Rejection, type ReportEvent, type StoredEvent } from '@gridcase/events';
import type { EvidenceRef, Place } from '../case/commands';
import type { Grade, Level, PolicyPack } from '../policy/pack';
import { covers, type District } from '../registry/directory';
import type { WorkingTime } from '../time/working-calendar';
import { caseNumber } from './case-number';
import { locateGrid } from './locate-grid';

export const reportStream = (reportId: string): string => `report-${reportId}`;

// Commands. `reportId` and what is sealed come in with them: ids and keys are made outside.
export interface ReportCommands {
  ReceiveReport: {
    reportId: string; district: string; channel: string; place: Place; description: string; itemCode?: string; evidence: EvidenceRef[]; reportedAt?: string;
    reporter?: { personId: string; sealed: string }; channelId?: string;
  };
  SortReport: { itemCode: string; grade?: Grade; importance: 'normal' | 'important'; urgency: 'normal' | 'urgent'; belonging: string; gridCode?: string };
  /** `caseId` is fixed by the report. */
  FileReport: { caseId: string; level?: Level; centre?: string };
  RefuseReport: { reasonCode: string; reason: string };
  TransferReport: { to: string; reason: string };
  RouteAsEmergency: { to: string; reason: string };
  SettleOnSpot: { itemCode: string; note: string; evidence: EvidenceRef[]; gridCode?: string };
  /** `item`: of the case as found in its stream. */
  JoinReport: { caseId: string; item: string; distanceMetres?: number };
  /** By the service itself, when the case would not take the join. */
  ReopenReport: { caseId: string; cause: string };
}
export type ReportCommand = { [K in keyof ReportCommands]: { type: K; body: ReportCommands[K] } }[keyof ReportCommands];

export interface ReportEnvironment { at: Instant; actor: Actor; district: Readonly<District>; /** In force on the local day of `at`. */ pack: PolicyPack; workingTime: WorkingTime }
export type ReportDecision = ReportEvent[] | Rejection;

// State.
type DataOf<T extends ReportEvent['type']> = Extract<ReportEvent, { type: T }>['data'];
export const reportStatuses = ['received', 'sorted', 'filed', 'refused', 'transferred', 'emergency', 'settled', 'joined'] as const;
export type ReportStatus = (typeof reportStatuses)[number];
export interface ReportState {
  status: ReportStatus;
  received: DataOf<'ReportReceived'>;
  sorted?: DataOf<'ReportSorted'>;
  /** The event that ended it, as data. */
  decision?: { type: ReportEvent['type']; data: ReportEvent['data'] };
  caseId?: string;
}
export type MaybeReport = ReportState | undefined;
export const initialReport = (): MaybeReport => undefined;

export function evolveReport(state: MaybeReport, stored: Pick<StoredEvent, 'type' | 'data'>): MaybeReport {
  const event = stored as unknown as ReportEvent;
  if (event.type === 'ReportReceived') return { status: 'received', received: event.data };
  if (!state) throw new Error(`${event.type} before ReportReceived`);
  const decided = (status: ReportStatus, caseId?: string): ReportState => ({ ...state, status, decision: { type: event.type, data: event.data }, ...(caseId && { caseId }) });
  switch (event.type) {
    case 'ReportSorted': return { ...state, status: 'sorted', sorted: event.data };
    case 'ReportFiled': return decided('filed', event.data.caseId);
    case 'ReportRefused': return decided('refused');
    case 'ReportTransferred': return decided('transferred');
    case 'ReportRoutedAsEmergency': return decided('emergency');
    case 'ReportSettledOnSpot': return decided('settled');
    case 'ReportJoinedToCase': return decided('joined', event.data.caseId);
    case 'ReportReopened': {
      const { decision: _undone, caseId: _none, ...rest } = state;
      return { ...rest, status: state.sorted ? 'sorted' : 'received' };
    }
    default: return unknownEvent(event);
  }
}
const unknownEvent = (event: never): never => { throw new Error(`unknown report event ${(event as { type: string }).type}`); };
/** What a handheld sends of a find its worker settled at once: receipt and settling in one. @rule X2 X11 */
export function settleFind(receipt: ReportCommands['ReceiveReport'], settling: ReportCommands['SettleOnSpot'], state: MaybeReport, env: ReportEnvironment): ReportDecision {
  const received = receive(receipt, state, env);
  if (isRejection(received)) return received;
  const after = received.reduce<MaybeReport>((folded, event) => evolveReport(folded, event), state);
  const settled = settle(settling, after!, env);
  return isRejection(settled) ? settled : [...received, ...settled];
}
export const reportDecider = { initialState: initialReport, evolve: evolveReport };

/** Where it lies as far as known: who may decide on it. */
export const areaOfReport = (state: ReportState): string => state.sorted?.gridCode ?? state.received.place.gridCode ?? state.received.district;

// Decisions.
export function decideReport(command: ReportCommand, state: MaybeReport, env: ReportEnvironment): ReportDecision {
  if (command.type === 'ReceiveReport') return receive(command.body, state, env);
  if (!state) return rejected('NOT_FOUND', { what: 'report' });
  switch (command.type) {
    case 'SortReport': return sort(command.body, state, env);
    case 'FileReport': return file(command.body, state, env);
    case 'RefuseReport': return refuse(command.body, state, env);
    case 'TransferReport': return end(state, env, { type: 'ReportTransferred', data: command.body });
    case 'RouteAsEmergency': return end(state, env, { type: 'ReportRoutedAsEmergency', data: command.body });
    case 'SettleOnSpot': return settle(command.body, state, env);
    case 'JoinReport': return join(command.body, state, env);
    case 'ReopenReport': return state.status === 'joined' && state.caseId === command.body.caseId ? [{ type: 'ReportReopened', data: command.body }] : [];
    default: return unknownEvent(command as never);
  }
}

/** Whose find it is: a worker's, an inspector's, a citizen's (also through the operator who took the call), another platform's. @rule X11 H5.3 */
export function foundByRole(role: string): DataOf<'ReportReceived'>['foundBy'] {
  if (role === 'grid-worker' || role === 'grid-chief') return 'worker';
  if (role === 'inspector') return 'inspector';
  return role === 'platform' || role === 'system' ? 'platform' : 'citizen';
}
const isPicture = ({ mediaType }: EvidenceRef): boolean => /^(image|video)\//.test(mediaType);

/** @rule X2 X11 L3.1 H4 H4.2.1 H5.1 — a channel's repeated delivery is the same report: it writes nothing. */
function receive(body: ReportCommands['ReceiveReport'], state: MaybeReport, env: ReportEnvironment): ReportDecision {
  if (state) return [];
  const { actor, pack, district, at } = env;
  if (actor.role !== 'system' && !covers(actor.jurisdiction.slice(0, 6), body.district)) return rejected('OUTSIDE_JURISDICTION');
  const channel = pack.channels.find(({ code }) => code === body.channel);
  if (!channel) return rejected('CHANNEL_UNKNOWN', { channel: body.channel, channels: pack.channels.map(({ code }) => code) }, 'X11');
  const reportedAt = body.reportedAt ?? at;
  if (reportedAt > at) return rejected('OBSERVED_LATER', { reportedAt }, 'X18');
  const foundBy = foundByRole(actor.role);
  if (foundBy === 'worker') {
    if (!body.evidence.some(isPicture)) return rejected('EVIDENCE_REQUIRED', {}, 'X11');
    if (body.place.longitude === undefined && !body.evidence.some(({ longitude }) => longitude !== undefined)) return rejected('LOCATION_REQUIRED', {}, 'X11');
  }
  // The document asks for the real name on its own channel (H4.2.1); the pack says which channel that is.
  if (foundBy === 'citizen' && channel.rule === 'H4.2.1' && !body.reporter) return rejected('REPORTER_REQUIRED', { channel: body.channel }, 'H4.2.1');
  if (body.itemCode !== undefined && !district.items.has(body.itemCode)) return rejected('ITEM_UNKNOWN', { itemCode: body.itemCode }, 'X7');
  const located = locateGrid(district, body.place, body.evidence);
  if (isRejection(located)) return located;
  const { gridCode: _asGiven, ...place } = body.place;
  return [{
    type: 'ReportReceived',
    data: {
      reportId: body.reportId, district: body.district, channel: body.channel, foundBy,
      // Who it counts for (H5.3); a caller is known by the sealed reporter only.
      ...((foundBy === 'worker' || foundBy === 'inspector' || actor.role === 'citizen') && { finder: actor.person }),
      place: { ...place, ...(located && { gridCode: located.gridCode }) }, description: body.description, evidence: body.evidence, reportedAt,
      ...(body.itemCode !== undefined && { itemCode: body.itemCode }), ...(body.reporter && { reporter: body.reporter }), ...(body.channelId !== undefined && { channelId: body.channelId }),
      restDay: env.workingTime.isRestDay(reportedAt), ...(located && { gridFrom: located.from }),
    },
  }];
}

const outside = (state: ReportState, { actor }: ReportEnvironment): Rejection | undefined =>
  actor.role === 'system' || covers(actor.jurisdiction, areaOfReport(state)) ? undefined : rejected('OUTSIDE_JURISDICTION');
/** The same decision again gives nothing new; another one is refused: a report is decided once. */
const alreadyDecided = (state: ReportState, event: ReportEvent): ReportDecision | undefined => {
  if (!state.decision) return undefined;
  const same = state.decision.type === event.type && (Object.keys(event.data) as (keyof typeof event.data)[]).every((key) => JSON.stringify(event.data[key]) === JSON.stringify((state.decision!.data as typeof event.data)[key]));
  return same ? [] : rejected('REPORT_ALREADY_DECIDED', { status: state.status }, 'X11');
};
const end = (state: ReportState, env: ReportEnvironment, event: ReportEvent): ReportDecision => outside(state, env) ?? alreadyDecided(state, event) ?? [event];

/** @rule H4.1.1 — by importance, urgency and business belonging. Sorting again before the decision corrects. */
function sort(body: ReportCommands['SortReport'], state: ReportState, env: ReportEnvironment): ReportDecision {
  const refusal = outside(state, env);
  if (refusal) return refusal;
  if (state.decision) return rejected('REPORT_ALREADY_DECIDED', { status: state.status }, 'H4.1.1');
  const item = env.district.items.get(body.itemCode);
  if (!item) return rejected('ITEM_UNKNOWN', { itemCode: body.itemCode }, 'X7');
  const given = body.gridCode ?? state.sorted?.gridCode ?? state.received.place.gridCode;
  if (given === undefined) return rejected('GRID_REQUIRED', {}, 'X10');
  const gridCode = currentCode(env.district, given);
  if (!gridCode) return rejected('GRID_UNKNOWN', { gridCode: given }, 'X10');
  const data = { itemCode: item.code, grade: body.grade ?? item.grade, importance: body.importance, urgency: body.urgency, belonging: body.belonging, gridCode };
  return state.sorted && (Object.keys(data) as (keyof typeof data)[]).every((key) => state.sorted![key] === data[key]) ? [] : [{ type: 'ReportSorted', data }];
}
/** The code that holds now, also for one that was replaced (Z7). */
const currentCode = (district: Readonly<District>, code: string): string | undefined => {
  let now = code;
  while (!district.grids.has(now)) {
    const next = district.recoded.get(now);
    if (next === undefined) return undefined;
    now = next;
  }
  return now;
};

const LENGTH: Record<Level, number> = { district: 6, street: 9, community: 12 };
const levelOfArea = (area: string): Level => (area.length >= 12 ? 'community' : area.length >= 9 ? 'street' : 'district');
const above: Record<Level, Level | undefined> = { community: 'street', street: 'district', district: undefined };

/** The centre that files it: the actor's own, or the one asked for; where the policy has no such level, the next one above. */
function centreFor(body: ReportCommands['FileReport'], gridCode: string, env: ReportEnvironment): { level: Level; centre: string } | Rejection {
  const known = (level: Level): boolean => env.pack.levels.some((entry) => entry.level === level);
  if (body.level && !known(body.level)) return rejected('LEVEL_NOT_IN_POLICY', { level: body.level }, 'X4');
  let level: Level = body.level ?? levelOfArea(body.centre ?? env.actor.jurisdiction);
  while (!known(level)) {
    const next = above[level];
    if (!next) return rejected('LEVEL_NOT_IN_POLICY', { level }, 'X4');
    level = next;
  }
  const centre = body.centre ?? gridCode.slice(0, LENGTH[level]);
  if (centre.length !== LENGTH[level] || !covers(centre, gridCode)) return rejected('CENTRE_NOT_OF_GRID', { centre, level, gridCode }, 'X4');
  return { level, centre };
}

/** @rule X11 — a sorted report that meets the conditions becomes a case with a number. */
function file(body: ReportCommands['FileReport'], state: ReportState, env: ReportEnvironment): ReportDecision {
  const refusal = outside(state, env);
  if (refusal) return refusal;
  if (state.decision) return state.status === 'filed' ? [] : rejected('REPORT_ALREADY_DECIDED', { status: state.status }, 'X11');
  if (!state.sorted) return rejected('REPORT_NOT_SORTED', {}, 'H4.1.1');
  const at = centreFor(body, state.sorted.gridCode, env);
  if (isRejection(at)) return at;
  const number = caseNumber(state.received.district, env.workingTime.localDate(env.at), body.caseId);
  return [{ type: 'ReportFiled', data: { caseId: body.caseId, number, ...at } }];
}

/** @rule X11 — with a reason the policy lists, and its article; the report stays. */
function refuse(body: ReportCommands['RefuseReport'], state: ReportState, env: ReportEnvironment): ReportDecision {
  const reason = env.pack.filing.refusalReasons.find(({ code }) => code === body.reasonCode);
  if (!reason) return outside(state, env) ?? rejected('REFUSAL_REASON_UNKNOWN', { reasonCode: body.reasonCode, reasons: env.pack.filing.refusalReasons.map(({ code }) => code) }, 'X11');
  return end(state, env, { type: 'ReportRefused', data: { ...body, rule: reason.rule } });
}

/** @rule X2 X11 L4.4 — 自行处置: by the worker who found it, with evidence. */
function settle(body: ReportCommands['SettleOnSpot'], state: ReportState, env: ReportEnvironment): ReportDecision {
  const { actor, district } = env;
  if (foundByRole(actor.role) !== 'worker') return rejected('WORKER_ONLY', {}, 'X2');
  const given = body.gridCode ?? state.sorted?.gridCode ?? state.received.place.gridCode;
  if (given === undefined) return rejected('GRID_REQUIRED', {}, 'X10');
  const gridCode = currentCode(district, given);
  if (!gridCode) return rejected('GRID_UNKNOWN', { gridCode: given }, 'X10');
  if (state.received.finder !== actor.person && !covers(actor.jurisdiction, gridCode)) return rejected('NOT_YOUR_REPORT', {}, 'X2');
  if (!body.evidence.some(isPicture)) return rejected('EVIDENCE_REQUIRED', {}, 'X11');
  if (!district.items.has(body.itemCode)) return rejected('ITEM_UNKNOWN', { itemCode: body.itemCode }, 'X7');
  const event: ReportEvent = { type: 'ReportSettledOnSpot', data: { worker: actor.person, note: body.note, evidence: body.evidence, itemCode: body.itemCode, gridCode } };
  return alreadyDecided(state, event) ?? [event];
}

/** @rule H5.2 — confirmed by a person; the distance was only a suggestion. */
function join(body: ReportCommands['JoinReport'], state: ReportState, env: ReportEnvironment): ReportDecision {
  const refusal = outside(state, env);
  if (refusal) return refusal;
  if (state.decision) return state.status === 'joined' && state.caseId === body.caseId ? [] : rejected('REPORT_ALREADY_DECIDED', { status: state.status }, 'H5.2');
  const reportItem = state.sorted?.itemCode ?? state.received.itemCode;
  if (reportItem !== undefined && reportItem !== body.item) return rejected('JOIN_OTHER_ITEM', { caseItem: body.item, reportItem }, 'H5.2');
  return [{ type: 'ReportJoinedToCase', data: { caseId: body.caseId, ...(body.distanceMetres !== undefined && { distanceMetres: body.distanceMetres }), confirmedBy: env.actor.person } }];
}
