import { execFileSync } from 'node:child_process';
import { calendarOf, createWorkingTime, type Calendar, type CalendarYear, type WorkingTimeOptions } from './working-calendar';

const none: Calendar = { version: '', years: {} };
const given = (options: Partial<WorkingTimeOptions> = {}) =>
  createWorkingTime({ calendar: none, timeZone: 'Asia/Shanghai', businessHours: [{ from: '08:30', to: '17:30' }], ...options });
/** A local time of Shanghai as an instant. */
const sh = (local: string): string => new Date(`${local.replace(' ', 'T')}:00.000+08:00`).toISOString();
const HOUR = 3_600_000;

// @rule N1 N2 H4.2.4 YD3.3
describe('working days across the 2025 National Day (1–8 October; worked: Sun 28 September, Sat 11 October)', () => {
  it.each([
    // The rulebook's own example (N1): Monday 10:00, three working days, Thursday at close of business.
    ['2025-09-15 10:00', 3, '2025-09-18 17:30'],
    ['2025-09-26 10:00', 1, '2025-09-28 17:30'], // Friday → the make-up Sunday
    ['2025-09-26 10:00', 3, '2025-09-30 17:30'], // 28, 29, 30
    ['2025-09-26 10:00', 5, '2025-10-10 17:30'], // 28, 29, 30, 9, 10
    ['2025-09-29 10:00', 3, '2025-10-10 17:30'], // 30, 9, 10
    ['2025-09-30 16:59', 3, '2025-10-11 17:30'], // 9, 10, make-up Saturday 11
    ['2025-09-30 16:59', 5, '2025-10-14 17:30'], // 9, 10, 11, 13, 14
    ['2025-09-30 09:00', 10, '2025-10-21 17:30'], // 9, 10, 11, 13–17, 20, 21
    ['2025-10-01 12:00', 3, '2025-10-11 17:30'], // started within the holiday
    ['2025-10-08 23:59', 1, '2025-10-09 17:30'],
    ['2025-09-30 17:30', 1, '2025-10-09 17:30'], // at close of business
    ['2025-09-30 20:00', 1, '2025-10-09 17:30'], // after hours: the day is not counted anyway
    ['2025-09-30 07:00', 1, '2025-10-09 17:30'], // before opening: nor then
  ])('%s + %i working days = %s', (start, days, due) => {
    expect(given().addWorkingDays(sh(start), days)).toEqual({ dueAt: sh(due), provisional: false });
  });
});

// @rule N1 N2
describe('working days elsewhere in the year', () => {
  it.each([
    ['Spring Festival 2025: 28 January – 4 February, worked Sun 26 January and Sat 8 February', '2025-01-24 15:00', 3, '2025-02-05 17:30'], // 26, 27, 5
    ['the same, ten days', '2025-01-24 15:00', 10, '2025-02-13 17:30'], // 26, 27, 5, 6, 7, 8, 10, 11, 12, 13
    ['a leap day is a Thursday like any other', '2024-02-28 09:00', 1, '2024-02-29 17:30'],
    ['from a leap day', '2024-02-29 09:00', 3, '2024-03-05 17:30'],
    ['at midnight the new day has begun', '2025-09-16 00:00', 1, '2025-09-17 17:30'],
    ['a minute before midnight it has not', '2025-09-15 23:59', 1, '2025-09-16 17:30'],
    ['across New Year 2025/26: 1–3 January, worked Sun 4 January', '2025-12-31 09:00', 1, '2026-01-04 17:30'],
  ])('%s', (_, start, days, due) => {
    expect(given().addWorkingDays(sh(start), days)).toEqual({ dueAt: sh(due), provisional: false });
  });

  it('never walks for ever', () => {
    const idle = { year: 2025, holidays: [], workdays: [], source: 'none' };
    expect(() => given({ calendar: { version: 'x', years: { 2025: idle } } }).addWorkingDays(sh('2025-01-01 00:00'), 60_000)).toThrow(RangeError);
    expect(() => given().addWorkingDays(sh('2025-01-01 00:00'), 0)).toThrow(RangeError);
    expect(() => given().isWorkingDay('2025-02-30x')).toThrow(RangeError);
  });
});

