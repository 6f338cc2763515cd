import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { testDatabase, type TestDatabase } from '@gridcase/testing';

/** The command line as it is shipped: built. `npm test` builds first. */
const CLI = join(__dirname, '../dist/cli.js');
let db: TestDatabase;
beforeAll(async () => {
  if (!existsSync(CLI)) throw new Error('build first: npm run build');
  db = await testDatabase();
});
afterAll(() => db.drop());

/** On a cluster whose owners share one database: each has a schema of its own. */
const gridcase = async (...args: string[]): Promise<string[]> => {
  const { stdout } = await promisify(execFile)(process.execPath, [CLI, ...args], { env: { PATH: process.env['PATH'], EVENT_STORE_DATABASE_URL: db.url, DATABASE_URL: db.url } });
  return stdout.trim().split('\n');
};

it('migrate makes the tables of everybody before anybody runs; again it finds them done; two at once agree', async () => {
  const first = (await Promise.all([gridcase('migrate', '--json'), gridcase('migrate', '--json')])).map((lines) => lines.map((line) => JSON.parse(line) as { service: string; from: number; to: number; toRebuild: string[] }));
  for (const report of first) expect(report.map(({ service }) => service)).toEqual(['intake', 'dispatch', 'sla-monitor', 'assessment', 'relay']);
  const relay = first.map((report) => report.at(-1)!);
  expect(relay.map(({ from, to }) => [from, to]).sort()).toEqual([[0, 1], [1, 1]]);
  expect(first.flat().flatMap(({ toRebuild }) => toRebuild)).toEqual([]);
  const { rows } = await db.pool.query<{ name: string }>(`select table_schema || '.' || table_name as name from information_schema.tables where table_schema not in ('pg_catalog', 'information_schema')`);
  expect(rows.map(({ name }) => name)).toEqual(expect.arrayContaining(['event_store.events', 'intake.report_board', 'dispatch.case_board', 'sla_monitor.checkpoint', 'assessment.checkpoint', 'relay.relay_checkpoint']));

  expect(await gridcase('migrate')).toEqual(['intake', 'dispatch', 'sla-monitor', 'assessment', 'relay'].map((name) => `${name}: up to date`));
}, 60_000);

it('says which read model has a new version, and leaves the live one alone', async () => {
  await db.pool.query(`update dispatch.read_model set version = 0 where name = 'case_board'`);
  await db.pool.query(`update dispatch.checkpoint set position = 1`);
  expect((await gridcase('migrate'))[1]).toBe('dispatch: up to date; to be filled from the record: case_board (gridcase rebuild dispatch, or its new release when it starts)');
  expect((await db.pool.query(`select version, state from dispatch.read_model where name = 'case_board'`)).rows).toEqual([{ version: 0, state: 'live' }]);
}, 60_000);
