/** Clocks of every case, folded from the changes its events carry: what is still to fire, lights, supervision. */
import type { CaseEvent, StoredEvent } from '@gridcase/events';
import { communityOf, evolveClock, markBreached, markWarned, streetOf, type ClockState } from '@gridcase/domain';
import type { ColumnValues, StreamProjection } from '@gridcase/projections';
import { readModelOf, type ReadModelRow } from '@gridcase/service';

export interface SupervisionRecord {
  unit: string; cause: string; rule: string; body: { zh: string; en: string }; openedAt: string; dueAt: string;
  /** `lapsed`: not put right within its term, so that accountability follows. */
  state: 'open' | 'lifted' | 'lapsed';
  liftedAt?: string;
  accountability?: { rule: string; body: { zh: string; en: string }; at: string };
}
export interface CaseClocks {
  caseId: string; number: string; district: string; gridCode: string; level: string; centre: string; item: string; grade: string;
  policy: { pack: string; version: number };
  lead?: string;
  /** Every unit that ever had an order of this case: it may look at its clocks. */
  units: string[];
  open: boolean;
  calendar: string;
  clocks: Record<string, ClockState>;
  supervisions: SupervisionRecord[];
  urges: { unit: string; at: string; rule: string; notice: string }[];
}

/** A breach is after the due moment; done at that very moment is in time. Stored times have milliseconds. */
const BREACH_AFTER_MS = 1;
const plus = (instant: string, ms: number): string => new Date(Date.parse(instant) + ms).toISOString();

export interface DueRow { clock: string; fires: 'warn' | 'due'; moment: string; fire_at: string }
/** @rule L4.6 X17 — only what runs and has not fired yet. */
export const dueRows = (clock: ClockState): DueRow[] => (clock.status !== 'running' || clock.breached ? [] : [
  ...(clock.warnAt && !clock.warned ? [{ clock: clock.id, fires: 'warn' as const, moment: clock.warnAt, fire_at: clock.warnAt }] : []),
  { clock: clock.id, fires: 'due' as const, moment: clock.dueAt, fire_at: plus(clock.dueAt, BREACH_AFTER_MS) },
]);

/**
 * The moments from which on a clock is yellow and red, as long as nothing else happens to it: so that lights are right at any
 * moment without a write. A paused clock stands where it was paused, a stopped one has no light.
 * @rule L4.6
 */
export const lightMoments = (clock: ClockState): { yellow_at?: string; red_at?: string } => {
  if (clock.status === 'stopped') return {};
  const always = clock.startedAt;
  if (clock.status === 'running') return { red_at: clock.breached ? always : plus(clock.dueAt, BREACH_AFTER_MS), yellow_at: clock.warned ? always : clock.warnAt };
  const stands = clock.runs.at(-1)!.to!;
  return { ...((clock.breached || stands > clock.dueAt) && { red_at: always }), ...((clock.warned || (clock.warnAt !== undefined && stands >= clock.warnAt)) && { yellow_at: always }) };
};

const unitOf = (subject: string): string | undefined => (subject.startsWith('unit:') ? subject.slice('unit:'.length) : undefined);
const clockRow = (doc: CaseClocks, clock: ClockState): ColumnValues => ({
  clock: clock.id, kind: clock.kind, subject: clock.subject, unit: unitOf(clock.subject), status: clock.status, started_at: clock.startedAt, due_at: clock.dueAt, warn_at: clock.warnAt,
  grid: doc.gridCode, centre: doc.centre, district: doc.district, ...lightMoments(clock),
});

const nullable = { type: 'text', nullable: true } as const;
const text = { type: 'text' } as const;
const moment = { type: 'timestamptz' } as const;
const nullableMoment = { type: 'timestamptz', nullable: true } as const;

/** @rule X13 X17 H4.2.3 H4.2.4 H4.2.5 L1 L4.4 L4.6 L5.4 YD3.3 */
export const caseClocksProjection: StreamProjection<CaseClocks> = {
  name: 'case_clocks',
  version: 1,
  categories: ['case'],
  columns: { district: text, street: nullable, community: nullable, grid: text, centre: text, lead: nullable, units: { type: 'text[]' }, open: { type: 'boolean' }, calendar: text, working_time: { type: 'boolean' } },
  indexes: ['(district, id) where open and working_time', '(grid text_pattern_ops) where open'],
  details: [
    {
      name: 'clock_due',
      columns: { clock: text, fires: text, moment, fire_at: moment, district: text },
      primaryKey: ['stream_id', 'clock', 'fires'],
      indexes: ['(fire_at, stream_id, clock, fires)'],
      rows: (doc) => Object.values(doc.clocks).flatMap((clock) => dueRows(clock).map((row) => ({ ...row, district: doc.district }))),
    },
    {
      name: 'clocks',
      columns: { clock: text, kind: text, subject: text, unit: nullable, status: text, started_at: moment, due_at: moment, warn_at: nullableMoment, yellow_at: nullableMoment, red_at: nullableMoment, grid: text, centre: text, district: text },
      primaryKey: ['stream_id', 'clock'],
      indexes: [`(due_at, stream_id, clock) where status <> 'stopped'`, `(unit, due_at, stream_id, clock) where status <> 'stopped' and unit is not null`, `(grid text_pattern_ops) where status <> 'stopped'`],
      rows: (doc) => Object.values(doc.clocks).map((clock) => clockRow(doc, clock)),
    },
    {
      name: 'supervisions',
      columns: { nth: { type: 'integer' }, unit: text, state: text, opened_at: moment, grid: text, centre: text, record: { type: 'jsonb' } },
      primaryKey: ['stream_id', 'nth'],
      indexes: ['(opened_at, stream_id, nth)', '(unit, opened_at)'],
      rows: (doc) => doc.supervisions.map((record, nth) => ({ nth, unit: record.unit, state: record.state, opened_at: record.openedAt, grid: doc.gridCode, centre: doc.centre, record })),
    },
  ],
  initial: (caseId) => ({ caseId, number: '', district: '', gridCode: '', level: '', centre: '', item: '', grade: '', policy: { pack: '', version: 0 }, units: [], open: true, calendar: '', clocks: {}, supervisions: [], urges: [] }),
  evolve: evolveCaseClocks,
  extract: (doc) => ({
    district: doc.district, street: streetOf(doc.gridCode), community: communityOf(doc.gridCode), grid: doc.gridCode, centre: doc.centre, lead: doc.lead, units: doc.units, open: doc.open, calendar: doc.calendar,
    working_time: Object.values(doc.clocks).some((clock) => clock.status === 'running' && clock.limit.unit === 'workingDay'),
  }),
};

