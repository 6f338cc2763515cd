import type { PolicyPack } from '../policy/pack';
import { calendarOf, createWorkingTime, type Calendar, type WorkingTime } from '../time/working-calendar';
import type { District } from './directory';

/** All years a district has published; of a year published again the last holds. @rule N2 */
export const publishedCalendar = ({ calendars }: Pick<District, 'calendars'>): Calendar => {
  const latest = new Map<number, { revision: number; calendarYear: District['calendars'][number]['year'] }>();
  for (const { year } of calendars) latest.set(year.year, { revision: (latest.get(year.year)?.revision ?? 0) + 1, calendarYear: year });
  return calendarOf([...latest.values()]);
};

const known = new WeakMap<District['calendars'], Map<string, { publications: number; workingTime: WorkingTime }>>();

/** Working time of a district by its newest calendar and the business hours of a pack; kept until a calendar is published. @rule N1 N2 */
export function workingTimeOf(district: Pick<District, 'calendars'>, pack: PolicyPack): WorkingTime {
  const key = JSON.stringify([pack.timeZone, pack.businessHours, pack.resumedWorkingTimeEnds]);
  let ofDistrict = known.get(district.calendars);
  if (!ofDistrict) known.set(district.calendars, (ofDistrict = new Map()));
  const found = ofDistrict.get(key);
  if (found?.publications === district.calendars.length) return found.workingTime;
  const workingTime = createWorkingTime({ calendar: publishedCalendar(district), timeZone: pack.timeZone, businessHours: pack.businessHours, resumedWorkingTimeEnds: pack.resumedWorkingTimeEnds });
  ofDistrict.set(key, { publications: district.calendars.length, workingTime });
  return workingTime;
}
