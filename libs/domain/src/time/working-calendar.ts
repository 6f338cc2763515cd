/**
 * Working time of a jurisdiction: which days are worked, when business opens and closes, and arithmetic on both.
 * Pure: instants go in and come out; the host's time zone and wall clock are never asked.
 */
import { IANAZone } from 'luxon';
import type { Instant } from '@gridcase/events';
import { isStatutoryYear, statutoryDay } from './statutory-days';

/** `YYYY-MM-DD` in the jurisdiction's time zone. */
export type LocalDate = string;

/** One year's holidays as a jurisdiction published them. They may name days of a neighbouring year (New Year's make-up days). */
export interface CalendarYear {
  year: number;
  holidays: { date: LocalDate; name: string }[];
  /** Make-up working days at weekends (调休). */
  workdays: LocalDate[];
  /** The notice it rests on. */
  source: string;
}
export interface Calendar {
  /** Stable id of the set of published years, such as `2025.1+2026.1`; empty when none is published. */
  version: string;
  years: Record<number, CalendarYear>;
}
/** The calendar of a set of published years. `revision`: the how-manieth publication of that year, from 1. */
export const calendarOf = (published: { revision: number; calendarYear: CalendarYear }[]): Calendar => {
  const sorted = [...published].sort((a, b) => a.calendarYear.year - b.calendarYear.year);
  return {
    version: sorted.map(({ revision, calendarYear }) => `${calendarYear.year}.${revision}`).join('+'),
    years: Object.fromEntries(sorted.map(({ calendarYear }) => [calendarYear.year, calendarYear])),
  };
};

/** Local times `HH:mm` of a working day, in order; the last may end at `24:00`. */
export interface BusinessHours { from: string; to: string }
export type ResumedWorkingTimeEnds = 'exactly' | 'close-of-business';
export interface WorkingTimeOptions {
  calendar: Calendar;
  timeZone: string;
  businessHours: readonly BusinessHours[];
  /** How a paused working-time clock goes on; `exactly` when absent. */
  resumedWorkingTimeEnds?: ResumedWorkingTimeEnds;
}

