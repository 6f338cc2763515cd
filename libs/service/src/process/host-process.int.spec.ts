import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { waitUntil } from '@gridcase/testing';

/** In a process of its own, built: signals and exit codes are what is looked at. `npm test` builds first. */
const HOST = join(__dirname, '../../dist/process/host-process.js');
const children: ChildProcess[] = [];
afterAll(() => { for (const child of children) child.kill('SIGKILL'); });

function host(config: string, start: string): { child: ChildProcess; output: () => string; exited: Promise<number | null> } {
  if (!existsSync(HOST)) throw new Error('build first: npm run build');
  const script = `const { hostProcess } = require(${JSON.stringify(HOST)}); const { ConfigError } = require('@gridcase/platform'); void hostProcess('tiny', () => { ${config} }, async (config, host) => { ${start} });`;
  const child = spawn(process.execPath, ['-e', script], { cwd: join(__dirname, '../../../..'), stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { child, output: () => output, exited: new Promise((resolve) => child.once('exit', (code) => resolve(code))) };
}
const CONFIG = `return { health: { host: '127.0.0.1', port: 0 }, logLevel: 'info', drainDelayMs: 700, stopTimeoutMs: 5000 };`;

it('SIGTERM: not ready first, then the work ends, exit 0', async () => {
  const { child, output, exited } = host(CONFIG, `
    setInterval(() => undefined, 1000);
    host.shutdown.onStop('traffic', 'entry', () => console.log('entry closed'));
    host.shutdown.onStop('work', 'calls', () => console.log('work ended'));
    host.shutdown.onStop('connections', 'pool', () => console.log('pool closed'));`);
  await waitUntil(() => output().includes('tiny is ready'), { timeoutMs: 20_000, what: 'the process' });
  const ready = () => fetch(`http://127.0.0.1:${/"healthPort":(\d+)/.exec(output())![1]}/health/ready`).then(({ status }) => status);
  expect(await ready()).toBe(200);
  child.kill('SIGTERM');
  await waitUntil(async () => (await ready()) === 503, { timeoutMs: 2_000, what: 'not ready' });
  expect(output()).not.toContain('entry closed');
  expect(await exited).toBe(0);
  expect(output().match(/entry closed|work ended|pool closed/g)).toEqual(['entry closed', 'work ended', 'pool closed']);
});

it('is not ready while it starts; a start that fails ends with 1 and closes what it had opened', async () => {
  const { output, exited } = host(CONFIG, `
    console.log(JSON.stringify(await host.health.readiness()));
    host.shutdown.onStop('connections', 'pool', () => console.log('pool closed'));
    throw new Error('no database');`);
  expect(await exited).toBe(1);
  expect(output()).toContain('"reason":"starting"');
  expect(output()).toContain('tiny did not start');
  expect(output()).toContain('pool closed');
});

it('a wrong configuration ends with 2, and says what is wrong', async () => {
  const { output, exited } = host(`throw new ConfigError(['KAFKA_BROKERS: is required']);`, '');
  expect(await exited).toBe(2);
  expect(output()).toContain('KAFKA_BROKERS: is required');
});
