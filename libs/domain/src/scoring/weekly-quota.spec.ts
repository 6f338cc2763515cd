import { calendarOf, createWorkingTime } from '../time/working-calendar';
import { periodOf } from './local-period';
import { quotaWeek, requiredFinds, weekOf, type Quotas } from './weekly-quota';

const workingTime = createWorkingTime({ calendar: calendarOf([]), timeZone: 'Asia/Shanghai', businessHours: [{ from: '08:30', to: '17:30' }] });
const quotas: Quotas = { weeklyFindsMin: 2, weeklyFindsTarget: 3, warnAfterWeeksWithout: 1, replaceAfterWeeksWithout: 2, rule: 'H5.3' };
const worker = (finds: Record<string, number>, since = '2025-01-01') => ({ since, foundIn: (week: string) => finds[week] ?? 0 });
const week = (monday: string, finds: Record<string, number>, since?: string) => quotaWeek(quotas, workingTime, monday, worker(finds, since));

it('a week begins on Monday', () => {
  expect(['2025-09-21', '2025-09-22', '2025-09-28', '2025-09-29'].map(weekOf)).toEqual(['2025-09-15', '2025-09-22', '2025-09-22', '2025-09-29']);
  expect(weekOf('1969-12-31')).toBe('1969-12-29');
});

// @rule H5.3
describe('the weekly quota', () => {
  it('two finds meet it, one is below', () => {
    expect(week('2025-09-15', { '2025-09-15': 2 })).toEqual({ week: '2025-09-15', found: 2, required: 2, standing: 'met', weeksWithout: 0 });
    expect(week('2025-09-15', { '2025-09-15': 1 })).toMatchObject({ standing: 'below', weeksWithout: 0 });
  });
  it('a week with none is warned of, two running and replacement is advised', () => {
    expect(week('2025-09-15', { '2025-09-08': 1 })).toMatchObject({ standing: 'none', weeksWithout: 1, advice: 'warn' });
    expect(week('2025-09-15', { '2025-09-01': 1 })).toMatchObject({ standing: 'none', weeksWithout: 2, advice: 'replace' });
    expect(week('2025-09-15', {}, '2025-08-25')).toMatchObject({ weeksWithout: 4, advice: 'replace' });
  });
  it('National Day: the week of 1–7 October 2025 has two working days and asks for one find', () => {
    expect(week('2025-09-29', { '2025-09-29': 1 })).toMatchObject({ required: 1, standing: 'met' });
  });
  it('a week without working days asks for nothing and does not end a run', () => {
    const allOff = createWorkingTime({
      calendar: calendarOf([{ revision: 1, calendarYear: { year: 2025, holidays: ['06', '07', '08', '09', '10'].map((d) => ({ date: `2025-10-${d}`, name: '假' })), workdays: [], source: '' } }]),
      timeZone: 'Asia/Shanghai', businessHours: [{ from: '08:30', to: '17:30' }],
    });
    expect(quotaWeek(quotas, allOff, '2025-10-06', worker({}))).toMatchObject({ standing: 'no-quota', required: 0, weeksWithout: 0 });
    expect(quotaWeek(quotas, allOff, '2025-10-13', worker({ '2025-09-22': 1 }))).toMatchObject({ weeksWithout: 2, advice: 'replace' });
  });
  it('a worker registered within the week has no quota in it', () => {
    expect(week('2025-09-15', {}, '2025-09-16')).toMatchObject({ standing: 'no-quota' });
    expect(week('2025-09-15', {}, '2025-09-15')).toMatchObject({ standing: 'none', weeksWithout: 1, advice: 'warn' });
    expect(week('2025-09-22', {}, '2025-09-16')).toMatchObject({ weeksWithout: 1, advice: 'warn' });
  });
  it('asks for its share of a short week', () => expect([0, 1, 2, 3, 4, 5, 6].map((days) => requiredFinds(quotas, days))).toEqual([0, 1, 1, 2, 2, 2, 2]));
});

it('a period of local dates includes both', () => {
  expect(periodOf('2025-09-22', '2025-09-28', 'Asia/Shanghai')).toEqual({ from: '2025-09-21T16:00:00.000Z', to: '2025-09-28T16:00:00.000Z' });
  expect(() => periodOf('2025-02-30', '2025-03-01', 'Asia/Shanghai')).toThrow('not a date');
});
