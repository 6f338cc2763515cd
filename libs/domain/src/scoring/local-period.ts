import { DateTime } from 'luxon';
import type { Instant } from '@gridcase/events';
import type { LocalDate } from '../time/working-calendar';
import type { Period } from './score-card';
import { addDays } from './weekly-quota';

/** When a local date begins. @throws RangeError for what is no date or no zone */
export const beginOf = (date: LocalDate, timeZone: string): Instant => {
  const begin = DateTime.fromISO(date, { zone: timeZone });
  if (!/^\d{4}-\d\d-\d\d$/.test(date) || !begin.isValid) throw new RangeError(`not a date: ${date}`);
  return begin.startOf('day').toUTC().toISO()!;
};
/** Two local dates, both included. */
export const periodOf = (from: LocalDate, to: LocalDate, timeZone: string): Period => ({ from: beginOf(from, timeZone), to: beginOf(addDays(to, 1), timeZone) });
