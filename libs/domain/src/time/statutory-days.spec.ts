import { isHoliday } from 'chinese-days';
import { isStatutoryYear, statutoryDay, statutoryYears } from './statutory-days';

const daysOf = (year: number): string[] => {
  const first = Date.UTC(year, 0, 1);
  return Array.from({ length: (Date.UTC(year + 1, 0, 1) - first) / 86_400_000 }, (_, day) => new Date(first + day * 86_400_000).toISOString().slice(0, 10));
};

// @rule N2
describe('the statutory days of chinese-days', () => {
  it('knows every year it claims: New Year and three days of National Day at least', () => {
    for (let year: number = statutoryYears.first; year <= statutoryYears.last; year++) {
      for (const day of ['01-01', '10-01', '10-02', '10-03']) expect({ day: `${year}-${day}`, ...statutoryDay(`${year}-${day}`) }).toMatchObject({ working: false });
    }
  });

  // When an upgrade of the package brings the next year, this fails: raise statutoryYears.last.
  it('knows no more than it claims', () => {
    expect(isStatutoryYear(2027)).toBe(false);
    expect(statutoryDay('2027-10-01')).toBeUndefined();
    expect(isHoliday('2027-10-01')).toBe(false);
    expect(statutoryDay('2003-10-01')).toBeUndefined();
  });

  it('names the days of the 2025 notice and no others', () => {
    const named = daysOf(2025).map((date) => ({ date, ...statutoryDay(date) })).filter(({ name }) => name);
    expect(named.filter(({ working }) => working).map(({ date }) => date)).toEqual(['2025-01-26', '2025-02-08', '2025-04-27', '2025-09-28', '2025-10-11']);
    // 国办发明电〔2024〕12号: New Year 1, Spring Festival 8, Qingming 3, Labour Day 5, Dragon Boat 3, National Day with Mid-Autumn 8.
    expect(named.filter(({ working }) => !working)).toHaveLength(1 + 8 + 3 + 5 + 3 + 8);
    expect(statutoryDay('2025-10-06')).toEqual({ working: false, name: '中秋' });
  });
});
