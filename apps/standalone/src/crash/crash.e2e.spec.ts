import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { loadDistricts } from '../load-districts';
import type * as Platform from '../platform-process';
import { CaseLives } from '../load/case-lives';
import { caseLife, reportLife } from '../load/lives';

const run = promisify(execFile);
/** The platform as it is shipped: built, in a process of its own. `npm test` builds first. */
const dist = join(__dirname, '../../dist');
const { startPlatformProcess } = jest.requireActual<typeof Platform>(join(dist, 'platform-process.js'));

const KILLS = Number(process.env['GRIDCASE_CRASH_KILLS'] ?? 20);
const SEED = Number(process.env['GRIDCASE_CRASH_SEED'] ?? 20251001);
/** Park–Miller: the moments of the kills follow from the seed. */
const random = ((state) => () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647)(SEED);

let dataDir: string;
let platform: Platform.PlatformProcess | undefined;
beforeAll(() => {
  if (!existsSync(join(dist, 'main.js'))) throw new Error('build first: npm run build');
  dataDir = mkdtempSync(join(tmpdir(), 'gridcase-crash-'));
  chmodSync(dataDir, 0o711);
});
afterAll(async () => {
  await platform?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

it(`[X18] kill -9 at ${KILLS} random moments under load (seed ${SEED}): every acknowledged command is there exactly once, every read model is what the record gives`, async () => {
  platform = await startPlatformProcess({ dataDir });
  const baseUrl = platform.url;
  const restPort = Number(new URL(baseUrl).port);
  await loadDistricts(baseUrl);

  const ending = new AbortController();
  const lives = new CaseLives({ baseUrl, signal: ending.signal, run: `crash-${SEED}`, lanes: 12 });
  const load = lives.live();
  let failure: unknown;
  load.catch((error: unknown) => (failure = error));
  const acknowledgedBetween: number[] = [];
  for (let kill = 0; kill < KILLS && !failure; kill++) {
    const before = lives.acknowledged.length;
    await delay(200 + random() * 1_000);
    await platform.kill();
    acknowledgedBetween.push(lives.acknowledged.length - before);
    platform = await startPlatformProcess({ dataDir, restPort });
  }
  ending.abort();
  await load;
  // The load was a load: something was acknowledged around most of the kills, and answers were lost.
  expect(acknowledgedBetween.filter((n) => n > 0).length).toBeGreaterThan(KILLS / 2);
  expect(lives.retries).toBeGreaterThan(0);

  const db = new Client({ connectionString: readFileSync(join(dataDir, 'database-url'), 'utf8').trim() });
  await db.connect();
  const { rows } = await db.query<{ stream: string; types: string[]; revisions: number[]; commands: string[] }>(
    `select stream, array_agg(type order by revision) as types, array_agg(revision::int order by revision) as revisions, array_agg(metadata ->> 'commandId' order by revision) as commands
     from event_store.events where category in ('case', 'report') group by stream`);
  await db.end();
  const streams = new Map(rows.map((row) => [row.stream, row]));
  for (const { stream, types, revisions, commands } of rows) {
    expect([stream, types]).toEqual([stream, stream.startsWith('case-') ? caseLife : reportLife]);
    expect(revisions).toEqual(types.map((_, n) => n));
    expect(new Set(commands).size).toBe(commands.length);
  }
  const missing = lives.acknowledged.filter(({ id, revision }) => !(streams.get(`case-${id}`) ?? streams.get(`report-${id}`))?.revisions.includes(revision));
  expect(missing).toEqual([]);
  expect(new Set(lives.acknowledged.map(({ key }) => key)).size).toBe(lives.acknowledged.length);

  const gridcase = (...args: string[]) => run(process.execPath, [join(dist, 'cli.js'), ...args], { env: { ...process.env, GRIDCASE_DATA_DIR: dataDir } });
  expect((await gridcase('audit', 'check')).stdout).toContain('every revision, hash and schema is as it was written');
  const compared = (await gridcase('rebuild', 'all', '--check')).stdout.trim().split('\n');
  expect(compared.length).toBeGreaterThanOrEqual(4);
  for (const line of compared) expect(line).toMatch(/ rows, 0 differences$/);
  expect(await platform.stop()).toBe(0);
  platform = undefined;
  process.stdout.write(`crash: ${KILLS} kills, ${lives.acknowledged.length} commands acknowledged, ${lives.retries} sent again, ${rows.length} streams; lost 0, twice 0\n`);
}, 600_000);
