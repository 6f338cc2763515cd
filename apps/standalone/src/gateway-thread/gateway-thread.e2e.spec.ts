import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { services } from '@gridcase/events';
import { startSpanCollector, waitUntil, type SpanCollector } from '@gridcase/testing';
import type * as Platform from '../platform-process';

/** The platform as it is shipped: built, in a process of its own. `npm test` builds first. */
const { startPlatformProcess } = jest.requireActual<typeof Platform>(join(__dirname, '../../dist/platform-process.js'));

const START_MS = 60_000;

describe('the platform with its gateway in a thread', () => {
  const dir = mkdtempSync(join(tmpdir(), 'gridcase-gateway-thread-'));
  const trigger = join(dir, 'fall');
  let platform: Platform.PlatformProcess;
  let collector: SpanCollector;
  beforeAll(async () => {
    chmodSync(dir, 0o711);
    // Loaded into every thread of the process: the gateway's falls when the file appears.
    writeFileSync(join(dir, 'fall.cjs'), `
      const { isMainThread, workerData } = require('node:worker_threads');
      if (!isMainThread && workerData?.rest) setInterval(() => { if (require('node:fs').existsSync(${JSON.stringify(trigger)})) throw new Error('fallen'); }, 20);`);
    collector = await startSpanCollector();
    platform = await startPlatformProcess({
      dataDir: join(dir, 'data'),
      env: { NODE_OPTIONS: `--require ${join(dir, 'fall.cjs')}`, OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_TRACES_SAMPLER: 'parentbased_always_off', OTEL_BSP_SCHEDULE_DELAY: '100' },
    });
  }, START_MS);
  afterAll(async () => {
    await platform?.kill();
    await collector?.close();
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

  it('a traced request is one trace of both threads, each service under its own name', async () => {
    const json = { 'Content-Type': 'application/json' };
    const tokens = await fetch(`${platform.url}/v1/demo/tokens`, { method: 'POST', headers: json, body: JSON.stringify({ sub: 'admin', role: 'registry-admin', jurisdiction: '610524', hours: 1 }) });
    const { token } = (await tokens.json()) as { token: string };
    const answer = await fetch(`${platform.url}/v1/items`, { headers: { Authorization: `Bearer ${token}`, traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' } });
    expect(answer.status).toBeLessThan(500);
    await waitUntil(() => collector.spans().length >= 3, { timeoutMs: 10_000, what: 'the spans' });
    const path: string[] = [];
    for (let parent = '00f067aa0ba902b7'; ; ) {
      const span = collector.spans().find((one) => one.parent === parent);
      if (!span) break;
      path.push(`${span.service}: ${span.name}`);
      parent = span.spanId;
    }
    expect(path).toEqual(['gateway: GET /v1/items', 'gateway: registry ListItems', 'registry: query ListItems']);
    expect(collector.spans()).toHaveLength(3);
  });

  it('ends with an error when the thread has fallen', async () => {
    const exited = new Promise((resolve) => platform.child.once('exit', resolve));
    writeFileSync(trigger, '');
    expect(await exited).toBe(1);
  }, START_MS);
});
