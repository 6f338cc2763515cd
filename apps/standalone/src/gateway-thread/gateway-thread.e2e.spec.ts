import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { services } from '@gridcase/events';
import type * as Platform from '../platform-process';

/** The platform as it is shipped: built, in a process of its own. `npm test` builds first. */
const { startPlatformProcess } = jest.requireActual<typeof Platform>(join(__dirname, '../../dist/platform-process.js'));

const START_MS = 60_000;

describe('the platform with its gateway in a thread', () => {
  const dir = mkdtempSync(join(tmpdir(), 'gridcase-gateway-thread-'));
  const trigger = join(dir, 'fall');
  let platform: Platform.PlatformProcess;
  beforeAll(async () => {
    chmodSync(dir, 0o711);
    // Loaded into every thread of the process: the gateway's falls when the file appears.
    writeFileSync(join(dir, 'fall.cjs'), `
      const { isMainThread, workerData } = require('node:worker_threads');
      if (!isMainThread && workerData?.rest) setInterval(() => { if (require('node:fs').existsSync(${JSON.stringify(trigger)})) throw new Error('fallen'); }, 20);`);
    platform = await startPlatformProcess({ dataDir: join(dir, 'data'), env: { NODE_OPTIONS: `--require ${join(dir, 'fall.cjs')}` } });
  }, START_MS);
  afterAll(async () => {
    await platform?.kill();
    rmSync(dir, { recursive: true, force: true });
  }, START_MS);

  it('tells the health of every service', async () => {
    const report = (await (await fetch(`${platform.url}/health/ready`)).json()) as { ok: boolean; checks: Record<string, { ok: boolean; details?: { position: string } }> };
    expect(report.ok).toBe(true);
    expect(Object.keys(report.checks).sort()).toEqual([...services].sort());
    for (const { details } of Object.values(report.checks)) expect(details!.position).toMatch(/^\d+$/);
  });

  it('shows the figures of both sides on one page, each metric once', async () => {
    await fetch(`${platform.url}/v1/cases`);
    const page = await (await fetch(`${platform.url}/metrics`)).text();
    const names = [...page.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!);
    expect(names).toEqual(expect.arrayContaining(['gridcase_gateway_calls_total', 'gridcase_service_call_duration_seconds', 'nodejs_eventloop_lag_seconds']));
    expect(new Set(names).size).toBe(names.length);
  });

  it('ends with an error when the thread has fallen', async () => {
    const exited = new Promise((resolve) => platform.child.once('exit', resolve));
    writeFileSync(trigger, '');
    expect(await exited).toBe(1);
  }, START_MS);
});