// @rule N2
describe('published calendars', () => {
  const year2025: CalendarYear = {
    year: 2025, source: '县政府公告', workdays: ['2025-09-28', '2025-10-11'],
    holidays: ['01', '02', '03', '04', '05', '06', '07', '08', '09'].map((day) => ({ date: `2025-10-${day}`, name: '国庆节' })),
  };

  it('take precedence over chinese-days: a holiday announced late moves the end', () => {
    expect(given().addWorkingDays(sh('2025-09-29 10:00'), 3).dueAt).toBe(sh('2025-10-10 17:30'));
    const v2 = given({ calendar: calendarOf([{ revision: 1, calendarYear: year2025 }]) });
    expect(v2.addWorkingDays(sh('2025-09-29 10:00'), 3).dueAt).toBe(sh('2025-10-11 17:30')); // 30, 10, 11
    expect(v2.isWorkingDay('2025-10-09')).toBe(false);
    // A published year is the whole truth of that year.
    expect(v2.isWorkingDay('2025-05-01')).toBe(true);
  });

  it('a year nobody announced is plain Monday to Friday and says so', () => {
    expect(given().addWorkingDays('2026-12-30T02:00:00.000Z', 1)).toEqual({ dueAt: sh('2026-12-31 17:30'), provisional: false });
    expect(given().addWorkingDays('2026-12-31T02:00:00.000Z', 1)).toEqual({ dueAt: sh('2027-01-01 17:30'), provisional: true });
    expect(given().addWorkingMs(sh('2026-12-31 17:00'), HOUR)).toEqual({ at: sh('2027-01-01 09:00'), provisional: true });
    expect(given().isProvisional('2027-10-01')).toBe(true);
    expect(given().isWorkingDay('2027-10-01')).toBe(true);
    const year2027: CalendarYear = { year: 2027, holidays: [{ date: '2027-01-01', name: '元旦' }], workdays: ['2026-12-27'], source: '国办通知' };
    const announced = given({ calendar: calendarOf([{ revision: 1, calendarYear: year2027 }]) });
    expect(announced.addWorkingDays('2026-12-31T02:00:00.000Z', 1)).toEqual({ dueAt: sh('2027-01-04 17:30'), provisional: false });
    // The notice of a year may make a Sunday of the year before a working day.
    expect(announced.isWorkingDay('2026-12-27')).toBe(true);
    expect(announced.isWorkingDay('2026-10-01')).toBe(false);
  });

  it('have a version that says which publication of which year', () => {
    const year2026 = { ...year2025, year: 2026 };
    expect(calendarOf([{ revision: 1, calendarYear: year2026 }, { revision: 2, calendarYear: year2025 }]).version).toBe('2025.2+2026.1');
    expect(calendarOf([]).version).toBe('');
  });
});

// @rule H5.1
describe('rest days', () => {
  it.each([
    ['2025-09-27 12:00', true], // Saturday
    ['2025-09-28 12:00', false], // make-up Sunday
    ['2025-10-01 00:00', true], // holiday, from its first moment
    ['2025-09-30 23:59', false],
    ['2025-10-08 23:59', true],
    ['2025-10-09 00:00', false],
    ['2025-10-11 09:00', false], // make-up Saturday
    ['2025-10-12 09:00', true],
  ])('%s → %s', (at, expected) => expect(given().isRestDay(sh(at))).toBe(expected));

  it('knows the name of a holiday', () => {
    expect(given().holidayName('2025-10-01')).toBe('国庆节');
    expect(given().holidayName('2025-10-11')).toBeUndefined();
    expect(given().holidayName('2025-10-12')).toBeUndefined();
  });
});

