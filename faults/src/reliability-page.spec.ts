import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CaseReport, FaultCase } from './fault-case';
import { writePage } from './reliability-page';

const dir = mkdtempSync(join(tmpdir(), 'gridcase-page-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const cases = ['one', 'two'].map((name): FaultCase => ({ name, about: `about ${name}`, profiles: ['standalone', 'cluster'], inject: async () => undefined }));
const report = (name: string, more: Partial<CaseReport> = {}): CaseReport => ({
  case: name, profile: 'cluster', seed: 1, held: true, done: [], acknowledged: 10, retried: 2, refused: {}, statuses: {}, lost: 0, twice: 0, recoveryMs: 1_000, silenceMs: 2_000, seconds: 9, problems: [], ...more,
});

it('a row a case and profile: what was run now replaces what stood there, what was not stays', () => {
  const file = join(dir, 'page.md');
  writeFileSync(file, 'before\n<!-- results: written by `npm run faults -- --page` -->\n<!-- end of results -->\nafter\n');
  writePage(file, cases, [report('two')]);
  writePage(file, cases, [report('one', { profile: 'standalone' }), report('one', { seed: 2, profile: 'standalone', recoveryMs: 3_000, held: false, lost: 1 })]);
  expect(readFileSync(file, 'utf8').split('\n').filter((line) => !line.startsWith('|--'))).toEqual([
    'before', '<!-- results: written by `npm run faults -- --page` -->',
    '| case | profile | what happens | runs (seeds) | acknowledged | sent again | lost | twice | recovered in | longest silence |',
    '| `one` | standalone | about one | 2 (1 to 2), **1 FAILED** | 20 | 4 | 1 | 0 | 3.0 s | 2.0 s |',
    '| `two` | cluster | about two | 1 (1) | 10 | 2 | 0 | 0 | 1.0 s | 2.0 s |',
    '<!-- end of results -->', 'after', '',
  ]);
});

it('a page without a place for results is refused', () => {
  const file = join(dir, 'other.md');
  writeFileSync(file, 'nothing\n');
  expect(() => writePage(file, cases, [report('one')])).toThrow(/no place for results/);
});
