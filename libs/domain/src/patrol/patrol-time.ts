/** How long a worker has to be on patrol in a working day, by the level of his grid, against how long he was. */
import { covers, type District } from '../registry/directory';
import type { PolicyPack } from '../policy/pack';
import type { WorkingTime } from '../time/working-calendar';

export interface PatrolDuty { worker: string; /** Level of the grid that asks most of him. */ level: number; gridCodes: string[]; required: number }
export interface PatrolTime extends PatrolDuty { minutes: number; patrols: number; /** Minutes that are missing. */ short: number }

/**
 * Workers of whose grids the pack asks a time, with what it asks of them on that date: nothing on a rest day. Who has grids of two levels
 * owes the longer time once, not both.
 * @rule YD X11
 */
export function patrolDuties(district: Pick<District, 'grids'>, pack: PolicyPack, workingTime: Pick<WorkingTime, 'isWorkingDay'>, date: string, within: string): PatrolDuty[] {
  const minutesOf = new Map(pack.patrol?.minutesPerWorkingDay.map(({ level, minutes }) => [level, minutes]));
  const working = workingTime.isWorkingDay(date);
  const duties = new Map<string, PatrolDuty>();
  for (const { code, tier, workers } of district.grids.values()) {
    const minutes = minutesOf.get(tier);
    if (minutes === undefined || !covers(within, code)) continue;
    const required = working ? minutes : 0;
    for (const worker of workers) {
      const known = duties.get(worker);
      const gridCodes = [...(known?.gridCodes ?? []), code];
      duties.set(worker, known && known.required >= required ? { ...known, gridCodes } : { worker, level: tier, gridCodes, required });
    }
  }
  return [...duties.values()].sort((a, b) => (a.worker < b.worker ? -1 : 1));
}

/** @rule YD */
export const patrolTime = (duty: PatrolDuty, walked: { minutes: number; patrols: number } = { minutes: 0, patrols: 0 }): PatrolTime => ({ ...duty, ...walked, short: Math.max(0, duty.required - walked.minutes) });
