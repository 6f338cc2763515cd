import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { createPostgresEventStore, NO_STREAM, type EventStore } from '@gridcase/event-store';
import { testDatabase, type TestDatabase } from '@gridcase/testing';

/** The command line as it is shipped: built. `npm test` builds first. */
const CLI = join(__dirname, '../dist/cli.js');
const schemas = ['registry', 'intake', 'dispatch', 'sla_monitor', 'assessment'];
let db: TestDatabase;
let store: EventStore | undefined;
beforeAll(async () => {
  if (!existsSync(CLI)) throw new Error('build first: npm run build');
  db = await testDatabase();
});
afterAll(async () => {
  await store?.close();
  await db.drop();
});

/** On a cluster whose owners share one database: each has a schema of its own. */
const gridcase = async (...args: string[]): Promise<string[]> => {
  const { stdout } = await promisify(execFile)(process.execPath, [CLI, ...args], { env: { PATH: process.env['PATH'], EVENT_STORE_DATABASE_URL: db.url, DATABASE_URL: db.url } });
  return stdout.trim().split('\n');
};

it('migrate makes the tables of everybody before anybody runs; again it finds them done; two at once agree', async () => {
  const first = (await Promise.all([gridcase('migrate', '--json'), gridcase('migrate', '--json')])).map((lines) => lines.map((line) => JSON.parse(line) as { service: string; from: number; to: number; toRebuild: string[] }));
  for (const report of first) expect(report.map(({ service }) => service)).toEqual(['registry', 'intake', 'dispatch', 'sla-monitor', 'assessment', 'relay']);
  const relay = first.map((report) => report.at(-1)!);
  expect(relay.map(({ from, to }) => [from, to]).sort()).toEqual([[0, 1], [1, 1]]);
  expect(first.flat().flatMap(({ toRebuild }) => toRebuild)).toEqual([]);
  const { rows } = await db.pool.query<{ name: string }>(`select table_schema || '.' || table_name as name from information_schema.tables where table_schema not in ('pg_catalog', 'information_schema')`);
  expect(rows.map(({ name }) => name)).toEqual(expect.arrayContaining(['event_store.events', 'intake.report_board', 'dispatch.case_board', 'sla_monitor.checkpoint', 'assessment.checkpoint', 'relay.relay_checkpoint']));

  expect(await gridcase('migrate')).toEqual(['registry', 'intake', 'dispatch', 'sla-monitor', 'assessment', 'relay'].map((name) => `${name}: up to date`));
}, 60_000);

it('a reader that goes before the end takes nothing but the words', async () => {
  const child = spawn(process.execPath, [CLI, 'migrate'], { env: { PATH: process.env['PATH'], EVENT_STORE_DATABASE_URL: db.url, DATABASE_URL: db.url }, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => { said += chunk; });
  expect([await once(child, 'close'), said]).toEqual([[0, null], '']);
}, 60_000);

it('says which read model has a new version, and leaves the live one alone', async () => {
  await db.pool.query(`update dispatch.read_model set version = 0 where name = 'case_board'`);
  await db.pool.query(`update dispatch.checkpoint set position = 1`);
  expect((await gridcase('migrate'))[2]).toBe('dispatch: up to date; to be filled from the record: case_board (gridcase rebuild dispatch, or its new release when it starts)');
  expect((await db.pool.query(`select version, state from dispatch.read_model where name = 'case_board'`)).rows).toEqual([{ version: 0, state: 'live' }]);
  await db.pool.query(`update dispatch.read_model set version = 1 where name = 'case_board'`);
}, 60_000);

it('adopt-record: what was made from another record is made anew, and who follows goes on in this one', async () => {
  store = await createPostgresEventStore({ pool: db.pool });
  const data = JSON.parse(readFileSync(join(__dirname, '../../../libs/events/fixtures/CaseFiled.v1.json'), 'utf8')) as object;
  const { position } = await store.append('case-1', NO_STREAM, [{
    id: '0d6a8c7e-4a5b-8c1d-9e2f-30415263748f', type: 'CaseFiled', version: 1, data,
    metadata: { correlationId: 'c', causationId: 'c', commandId: 'c', commandDigest: 'd', actor: { person: 'p', role: 'r', jurisdiction: '610524' }, occurredAt: '2025-09-29T01:30:00.000Z', recordedAt: '2025-09-29T01:30:00.000Z' },
  }]);
  const before = await store.epoch();
  // Of the record that was lost: further on than this one.
  await db.pool.query(`insert into relay.relay_checkpoint (name, position, store_epoch, fence) values ('relay', 900, $1, 7)`, [before]);
  await db.pool.query(`insert into intake.checkpoint (processor, position, epoch) values ('intake.case-link.v1', 900, $1)`, [before]);
  for (const schema of schemas) await db.pool.query(`update ${schema}.checkpoint set position = 900, epoch = $1`, [before]);

  const running = new Client({ connectionString: db.url, application_name: 'gridcase.dispatch' });
  await running.connect();
  await expect(gridcase('adopt-record')).rejects.toThrow('gridcase.dispatch is connected to the database of registry: stop every service first');
  await running.end();
  expect(await store.epoch()).toBe(before);

  const lines = await gridcase('adopt-record');

  const epoch = await store.epoch();
  expect(epoch).not.toBe(before);
  expect(lines).toEqual([
    `record: epoch ${epoch}, ends at position ${position}`, 'registry: registry.directory goes on', expect.stringMatching(/^intake: report_board 0 rows, open_cases 1 rows/), 'intake: intake.case-link.v1 goes on', 'dispatch: case_board 1 rows',
    expect.stringMatching(/^sla-monitor: /), expect.stringMatching(/^assessment: /), `relay: goes on from position ${position}`,
  ]);
  for (const schema of schemas) expect((await db.pool.query(`select distinct epoch, position from ${schema}.checkpoint`)).rows).toEqual([{ epoch, position: String(position) }]);
  expect((await db.pool.query('select position, store_epoch, fence from relay.relay_checkpoint')).rows).toEqual([{ position: String(position), store_epoch: epoch, fence: '7' }]);
}, 60_000);
