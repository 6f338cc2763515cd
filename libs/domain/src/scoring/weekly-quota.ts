/**
 * Each worker finds two or three problems a week of five working days; a week with none is warned of, two running and the
 * grid chief is advised to replace.
 * @rule H5.3
 */
import type { LocalDate, WorkingTime } from '../time/working-calendar';
import type { PolicyPack } from '../policy/pack';

export type Quotas = NonNullable<PolicyPack['quotas']>;

const DAY_MS = 86_400_000;
const dayOf = (date: LocalDate): number => Date.parse(`${date}T00:00:00.000Z`) / DAY_MS;
const dateOf = (day: number): LocalDate => new Date(day * DAY_MS).toISOString().slice(0, 10);

export const addDays = (date: LocalDate, days: number): LocalDate => dateOf(dayOf(date) + days);
/** The Monday of the week of a date. 1970-01-01 was a Thursday. */
export const weekOf = (date: LocalDate): LocalDate => dateOf(dayOf(date) - (((dayOf(date) + 3) % 7) + 7) % 7);
export const daysOfWeek = (monday: LocalDate): LocalDate[] => Array.from({ length: 7 }, (_, day) => addDays(monday, day));
export const workingDaysOf = (monday: LocalDate, workingTime: WorkingTime): LocalDate[] => daysOfWeek(monday).filter((date) => workingTime.isWorkingDay(date));

/** Own choice: a short week asks for its share of the five days, rounded up; a week without working days asks for nothing. */
export const requiredFinds = (quotas: Quotas, workingDays: number): number => Math.ceil((quotas.weeklyFindsMin * Math.min(workingDays, 5)) / 5);

export type QuotaStanding = 'met' | 'below' | 'none' | 'no-quota';
export interface QuotaWeek { week: LocalDate; found: number; required: number; standing: QuotaStanding; weeksWithout: number; advice?: 'warn' | 'replace' }

export interface WorkerWeeks {
  /** Local date on which the worker was registered: a week counts when he was there on its first working day. */
  since: LocalDate;
  foundIn(week: LocalDate): number;
}

/** A week that asks for nothing neither counts nor ends a run of weeks without finds (own choice). */
export function quotaWeek(quotas: Quotas, workingTime: WorkingTime, week: LocalDate, worker: WorkerWeeks): QuotaWeek {
  const asks = (monday: LocalDate): number => {
    const days = workingDaysOf(monday, workingTime);
    return days.length > 0 && worker.since <= days[0]! ? requiredFinds(quotas, days.length) : 0;
  };
  const found = worker.foundIn(week);
  const required = asks(week);
  if (required === 0) return { week, found, required, standing: 'no-quota', weeksWithout: 0 };
  if (found > 0) return { week, found, required, standing: found < required ? 'below' : 'met', weeksWithout: 0 };
  let weeksWithout = 1;
  for (let monday = addDays(week, -7); addDays(monday, 6) >= worker.since && worker.foundIn(monday) === 0; monday = addDays(monday, -7)) if (asks(monday) > 0) weeksWithout += 1;
  const advice = weeksWithout >= quotas.replaceAfterWeeksWithout ? 'replace' : weeksWithout >= quotas.warnAfterWeeksWithout ? 'warn' : undefined;
  return { week, found, required, standing: 'none', weeksWithout, ...(advice && { advice }) };
}
