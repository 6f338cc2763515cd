import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let events: string;
const put = (file: string, text: string) => writeFileSync(join(events, 'fixtures', file), text);
const lock = () => spawnSync(process.execPath, [join(__dirname, 'lock-fixtures.mjs'), events], { encoding: 'utf8' });
const locked = () => Object.keys(JSON.parse(readFileSync(join(events, 'fixtures.lock.json'), 'utf8')) as object);

beforeEach(() => {
  events = mkdtempSync(join(tmpdir(), 'gridcase-fixtures-'));
  mkdirSync(join(events, 'fixtures'));
  put('CaseFiled.v1.json', '{}\n');
  expect(lock().status).toBe(0);
});
afterEach(() => rmSync(events, { recursive: true, force: true }));

it('locks what is new', () => {
  put('CaseClosed.v1.json', '{}\n');
  expect(lock()).toMatchObject({ status: 0, stdout: 'locked CaseClosed.v1.json\n' });
  expect(locked()).toEqual(['CaseClosed.v1.json', 'CaseFiled.v1.json']);
});

it('refuses a changed fixture and locks nothing', () => {
  put('CaseFiled.v1.json', '{ }\n');
  put('CaseClosed.v1.json', '{}\n');
  expect(lock()).toMatchObject({ status: 1, stderr: expect.stringContaining('CaseFiled.v1.json has changed') });
  expect(locked()).toEqual(['CaseFiled.v1.json']);
});

it('refuses a missing fixture', () => {
  rmSync(join(events, 'fixtures/CaseFiled.v1.json'));
  expect(lock()).toMatchObject({ status: 1, stderr: expect.stringContaining('CaseFiled.v1.json is missing') });
});
