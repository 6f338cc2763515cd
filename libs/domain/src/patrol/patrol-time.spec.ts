import type { Grid } from '@gridcase/events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePack } from '../policy/load-pack';
import { patrolDuties, patrolTime } from './patrol-time';

const pack = (name: string) => {
  const parsed = parsePack(readFileSync(join(__dirname, '../../../../policies', `${name}.yaml`), 'utf8'));
  if (!parsed.ok) throw new Error('the pack does not parse');
  return parsed.pack;
};
const grid = (code: string, tier: number, ...workers: string[]): [string, Grid] => [code, { code, name: '', tier, kind: tier === 3 ? 'grid' : 'community', workers, unusualSize: false }];
const district = { grids: new Map([grid('211103001', 1, 'w-street'), grid('211103001001', 2, 'w-community', 'w-both'), grid('211103001001001', 3, 'w-both', 'w-grid'), grid('211103002001001', 3, 'w-elsewhere', 'w-grid')]) };
const workdays = { isWorkingDay: (date: string) => date !== '2025-10-01' };
const duties = (date: string, within = '211103', name = 'xinglongtai-2016') => patrolDuties(district, pack(name), workdays, date, within);

// @rule YD
describe('patrol time', () => {
  it('is one hour a working day at level 2 and two at level 3; two levels owe the longer once', () => {
    expect(duties('2025-09-22')).toEqual([
      { worker: 'w-both', level: 3, gridCodes: ['211103001001', '211103001001001'], required: 120 },
      { worker: 'w-community', level: 2, gridCodes: ['211103001001'], required: 60 },
      { worker: 'w-elsewhere', level: 3, gridCodes: ['211103002001001'], required: 120 },
      { worker: 'w-grid', level: 3, gridCodes: ['211103001001001', '211103002001001'], required: 120 },
    ]);
  });
  it('is not owed on a rest day, nor under a pack that asks none; only who works within the area is shown', () => {
    expect(duties('2025-10-01').map(({ required }) => required)).toEqual([0, 0, 0, 0]);
    expect(duties('2025-09-22', '211103', 'heyang-2020')).toEqual([]);
    expect(duties('2025-09-22', '211103002').map(({ worker }) => worker)).toEqual(['w-elsewhere', 'w-grid']);
  });
  it.each([[undefined, 120], [{ minutes: 65, patrols: 1 }, 55], [{ minutes: 120, patrols: 2 }, 0], [{ minutes: 300, patrols: 3 }, 0]])('after %j is short of %d minutes', (walked, short) => {
    const [both] = duties('2025-09-22');
    expect(patrolTime(both!, walked)).toEqual({ ...both, minutes: 0, patrols: 0, ...walked, short });
  });
});
