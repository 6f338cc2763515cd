/** Patrols of a worker on one day: stream `patrol-{worker}.{date}`. What was checked, where, how long. */
import { rejected, type Actor, type DomainEvent, type Instant, type PatrolEvent, type Rejection, type StoredEvent } from '@gridcase/events';
import { covers, type District } from '../registry/directory';
import type { WorkingTime } from '../time/working-calendar';

/** By worker and day, so that an overlap is seen in the stream itself. */
export const patrolStream = (worker: string, date: string): string => `patrol-${worker}.${date}`;

export interface RecordPatrol {
  patrolId: string; district: string; gridCode: string; startedAt: Instant; endedAt: Instant;
  checks: { itemCode: string; found: boolean; note?: string }[]; track?: { at: Instant; longitude: number; latitude: number }[];
}
export interface PatrolEnvironment { at: Instant; actor: Actor; district: Readonly<District>; workingTime: WorkingTime }

export interface PatrolDay { patrols: { patrolId: string; gridCode: string; startedAt: Instant; endedAt: Instant }[] }
export const patrolDecider = {
  initialState: (): PatrolDay => ({ patrols: [] }),
  evolve: (state: PatrolDay, event: StoredEvent): PatrolDay => {
    const { patrolId, gridCode, startedAt, endedAt } = (event as unknown as PatrolEvent).data;
    return { patrols: [...state.patrols, { patrolId, gridCode, startedAt, endedAt }] };
  },
};

/** @rule X11 YD3.3 — patrol log: whole minutes, never two places at once. */
export function recordPatrol(command: RecordPatrol, state: PatrolDay, env: PatrolEnvironment): DomainEvent[] | Rejection {
  const { patrolId, gridCode, startedAt, endedAt, checks, track = [] } = command;
  if (state.patrols.some((patrol) => patrol.patrolId === patrolId)) return [];
  const { actor, district, workingTime } = env;
  if (actor.role !== 'system' && !covers(actor.jurisdiction.slice(0, 6), command.district)) return rejected('OUTSIDE_JURISDICTION');
  const grid = district.grids.get(gridCode);
  if (!grid) return rejected('GRID_UNKNOWN', { gridCode }, 'X10');
  // An inspector goes everywhere (H3), a worker patrols the grid that is his.
  if (actor.role === 'grid-worker' && !grid.workers.includes(actor.person)) return rejected('NOT_YOUR_GRID', { gridCode }, 'X11');
  if (endedAt <= startedAt) return rejected('PATROL_TIMES_INVALID', { startedAt, endedAt }, 'X11');
  if (endedAt > env.at) return rejected('OBSERVED_LATER', { reportedAt: endedAt }, 'X18');
  if (workingTime.localDate(startedAt) !== workingTime.localDate(endedAt)) return rejected('PATROL_SPANS_DAYS', { startedAt, endedAt }, 'X11');
  const other = state.patrols.find((patrol) => startedAt < patrol.endedAt && patrol.startedAt < endedAt);
  if (other) return rejected('PATROL_OVERLAPS', { from: other.startedAt, to: other.endedAt }, 'X11');
  const unknown = checks.find((check) => !district.items.has(check.itemCode));
  if (unknown) return rejected('ITEM_UNKNOWN', { itemCode: unknown.itemCode }, 'X7');
  const minutes = Math.floor((Date.parse(endedAt) - Date.parse(startedAt)) / 60_000);
  return [{
    type: 'PatrolRecorded',
    data: { patrolId, district: command.district, worker: actor.person, gridCode, startedAt, endedAt, minutes, checks: checks.map((check) => ({ ...check, note: check.note ?? '' })), track },
  }];
}
