import { spawnSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Shutdown, SystemClock, freePort } from '@gridcase/platform';
import { testDatabase, waitUntil, type TestDatabase } from '@gridcase/testing';
import { standaloneConfig, startPlatform, type RunningPlatform } from '@gridcase-apps/standalone';

/** The commands of the how-to pages, typed as they stand there, in the order in which the pages follow each other. */
const pages = ['import-a-grid-tree', 'adopt-a-policy-pack', 'connect-another-system'];
const root = join(__dirname, '..');
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const commandsOf = (page: string): string =>
  [...readFileSync(join(root, 'docs/how-to', `${page}.md`), 'utf8').matchAll(/^( *)```bash\n([\s\S]*?)^\1```/gm)]
    .map(([, indent, block]) => block!.replaceAll(new RegExp(`^${indent}`, 'gm'), '')).join('\n');

/** The receiver of the page on notices, as it stands there. */
const SECRET = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
const noticesPage = readFileSync(join(root, 'docs/how-to/receive-notices.md'), 'utf8');
let receiver: ChildProcess;
let received = '';
let receiverUrl: string;

let database: TestDatabase;
let shutdown: Shutdown;
let platform: RunningPlatform;
let dir: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'gridcase-how-to-'));
  for (const name of ['policies', 'node_modules']) symlinkSync(join(root, name), join(dir, name));
  writeFileSync(join(dir, 'photo.png'), Buffer.from(PNG, 'base64'));
  database = await testDatabase();
  const port = await freePort();
  receiverUrl = `http://127.0.0.1:${port}/gridcase`;
  writeFileSync(join(dir, 'receiver.mjs'), /^```js\n([\s\S]*?)^```/m.exec(noticesPage)![1]!.replace('9000', String(port)));
  receiver = spawn(process.execPath, ['receiver.mjs'], { cwd: dir, env: { ...process.env, GRIDCASE_WEBHOOK_SECRET: SECRET } });
  for (const stream of [receiver.stdout!, receiver.stderr!]) stream.on('data', (chunk: Buffer) => { received += chunk.toString(); });
  shutdown = new Shutdown();
  platform = await startPlatform(standaloneConfig({ GRIDCASE_DATA_DIR: join(dir, 'data'), GRIDCASE_REST_PORT: '0', GRIDCASE_GRPC_PORT: '0', GRIDCASE_LOG_LEVEL: 'silent', DATABASE_URL: database.url, GRIDCASE_WEBHOOK_URL: receiverUrl, GRIDCASE_WEBHOOK_SECRET: SECRET }), shutdown);
}, 60_000);

afterAll(async () => {
  await shutdown.stop();
  const ended = new Promise((resolve) => receiver.once('close', resolve));
  receiver.kill();
  await ended;
  await database.drop();
  rmSync(dir, { recursive: true, force: true });
});

it('has curl to type them with', () => expect(spawnSync('curl', ['--version']).status).toBe(0));

it('a reader of the pages gets from an empty platform to an archived case', async () => {
  const script = `set -eu -o pipefail\n${pages.map(commandsOf).join('\n')}`.replaceAll('http://localhost:8080', platform.gateway.url);
  // Not spawnSync: the platform answers from this very process.
  const shell = spawn('bash', ['-c', script], { cwd: dir });
  let output = '';
  for (const stream of [shell.stdout, shell.stderr]) stream.on('data', (chunk: Buffer) => { output += chunk.toString(); });
  const status = await new Promise((resolve) => shell.once('close', resolve));
  expect({ status, output: status === 0 ? '' : output.slice(-3_000) }).toEqual({ status: 0, output: '' });

  const { id } = JSON.parse(readFileSync(join(dir, 'archived.json'), 'utf8')) as { id: string };
  expect((await platform.store.readStream(`case-${id}`)).map(({ type }) => type)).toEqual([
    'CaseFiled', 'UnitPhoned', 'CaseDispatched', 'DispatchAcknowledged', 'HandlerArrived', 'ResultSubmitted', 'ResultVerified', 'CallBackRecorded', 'CaseClosed', 'CaseArchived',
  ]);
  // The report that was sent twice with one key is one report.
  expect((await platform.store.readAll({ after: 0n, limit: 5_000, categories: ['report'] })).events.filter(({ type }) => type === 'ReportReceived')).toHaveLength(1);
  // The refusal the page prints is the one that comes.
  expect(output).toContain('"code":"PHONE_CALL_REQUIRED","rule":"H4.2.2","detail":"unit u-610524-municipal must be told by telephone before the order goes out"');
}, 60_000);

it('the receiver of the page on notices has taken them, each once, and takes none that is not ours', async () => {
  const { id } = JSON.parse(readFileSync(join(dir, 'archived.json'), 'utf8')) as { id: string };
  await waitUntil(() => received.split('\n').length > 2, { timeoutMs: 30_000, what: 'the notices' });
  expect(received.trim().split('\n').map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([`gridcase.CaseDispatched.v1 ${id}`, `gridcase.ResultSubmitted.v1 ${id}`]);
  expect(received).toContain('先设警示围挡，当日更换');
  const forged = { 'webhook-id': 'x', 'webhook-timestamp': String(Math.floor(Date.parse(new SystemClock().now()) / 1_000)), 'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}` };
  expect((await fetch(receiverUrl, { method: 'POST', headers: forged, body: '{}' })).status).toBe(401);
}, 60_000);

it('the page on notices names the types that are told by default', () => {
  const { types } = standaloneConfig({ GRIDCASE_WEBHOOK_URL: receiverUrl, GRIDCASE_WEBHOOK_SECRET: SECRET }).webhook!;
  expect([...noticesPage.matchAll(/^\| `([A-Z]\w+)` \|/gm)].map(([, type]) => type)).toEqual(types);
});
