import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Pages that are written from the code say what the code says. */
const pages = [
  ['write-event-catalogue.cjs', 'events.md'],
  ['write-refusals.cjs', 'refusals.md'],
] as const;
const run = (tool: string, ...args: string[]) => spawnSync(process.execPath, [join(__dirname, tool), ...args], { encoding: 'utf8' });

it.each(pages)('%s: docs/reference/%s is up to date', (tool) => {
  expect(run(tool, '--check')).toMatchObject({ status: 0, stderr: '' });
});

it.each(pages)('%s notices a page that says something else', (tool, page) => {
  const dir = mkdtempSync(join(tmpdir(), 'gridcase-pages-'));
  const copy = join(dir, page);
  writeFileSync(copy, readFileSync(join(__dirname, '../docs/reference', page), 'utf8').replace('409', '404').replace('instant', 'moment'));
  expect(run(tool, '--check', '--out', copy)).toMatchObject({ status: 1, stderr: expect.stringContaining('is out of date') });
  rmSync(dir, { recursive: true });
});
