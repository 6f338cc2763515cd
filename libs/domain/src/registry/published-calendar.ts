/** The working calendar a jurisdiction publishes: stream `calendar-{district}`. */
import { rejected, type CalendarYearData, type DomainEvent, type Rejection } from '@gridcase/events';
import type { Directory } from './directory';
import { districtIn, outsideJurisdiction, sameData, type RegistryEnvironment } from './registry';

export interface PublishCalendar { district: string; year: number; holidays: { date: string; name: string }[]; workdays: string[]; source: string }

const isDate = (date: string): boolean => /^\d{4}-\d\d-\d\d$/.test(date) && !Number.isNaN(Date.parse(`${date}T00:00:00.000Z`)) && new Date(`${date}T00:00:00.000Z`).toISOString().startsWith(date);
const isWeekend = (date: string): boolean => [0, 6].includes(new Date(`${date}T00:00:00.000Z`).getUTCDay());

/** A year may be published again (a holiday announced late): versions `2025.1`, `2025.2`. @rule N2 */
export function publishCalendar(command: PublishCalendar, state: Directory, env: RegistryEnvironment): DomainEvent[] | Rejection {
  const { district, year } = command;
  const refusal = outsideJurisdiction(env.actor, district) ?? calendarFault(command);
  if (refusal) return refusal;
  const byDate = (a: { date: string }, b: { date: string }) => (a.date < b.date ? -1 : 1);
  const published: CalendarYearData = { year, holidays: [...command.holidays].sort(byDate), workdays: [...command.workdays].sort(), source: command.source };
  const before = districtIn(state, district).calendars.filter((calendar) => calendar.year.year === year);
  if (before.length > 0 && sameData(before.at(-1)!.year, published)) return [];
  return [{ type: 'CalendarPublished', data: { district, version: `${year}.${before.length + 1}`, year: published, publishedAt: env.at } }];
}

function calendarFault({ year, holidays, workdays }: PublishCalendar): Rejection | undefined {
  const dates = [...holidays.map((holiday) => holiday.date), ...workdays];
  const invalid = (date: string, fault: string) => rejected('CALENDAR_INVALID', { date, fault }, 'N2');
  for (const [index, date] of dates.entries()) {
    if (!isDate(date)) return invalid(date, 'not a date');
    // A notice may name make-up days in the year before (for New Year) or after.
    if (Math.abs(Number(date.slice(0, 4)) - year) > 1) return invalid(date, 'not of this year');
    if (dates.indexOf(date) !== index) return invalid(date, 'named twice');
  }
  const workday = workdays.find((date) => !isWeekend(date));
  return workday === undefined ? undefined : invalid(workday, 'a make-up working day lies on a weekend');
}