// @rule N1
describe('working milliseconds', () => {
  it.each([
    ['within a day', '2025-09-15 09:00', '2025-09-15 11:00', 2],
    ['a whole day', '2025-09-15 00:00', '2025-09-16 00:00', 9],
    ['over a weekend', '2025-09-19 16:30', '2025-09-22 09:30', 2],
    ['over National Day', '2025-09-30 16:30', '2025-10-09 09:30', 2],
    ['within a holiday', '2025-10-02 09:00', '2025-10-07 09:00', 0],
    ['the make-up Sunday counts', '2025-09-27 09:00', '2025-09-29 08:30', 9],
    ['backwards', '2025-09-15 11:00', '2025-09-15 09:00', -2],
  ])('%s', (_, a, b, hours) => expect(given().workingMsBetween(sh(a), sh(b))).toBe(hours * HOUR));

  it.each([
    ['2025-09-30 16:30', 1, '2025-09-30 17:30'], // to the close itself, not to the next opening
    ['2025-09-30 16:30', 2, '2025-10-09 09:30'],
    ['2025-10-03 12:00', 1, '2025-10-09 09:30'],
    ['2025-09-15 06:00', 9, '2025-09-15 17:30'],
    ['2025-09-16 09:30', -2, '2025-09-15 16:30'],
    ['2025-10-03 12:00', -1, '2025-09-30 16:30'],
  ])('%s + %d h = %s', (start, hours, end) => expect(given().addWorkingMs(sh(start), hours * HOUR).at).toBe(sh(end)));

  it('leaves out a lunch break', () => {
    const siesta = given({ businessHours: [{ from: '08:30', to: '12:00' }, { from: '14:00', to: '18:00' }] });
    expect(siesta.workingMsBetween(sh('2025-09-15 11:00'), sh('2025-09-15 15:00'))).toBe(2 * HOUR);
    expect(siesta.addWorkingMs(sh('2025-09-15 11:30'), HOUR).at).toBe(sh('2025-09-15 14:30'));
    expect(siesta.addWorkingMs(sh('2025-09-15 11:30'), HOUR / 2).at).toBe(sh('2025-09-15 12:00'));
    expect(siesta.addWorkingMs(sh('2025-09-15 14:30'), -HOUR).at).toBe(sh('2025-09-15 11:30'));
    expect(siesta.addWorkingDays(sh('2025-09-15 11:30'), 1).dueAt).toBe(sh('2025-09-16 18:00'));
  });
});

// @rule N1
describe('time zones', () => {
  it('is right where clocks change: New York, 2 November (25 hours) and 9 March (23 hours) 2025', () => {
    const newYork = given({ timeZone: 'America/New_York', businessHours: [{ from: '00:00', to: '24:00' }], calendar: { version: '2025.1', years: { 2025: { year: 2025, holidays: [], workdays: ['2025-03-09', '2025-11-02'], source: 'test' } } } });
    expect(newYork.workingMsBetween('2025-11-02T04:00:00.000Z', '2025-11-03T05:00:00.000Z')).toBe(25 * HOUR);
    expect(newYork.workingMsBetween('2025-03-09T05:00:00.000Z', '2025-03-10T04:00:00.000Z')).toBe(23 * HOUR);
    expect(newYork.addWorkingDays('2025-10-31T12:00:00.000Z', 1).dueAt).toBe('2025-11-03T05:00:00.000Z');
    expect(newYork.localDate('2025-11-02T03:59:59.999Z')).toBe('2025-11-01');
    expect(newYork.localDate('2025-11-02T04:00:00.000Z')).toBe('2025-11-02');
    expect(newYork.localDate('2025-11-03T04:59:59.999Z')).toBe('2025-11-02');
  });

  it('takes half-hour zones and refuses unknown ones', () => {
    expect(given({ timeZone: 'Asia/Kolkata' }).closeOfBusiness('2025-09-15T18:30:00.000Z')).toBe('2025-09-16T12:00:00.000Z');
    expect(() => given({ timeZone: 'Mars/Olympus' })).toThrow(RangeError);
  });

  it('does not depend on the time zone of the host', () => {
    const script = `
      const { transformFileSync } = require('@swc/core');
      require.extensions['.ts'] = (module, file) => module._compile(transformFileSync(file, { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } }).code, file);
      const { createWorkingTime } = require(process.argv[1]);
      const time = createWorkingTime({ calendar: { version: '', years: {} }, timeZone: 'Asia/Shanghai', businessHours: [{ from: '08:30', to: '17:30' }] });
      const hash = require('node:crypto').createHash('sha256');
      for (let ms = Date.UTC(2024, 0, 1); ms < Date.UTC(2027, 1, 1); ms += 5 * 3600000) {
        const at = new Date(ms).toISOString();
        const date = time.localDate(at);
        hash.update(JSON.stringify([at, date, time.isWorkingDay(date), time.holidayName(date), time.addWorkingDays(at, 3), time.addWorkingMs(at, 7777777)]));
      }
      console.log(new Date(0).getTimezoneOffset(), hash.digest('hex'));`;
    const run = (TZ: string) => execFileSync(process.execPath, ['-e', script, require.resolve('./working-calendar.ts')], { env: { ...process.env, TZ }, encoding: 'utf8' }).trim().split(' ');
    const [shanghai, newYork, auckland] = [run('Asia/Shanghai'), run('America/New_York'), run('Pacific/Auckland')];
    expect(newYork[0]).toBe('300');
    expect(newYork[1]).toBe(shanghai[1]);
    expect(auckland[1]).toBe(shanghai[1]);
  });
});
