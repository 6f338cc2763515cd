import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { byMoment } from './player';
import { demoDataDir, instantOf, localOf, readScenario } from './scenario';

const full = readScenario();
const short = readScenario(true);

describe('the demo’s input', () => {
  it('has at least 300 reports of two districts under different packs, most of them in words of their own', () => {
    expect(full.reports.size).toBeGreaterThanOrEqual(300);
    const of = (district: string) => [...full.reports.values()].filter((report) => report.district === district).length;
    expect(Math.min(of('610524'), of('211103'))).toBeGreaterThan(100);
    expect(new Set(Object.values(full.cast.districts).map(({ pack }) => pack)).size).toBe(2);
    expect(new Set([...full.reports.values()].map(({ description }) => description)).size).toBeGreaterThan(full.reports.size * 0.95);
    expect(new Set([...full.reports.values()].map((report) => report.description.replaceAll(report.place.address.replace(/^(合阳县|兴隆台区)/, ''), ''))).size).toBeGreaterThanOrEqual(120);
  });
  it('goes every way a report can go', () => {
    expect(Object.keys(full.run.reports)).toEqual(['emergency', 'filed', 'joined', 'refused', 'settled', 'transferred']);
  });
  it('runs over a weekend, the make-up Sunday and the National Day', () => {
    const days = new Set([...full.reports.values()].map(({ at }) => at.slice(0, 10)));
    for (const day of ['2025-09-26', '2025-09-27', '2025-09-28', '2025-09-29', '2025-09-30', '2025-10-01', '2025-10-02']) expect(days).toContain(day);
  });
  it('needs fewer than 600 moves of the clock, and no step goes back', () => {
    const moments = [...byMoment(full.steps).keys()];
    expect(moments.length).toBeLessThan(600);
    expect(moments).toEqual([...moments].sort());
  });
  it('has a short run with every story', () => {
    expect(short.reports.size).toBeLessThan(80);
    for (const ref of Object.values(full.expected.stories)) expect(short.reports.has(ref)).toBe(true);
  });
  it('names every step once: the name is the idempotency key', () => {
    expect(new Set(full.steps.map(({ id }) => id)).size).toBe(full.steps.length);
  });
  it('has Beijing time', () => {
    expect(instantOf('2025-10-11 17:30')).toBe('2025-10-11T09:30:00.000Z');
    expect(localOf('2025-09-30T16:05:00.000Z')).toBe('2025-10-01 00:05');
  });
});

// @rule N1 N2 H4.2.4 H5.2 X12
describe('what is expected of it', () => {
  it('is what the independent calculation works out, and its hand-worked figures hold', () => {
    const check = spawnSync('python3', [join(demoDataDir, 'oracle.py'), '--check'], { encoding: 'utf8' });
    if (check.error) {
      // The committed figures are still held against each other.
      console.info(`expected.json is taken as committed: ${check.error.message}`);
      expect(Object.values(full.run.reports).reduce((sum, n) => sum + n)).toBe(full.reports.size);
      return;
    }
    expect({ status: check.status, complaint: check.status === 0 ? '' : check.stderr }).toEqual({ status: 0, complaint: '' });
  });
  it('covers every refusal the demo is to show', () => {
    const shown = new Set(full.steps.flatMap(({ expect: code }) => code ?? []));
    for (const code of ['REBOUND_ALREADY_USED', 'DESIGNATED_UNIT_MAY_NOT_REFUSE', 'ORDER_IS_BINDING', 'ONLY_LEAD_FEEDS_BACK', 'NOT_VERIFIED', 'CALL_BACK_MISSING', 'NOT_CONFIRMED', 'PHONE_CALL_REQUIRED', 'LIMIT_ALREADY_PASSED', 'SIGNATURE_REQUIRED', 'OUTSIDE_JURISDICTION'])
      expect(shown).toContain(code);
  });
});
