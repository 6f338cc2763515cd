/**
 * The State Council's yearly holiday notices as the package `chinese-days` carries them. The only file that knows it.
 *
 * Two traps of the package: outside its years it silently answers plain weekdays, and some of its answers for ordinary days go
 * through the host's local time. So it is asked only inside its years, with `YYYY-MM-DD`, and only for days a notice names.
 */
import { getDayDetail } from 'chinese-days';

/** Years whose notice the pinned version of `chinese-days` contains (statutory-days.spec.ts holds it to that). */
export const statutoryYears = { first: 2004, last: 2026 } as const;

export const isStatutoryYear = (year: number): boolean => year >= statutoryYears.first && year <= statutoryYears.last;

/** What the notice says of this day: a holiday, or a make-up working day (调休). `undefined`: it does not name the day. */
export const statutoryDay = (date: string): { working: boolean; name: string } | undefined => {
  if (!isStatutoryYear(Number(date.slice(0, 4)))) return undefined;
  const { work, name } = getDayDetail(date);
  // A day of a notice is named `National Day,国庆节,3`; any other day by its weekday.
  const chinese = name.split(',')[1];
  return chinese === undefined ? undefined : { working: work, name: chinese };
};
