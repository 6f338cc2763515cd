import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';

/** The published contract says what the code says, and holds together. */
const reference = join(__dirname, '../docs/reference');
const run = (...args: string[]) => spawnSync(process.execPath, [join(__dirname, 'write-public-contract.cjs'), ...args], { encoding: 'utf8' });

it('docs/reference/asyncapi.yaml and its schemas are up to date', () => {
  expect(run('--check')).toMatchObject({ status: 0, stderr: '' });
});

it('notices a changed page, a changed schema and one that belongs to no message', () => {
  const dir = mkdtempSync(join(tmpdir(), 'gridcase-contract-'));
  const fresh = () => { for (const name of ['asyncapi.yaml', 'schemas']) cpSync(join(reference, name), join(dir, name), { recursive: true }); };
  const change = (name: string) => writeFileSync(join(dir, name), readFileSync(join(dir, name), 'utf8').replace('string', 'number'));
  fresh();
  expect(run('--check', '--out', dir).status).toBe(0);
  for (const name of ['asyncapi.yaml', 'schemas/CaseClosed.v1.json']) {
    change(name);
    expect(run('--check', '--out', dir)).toMatchObject({ status: 1, stderr: expect.stringContaining('is out of date') });
    fresh();
  }
  writeFileSync(join(dir, 'schemas/CaseForgotten.v1.json'), '{}');
  expect(run('--check', '--out', dir)).toMatchObject({ status: 1, stderr: expect.stringContaining('belongs to no message') });
  rmSync(dir, { recursive: true });
});

it('every reference leads somewhere', () => {
  const page = join(reference, 'asyncapi.yaml');
  const document = parse(readFileSync(page, 'utf8')) as Record<string, any>;
  expect(document['asyncapi']).toBe('3.0.0');
  const references: string[] = [];
  const collect = (value: unknown): void => {
    if (value === null || typeof value !== 'object') return;
    for (const [name, member] of Object.entries(value)) if (name === '$ref') references.push(member as string); else collect(member);
  };
  collect(document);
  expect(references.length).toBeGreaterThan(100);
  for (const reference of references) {
    if (!reference.startsWith('#/')) { expect([reference, existsSync(join(dirname(page), reference))]).toEqual([reference, true]); continue; }
    const found = reference.slice(2).split('/').reduce<any>((at, name) => at?.[name.replaceAll('~1', '/').replaceAll('~0', '~')], document);
    expect([reference, typeof found]).toEqual([reference, 'object']);
  }
});