export interface WorkingTime {
  readonly calendarVersion: string;
  readonly resumedWorkingTimeEnds: ResumedWorkingTimeEnds;
  localDate(instant: Instant): LocalDate;
  isWorkingDay(date: LocalDate): boolean;
  /** Name of the statutory holiday on this day, if it is one. */
  holidayName(date: LocalDate): string | undefined;
  /** No calendar is announced for this day: plain Monday to Friday is assumed (N2). */
  isProvisional(date: LocalDate): boolean;
  /** A weekend or holiday that is not a make-up working day (H5.1). */
  isRestDay(instant: Instant): boolean;
  /** Close of business of the n-th working day after the day of `instant`, which itself is never counted (N1). n ≥ 1. */
  addWorkingDays(instant: Instant, n: number): { dueAt: Instant; provisional: boolean };
  /** Milliseconds of business hours from a to b; negative when b lies before a. */
  workingMsBetween(a: Instant, b: Instant): number;
  /** The first moment at which `ms` of business hours have passed since `instant`; a negative `ms` goes back likewise. */
  addWorkingMs(instant: Instant, ms: number): { at: Instant; provisional: boolean };
  /** When business closes on the day of `instant` (of a rest day: when it would). */
  closeOfBusiness(instant: Instant): Instant;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** Further than this no limit reaches (schema: at most 10,000 units); a calendar without working days must not loop for ever. */
const DAYS_WALKED_MAX = 50_000;

/** Days since 1970-01-01 of a local date: dates are counted, never turned into local moments. */
const dayNumber = (date: LocalDate): number => {
  const ms = /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(`${date}T00:00:00.000Z`) : NaN;
  if (Number.isNaN(ms)) throw new RangeError(`not a date YYYY-MM-DD: ${date}`);
  return ms / DAY_MS;
};
const dateOf = (day: number): LocalDate => new Date(day * DAY_MS).toISOString().slice(0, 10);
/** 1970-01-01 was a Thursday. */
const isWeekend = (day: number): boolean => ((day + 4) % 7 + 7) % 7 % 6 === 0;
const toMs = (instant: Instant): number => {
  const ms = Date.parse(instant);
  if (Number.isNaN(ms) || !instant.endsWith('Z')) throw new RangeError(`not an instant in UTC: ${instant}`);
  return ms;
};
const toInstant = (ms: number): Instant => new Date(ms).toISOString();
const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

interface Day {
  working: boolean;
  provisional: boolean;
  holiday?: string;
  /** Business hours as moments, whether worked or not: [open, close] in ms. */
  parts: readonly (readonly [number, number])[];
  workingMs: number;
}

const daysNamedBy = (calendar: Calendar): Map<LocalDate, { working: boolean; name?: string }> => {
  const named = new Map<LocalDate, { working: boolean; name?: string }>();
  const years = Object.values(calendar.years);
  // A year's own notice wins over what a neighbouring year's notice says of it.
  for (const own of [false, true]) {
    for (const { year, holidays, workdays } of years) {
      const applies = (date: LocalDate) => (Number(date.slice(0, 4)) === year) === own;
      for (const { date, name } of holidays) if (applies(date)) named.set(date, { working: false, name });
      for (const date of workdays) if (applies(date)) named.set(date, { working: true });
    }
  }
  return named;
};

/** Offset of a zone, in ms east of UTC. Asked of Intl at most twice a UTC day, exactly where the offset changes. */
const offsetsOf = (timeZone: string): ((ms: number) => number) => {
  const zone = IANAZone.create(timeZone);
  if (!zone.isValid) throw new RangeError(`unknown time zone: ${timeZone}`);
  const ask = (ms: number) => Math.round(zone.offset(ms) * MINUTE_MS);
  const ofDay = new Map<number, number>();
  return (ms) => {
    const day = Math.floor(ms / DAY_MS);
    let offset = ofDay.get(day);
    if (offset === undefined) {
      const first = ask(day * DAY_MS);
      offset = first === ask((day + 1) * DAY_MS - 1) ? first : NaN;
      ofDay.set(day, offset);
    }
    return Number.isNaN(offset) ? ask(ms) : offset;
  };
};

/** @rule N1 N2 */
export const createWorkingTime = ({ calendar, timeZone, businessHours, resumedWorkingTimeEnds = 'exactly' }: WorkingTimeOptions): WorkingTime => {
  if (businessHours.length === 0) throw new RangeError('no business hours');
  const named = daysNamedBy(calendar);
  const offsetAt = offsetsOf(timeZone);
  const hours = businessHours.map(({ from, to }) => [minutesOf(from), minutesOf(to)] as const);
  const days = new Map<number, Day>();

  const localDay = (ms: number): number => Math.floor((ms + offsetAt(ms)) / DAY_MS);
  /** A local time that a change of offset skips or repeats is taken with the offset before the change. */
  const moment = (day: number, minute: number): number => {
    const wall = day * DAY_MS + minute * MINUTE_MS;
    const before = wall - offsetAt(wall - DAY_MS);
    if (before + offsetAt(before) === wall) return before;
    const after = wall - offsetAt(wall + DAY_MS);
    return after + offsetAt(after) === wall ? after : before;
  };

  const makeDay = (day: number): Day => {
    const date = dateOf(day);
    const year = Number(date.slice(0, 4));
    const isPublished = calendar.years[year] !== undefined;
    const notice = named.get(date) ?? (isPublished ? undefined : statutoryDay(date));
    const working = notice?.working ?? !isWeekend(day);
    const parts = hours.map(([from, to]) => [moment(day, from), moment(day, to)] as const);
    return {
      working,
      provisional: !notice && !isPublished && !isStatutoryYear(year),
      ...(notice && !notice.working && { holiday: notice.name }),
      parts,
      workingMs: working ? parts.reduce((sum, [open, close]) => sum + close - open, 0) : 0,
    };
  };
  const dayAt = (day: number): Day => {
    let found = days.get(day);
    if (!found) days.set(day, found = makeDay(day));
    return found;
  };
  /** Business milliseconds of this day before the moment. */
  const workedBefore = ({ working, parts }: Day, ms: number): number =>
    working ? parts.reduce((sum, [open, close]) => sum + Math.min(Math.max(ms - open, 0), close - open), 0) : 0;
  const walkedTooFar = (): never => { throw new RangeError('no working day within reach of this calendar'); };

  const addWorkingDays = (instant: Instant, n: number) => {
    if (!Number.isInteger(n) || n < 1) throw new RangeError(`not a number of working days: ${n}`);
    const first = localDay(toMs(instant)) + 1;
    let provisional = false;
    for (let left = n, day = first; day < first + DAYS_WALKED_MAX; day++) {
      const { working, parts, provisional: assumed } = dayAt(day);
      provisional ||= assumed;
      if (working && --left === 0) return { dueAt: toInstant(parts.at(-1)![1]), provisional };
    }
    return walkedTooFar();
  };

  const workingMsBetween = (a: Instant, b: Instant): number => {
    const [from, to] = [toMs(a), toMs(b)];
    if (to < from) return 0 - workingMsBetween(b, a); // 0, never -0: it goes into events
    const [first, last] = [localDay(from), localDay(to)];
    let sum = workedBefore(dayAt(last), to) - workedBefore(dayAt(first), from);
    for (let day = first; day < last; day++) sum += dayAt(day).workingMs;
    return sum;
  };

  const addWorkingMs = (instant: Instant, ms: number) => {
    if (!Number.isInteger(ms)) throw new RangeError(`not a number of milliseconds: ${ms}`);
    if (ms === 0) return { at: instant, provisional: false };
    const start = toMs(instant);
    const step = Math.sign(ms);
    const first = localDay(start);
    const before = workedBefore(dayAt(first), start);
    // What is to be used up, counted from the edge of the first day we walk away from.
    let left = Math.abs(ms) + (step > 0 ? before : dayAt(first).workingMs - before);
    let provisional = false;
    for (let day = first; Math.abs(day - first) < DAYS_WALKED_MAX; day += step) {
      const { workingMs, parts, provisional: assumed } = dayAt(day);
      provisional ||= assumed;
      if (left > workingMs) { left -= workingMs; continue; }
      for (const [open, close] of step > 0 ? parts : [...parts].reverse()) {
        if (left <= close - open) return { at: toInstant(step > 0 ? open + left : close - left), provisional };
        left -= close - open;
      }
    }
    return walkedTooFar();
  };

  return {
    calendarVersion: calendar.version,
    resumedWorkingTimeEnds,
    localDate: (instant) => dateOf(localDay(toMs(instant))),
    isWorkingDay: (date) => dayAt(dayNumber(date)).working,
    holidayName: (date) => dayAt(dayNumber(date)).holiday,
    isProvisional: (date) => dayAt(dayNumber(date)).provisional,
    isRestDay: (instant) => !dayAt(localDay(toMs(instant))).working,
    addWorkingDays,
    workingMsBetween,
    addWorkingMs,
    closeOfBusiness: (instant) => toInstant(dayAt(localDay(toMs(instant))).parts.at(-1)![1]),
  };
};
