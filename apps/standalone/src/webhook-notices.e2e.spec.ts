import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Shutdown } from '@gridcase/platform';
import { testDatabase, waitUntil, WebhookReceiver, type TestDatabase } from '@gridcase/testing';
import { CaseLives } from './load/case-lives';
import { loadDistricts } from './load-districts';
import { standaloneConfig } from './standalone-config';
import { startPlatform, type RunningPlatform } from './start-platform';

/** The command line as it is shipped: built. `npm test` builds first. */
const CLI = join(__dirname, '../dist/cli.js');
const key = Buffer.alloc(32, 9);
let dir: string;
let db: TestDatabase;
let receiver: WebhookReceiver;
let shutdown: Shutdown;
let platform: RunningPlatform;

beforeAll(async () => {
  if (!existsSync(CLI)) throw new Error('build first: npm run build');
  dir = mkdtempSync(join(tmpdir(), 'gridcase-notices-'));
  db = await testDatabase();
  receiver = await new WebhookReceiver().start();
  shutdown = new Shutdown();
  platform = await startPlatform(standaloneConfig({
    GRIDCASE_DATA_DIR: dir, GRIDCASE_REST_PORT: '0', GRIDCASE_GRPC_PORT: '0', GRIDCASE_LOG_LEVEL: 'silent', DATABASE_URL: db.url,
    GRIDCASE_WEBHOOK_URL: receiver.url, GRIDCASE_WEBHOOK_SECRET: `whsec_${key.toString('base64')}`,
  }), shutdown);
  await loadDistricts(platform.gateway.url);
}, 120_000);
afterAll(async () => {
  await shutdown.stop();
  await receiver.stop();
  await db.drop();
  rmSync(dir, { recursive: true, force: true });
}, 60_000);

const cli = (...args: string[]) => promisify(execFile)(process.execPath, [CLI, ...args], { env: { ...process.env, DATABASE_URL: db.url } })
  .then(({ stdout }) => ({ code: 0, stdout }), (error: { code: number; stdout: string }) => ({ code: error.code, stdout: error.stdout }));

it('a case that is dispatched through the gateway is told, signed, also when the receiver was in trouble', async () => {
  receiver.answer = (_, times) => ({ status: times === 1 ? 503 : 202 });
  const enough = new AbortController();
  const lives = new CaseLives({ baseUrl: platform.gateway.url, signal: enough.signal, run: 'notices', lanes: 1 });
  const load = lives.live();
  await waitUntil(() => lives.acknowledged.length > 0, { timeoutMs: 30_000, what: 'the first command' });
  enough.abort();
  await load;
  await platform.settle();
  const wanted = ['gridcase.CaseDispatched.v1', 'gridcase.ResultSubmitted.v1'];
  await waitUntil(() => receiver.effects().length >= wanted.length, { timeoutMs: 30_000, what: 'the notices' });

  expect(receiver.effects().map(({ headers }) => headers['ce-type'])).toEqual(wanted);
  const [dispatched] = receiver.effects();
  const { acknowledged } = lives;
  const caseId = acknowledged.find(({ operation }) => operation === 'dispatch')!.id;
  expect(dispatched!.headers).toMatchObject({ 'ce-specversion': '1.0', 'ce-subject': caseId, 'content-type': 'application/json' });
  expect(JSON.parse(dispatched!.body)).toMatchObject({ lead: 'u-610524-municipal', order: 1 });
  const { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': signature } = dispatched!.headers;
  expect(signature).toBe(`v1,${createHmac('sha256', key).update(`${String(id)}.${String(seconds)}.${dispatched!.body}`).digest('base64')}`);
  const recorded = (await platform.store.readStream(`case-${caseId}`)).find(({ type }) => type === 'CaseDispatched')!;
  expect(dispatched!.headers['ce-id']).toBe(recorded.id);
  expect(receiver.of(String(id)).map(({ accepted }) => accepted)).toEqual([false, true]);
  // Nothing of the reporter of these cases (CaseLives).
  expect(JSON.stringify(receiver.received)).not.toMatch(/李红卫|15199536942/);
}, 120_000);

it('gridcase outbox list and retry: an operator lets go what was given up', async () => {
  await waitUntil(async () => (await db.pool.query(`select 1 from dispatch.outbox where state <> 'delivered'`)).rows.length === 0, { timeoutMs: 30_000, what: 'everything delivered' });
  expect(await cli('outbox', 'list')).toEqual({ code: 0, stdout: '0 given up, 0 waiting\n' });
  const { rows: [{ id }] } = await db.pool.query(`update dispatch.outbox set state = 'given_up', last_error = 'HTTP_401', attempts = 8 where kind = 'CaseDispatched' returning id`);
  const listed = await cli('outbox', 'list');
  expect(listed.code).toBe(1);
  expect(listed.stdout).toMatch(new RegExp(`^${id} webhook CaseDispatched case-\\S+ revision \\d+, written \\S+Z: 8 attempts, last HTTP_401\n1 given up, 0 waiting\n$`));
  expect(JSON.parse((await cli('outbox', 'list', '--json')).stdout)).toMatchObject({ givenUp: 1, effects: [{ id, kind: 'CaseDispatched', lastError: 'HTTP_401' }] });
  expect(await cli('outbox', 'retry', 'nonsense')).toMatchObject({ code: 2 });
  const before = receiver.of(id).length;
  expect(await cli('outbox', 'retry', id)).toEqual({ code: 0, stdout: '1 wait anew\n' });
  await waitUntil(() => receiver.of(id).length > before, { timeoutMs: 30_000, what: 'the notice again' });
  expect(await cli('outbox', 'retry')).toEqual({ code: 0, stdout: '0 wait anew\n' });
}, 120_000);
