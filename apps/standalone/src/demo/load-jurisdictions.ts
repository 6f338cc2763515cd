/** Grids, people, units, items, calendar and policy of the two districts, through the gateway as an administrator would. @rule H2 X4 X10 Z10 N2 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Expectations } from './expectations';
import type { Person, RestClient } from './rest-client';
import { policiesDir, type Cast, type District } from './scenario';

export interface HolidayNotice { district: string; year: number; holidays: { date: string; name: string }[]; workdays: string[]; source: string }

const days = (name: string, month: string, from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => ({ date: `2025-${month}-${String(from + n).padStart(2, '0')}`, name }));
/** 国务院办公厅关于2025年部分节假日安排的通知. A jurisdiction may free further days. @rule N2 */
export const holidaysOf2025 = (district: string, further: { date: string; name: string }[] = [], source = '国办发明电〔2024〕12号'): HolidayNotice => ({
  district, year: 2025, source,
  holidays: [...days('元旦', '01', 1, 1), ...days('春节', '01', 28, 31), ...days('春节', '02', 1, 4), ...days('清明节', '04', 4, 6), ...days('劳动节', '05', 1, 5), ...days('端午节', '05', 31, 31), ...days('端午节', '06', 1, 2), ...days('国庆节、中秋节', '10', 1, 8), ...further],
  workdays: ['2025-01-26', '2025-02-08', '2025-04-27', '2025-09-28', '2025-10-11'],
});

const files: Record<District, string> = { '610524': 'heyang', '211103': 'xinglongtai' };
const text = (name: string): string => readFileSync(join(policiesDir, name), 'utf8');

export interface Loading { client: RestClient; cast: Cast; expectations: Expectations; /** The simulated day: no policy is adopted for days that have passed. */ today: string; onProgress(what: string): void }

export async function loadJurisdictions({ client, cast, expectations, today, onProgress }: Loading): Promise<void> {
  for (const district of Object.keys(files) as District[]) {
    const admin: Person = { id: `reg-${district}`, role: 'registry-admin', jurisdiction: district };
    const file = (what: string): string => text(`data/${files[district]}-${what}`);
    const post = async (path: string, body: object): Promise<void> => {
      const key = `demo-load-${district}${path.replaceAll('/', '-')}`;
      const first = await client.post(path, admin, body, key);
      const again = await client.post(path, admin, body, key);
      const failed = first.status !== 201;
      expectations.check(`load ${district} ${path}`, { outcome: 'accepted', again: 'same answer' }, { outcome: failed ? first.body : 'accepted', again: JSON.stringify(again) === JSON.stringify(first) ? 'same answer' : again.body });
      onProgress(`${cast.districts[district].name} ${path}`);
      if (failed) throw new Error(`${path} of ${district}: ${first.status} ${JSON.stringify(first.body)}`);
    };
    await post('/v1/units', { district, units: (parse(file('units.yaml')) as { units: object[] }).units });
    await post('/v1/people', { district, people: (parse(file('people.yaml')) as { people: object[] }).people });
    await post('/v1/grid-trees', { district, format: 'csv', content: file('grids.csv'), filing: `演示备〔2025〕${district}号` });
    await post('/v1/items', { district, items: (parse(file('items.yaml')) as { items: object[] }).items });
    await post('/v1/calendars', holidaysOf2025(district));
    await post('/v1/policies', { district, content: text(`${cast.districts[district].pack}.yaml`), validFrom: today });
  }
}