export function evolveCaseClocks(before: CaseClocks, stored: StoredEvent): CaseClocks {
  const event = stored as unknown as CaseEvent;
  const at = stored.metadata.occurredAt;
  const doc: CaseClocks = { ...before };
  if (event.data.clocks.length > 0) {
    doc.clocks = { ...before.clocks };
    for (const change of event.data.clocks) doc.clocks[change.clock] = evolveClock(doc.clocks[change.clock], change);
  }
  switch (event.type) {
    case 'CaseFiled': {
      const { number, district, place, level, centre, item, grade, policy, calendar } = event.data;
      return { ...doc, number, district, gridCode: place.gridCode, level, centre, item: item.name, grade, policy, calendar };
    }
    case 'CaseDispatched': return { ...doc, lead: event.data.lead, units: union(doc.units, [event.data.lead, ...event.data.coHandlers]) };
    case 'UnitDesignated': return { ...doc, lead: event.data.unit, units: union(doc.units, [event.data.unit, ...event.data.coHandlers]) };
    case 'CaseHandedUp': return { ...doc, level: event.data.to, centre: event.data.centre };
    case 'CaseClosed': return { ...doc, open: false };
    case 'DeadlinesMoved': {
      // The term of an open supervision moves with the calendar like any other deadline (N2).
      const term = event.data.clocks.find((change) => doc.clocks[change.clock]?.kind === 'supervision');
      const moved = { ...doc, calendar: event.data.calendar };
      return term && 'dueAt' in term ? latestSupervision(moved, (record) => ({ ...record, dueAt: term.dueAt })) : moved;
    }
    case 'ClockWarned': return marked(doc, event.data.clock, markWarned);
    case 'ClockBreached': {
      const breached = marked(doc, event.data.clock, markBreached);
      return event.data.kind === 'supervision' ? latestSupervision(breached, (record) => (record.state === 'open' ? { ...record, state: 'lapsed' } : record)) : breached;
    }
    case 'UnitUrged': return { ...doc, urges: [...doc.urges, { unit: event.data.unit, at, rule: event.data.rule, notice: event.data.notice }] };
    case 'SupervisionOpened': {
      const { unit, cause, rule, body, dueAt } = event.data;
      return { ...doc, supervisions: [...doc.supervisions, { unit, cause, rule, body, openedAt: at, dueAt, state: 'open' }] };
    }
    // One that lapsed stays lapsed: that it was put right later does not undo the accountability (L5.4).
    case 'SupervisionLifted': return latestSupervision(doc, (record) => ({ ...record, state: record.state === 'open' ? 'lifted' : record.state, liftedAt: at }));
    case 'AccountabilityOpened': return latestSupervision(doc, (record) => ({ ...record, accountability: { rule: event.data.rule, body: event.data.body, at } }));
    default: return doc;
  }
}

const union = (a: readonly string[], b: readonly string[]): string[] => [...new Set([...a, ...b])];
const marked = (doc: CaseClocks, id: string, mark: (clock: ClockState) => ClockState): CaseClocks => {
  const clock = doc.clocks[id];
  return clock ? { ...doc, clocks: { ...doc.clocks, [id]: mark(clock) } } : doc;
};
const latestSupervision = (doc: CaseClocks, change: (record: SupervisionRecord) => SupervisionRecord): CaseClocks => {
  const latest = doc.supervisions.at(-1);
  return latest ? { ...doc, supervisions: [...doc.supervisions.slice(0, -1), change(latest)] } : doc;
};

/** To read them by. */
export interface ClockRow { stream_id: string; clock: string; kind: string; subject: string; unit: string | null; grid: string; status: string; started_at: Date; due_at: Date; warn_at: Date | null }
export const caseClocksView = readModelOf<ReadModelRow<CaseClocks>>(caseClocksProjection);
export const clocksView = readModelOf<ClockRow>(caseClocksProjection, 'clocks');
export const supervisionsView = readModelOf<{ stream_id: string; nth: number; grid: string; opened_at: Date; record: SupervisionRecord }>(caseClocksProjection, 'supervisions');
