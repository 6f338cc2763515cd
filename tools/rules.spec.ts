import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const MARK = '@rule'; // not written out below, so that no tool takes these samples for real annotations
let root: string;
const put = (file: string, ...lines: string[]) => {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), `${lines.join('\n')}\n`);
};
const run = (...args: string[]) => spawnSync(process.execPath, [join(__dirname, 'rules.mjs'), '--root', root, ...args], { encoding: 'utf8' });
const rowOf = (id: string) => (JSON.parse(run('--json').stdout) as { id: string; code: string[]; tests: string[] }[]).find((row) => row.id === id);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gridcase-rules-'));
  put('docs/rulebook.json', JSON.stringify(['X12', 'X15', 'H4.2.3', 'N1', 'YE'].map((id) => ({ id, zh: id, en: id, document: 'd' }))));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

it('finds code in comments and policy packs, and tests by comment and name', () => {
  put('libs/domain/src/rebound.ts', `/** One rebound. ${MARK} X12, H4.2.3 as the text says. */`, `const text = '${MARK} X15';`, `// ${MARK} N1`);
  put('policies/heyang.yaml', 'limits:', `  # ${MARK} YE`, '  - { days: 3, rule: H4.2.3 }', '  rules: [X12, N1] # both', "  rule: pack's own");
  put(
    'libs/domain/src/rebound.spec.ts',
    `describe('rebound', () => {`,
    `  // ${MARK} X12`,
    `  it('only once', () => undefined);`,
    `  it.each([1, 2])('within %s hours [H4.2.3]', () => undefined);`,
    `  it('counts', () => {`,
    `    // ${MARK} N1`,
    `  });`,
    `});`,
  );
  expect(rowOf('X12')).toEqual({ id: 'X12', code: ['libs/domain/src/rebound.ts:1', 'policies/heyang.yaml:4'], tests: ['libs/domain/src/rebound.spec.ts: rebound > only once'] });
  expect(rowOf('H4.2.3')).toEqual({ id: 'H4.2.3', code: ['libs/domain/src/rebound.ts:1', 'policies/heyang.yaml:3'], tests: ['libs/domain/src/rebound.spec.ts: rebound > within %s hours [H4.2.3]'] });
  expect(rowOf('N1')?.tests).toEqual(['libs/domain/src/rebound.spec.ts: rebound > counts']);
  expect(rowOf('X15')).toEqual({ id: 'X15', code: [], tests: [] });
  expect(rowOf('YE')?.code).toEqual(['policies/heyang.yaml:2']);
});

it('takes an annotation in a table of cases for the tests that use it, and one in the head of a file for all of it', () => {
  put(
    'libs/domain/src/limits.spec.ts',
    `import 'x';`,
    `const rows = [`,
    `  // ${MARK} H4.2.3: within 2 hours`,
    `  [2, 'hour'],`,
    `];`,
    `describe('limits', () => { it.each(rows)('%s %s', () => undefined); it('other', () => undefined); });`,
  );
  put('libs/event-store/src/store.contract.ts', `/** What every adapter must do. ${MARK} X15 */`, `import 'x';`, `export const contract = () => describe('a store', () => { it('keeps', () => undefined); });`);
  expect(rowOf('H4.2.3')?.tests).toEqual(['libs/domain/src/limits.spec.ts: limits > %s %s']);
  expect(rowOf('X15')?.tests).toEqual(['libs/event-store/src/store.contract.ts: a store']);
});

it('--check passes when every claim has its test', () => {
  put('libs/a.ts', `// ${MARK} X12`);
  put('libs/a.spec.ts', `it('holds [X12]', () => undefined);`);
  const { status, stdout } = run('--check');
  expect(stdout).toContain('1 of 5 rules are implemented and tested.');
  expect(stdout).toContain('Open (4): X15 H4.2.3 N1 YE');
  expect(status).toBe(0);
});

it.each([
  ['a claim without a test', 'libs/a.ts', `// ${'@rule'} X12`, /without a test \(1\):\n {2}X12: libs\/a\.ts:1/],
  ['an unknown id in code', 'libs/a.ts', `// ${'@rule'} X99`, /libs\/a\.ts:1: unknown rule X99/],
  ['an unknown id in a test', 'libs/a.spec.ts', `it('holds [X99]', () => undefined);`, /libs\/a\.spec\.ts: unknown rule X99/],
  ['no id at all', 'libs/a.ts', `// ${'@rule'} of thumb`, /libs\/a\.ts:1: @rule without an id/],
  ['an annotation at no test', 'libs/a.spec.ts', `// ${'@rule'} X12\nconst nothing = 1;`, /libs\/a\.spec\.ts:1: @rule is not above or inside a test/],
])('--check fails for %s', (_what, file, text, message) => {
  put(file, text);
  const { status, stdout } = run('--check');
  expect(stdout).toMatch(message);
  expect(status).toBe(1);
});

it('the rulebook of the repository names every id once, with both titles', () => {
  const rules = JSON.parse(readFileSync(join(__dirname, '../docs/rulebook.json'), 'utf8')) as { id: string; zh: string; en: string; document: string }[];
  expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
  expect(rules.filter(({ id, zh, en, document }) => !/^([XHLZN]\d|Y[A-E])[\d.]*$/.test(id) || !zh || !en || !document)).toEqual([]);
  expect(rules).toHaveLength(73);
});
