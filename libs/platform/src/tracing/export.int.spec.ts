import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startSpanCollector, type SpanCollector } from '@gridcase/testing';

/** In a process of its own, built: the exporter loads `http` by `import()`, which Jest's CommonJS has not. `npm test` builds first. */
const PLATFORM = join(__dirname, '../../dist/index.js');
const SPAN_ID = '00f067aa0ba902b7';
const sampled = `00-4bf92f3577b34da6a3ce929d0e0e4736-${SPAN_ID}-01`;

let collector: SpanCollector;
beforeEach(async () => { collector = await startSpanCollector(); });
afterEach(() => collector.close());

/** What the script hands to `print`. */
async function run(script: string): Promise<any> {
  if (!existsSync(PLATFORM)) throw new Error('build first: npm run build');
  const head = `
    const { readConfig, startTracing, tracingPart, tracingVariables } = require(${JSON.stringify(PLATFORM)});
    const troubles = [];
    const open = () => startTracing(tracingPart(readConfig(require('zod').z.object(tracingVariables))), (error) => troubles.push(error.message));
    const print = (value) => process.stdout.write(JSON.stringify(value));`;
  const child = spawn(process.execPath, ['-e', `${head} (async () => { ${script} })().then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });`], {
    cwd: join(__dirname, '../../../..'), stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_BSP_SCHEDULE_DELAY: '60000' },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => { output += chunk.toString(); });
  expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
  return output === '' ? undefined : JSON.parse(output);
}

it('what was recorded arrives at the stop at the latest, under the name of its service', async () => {
  const attributes = { 'gridcase.events': 3, 'gridcase.event_types': ['A', 'B'], 'gridcase.repeated': false };
  await run(`
    const tracing = await open();
    const [intake, dispatch] = ['intake', 'dispatch'].map((service) => tracing.tracer(service));
    for (const tracer of [intake, dispatch]) tracer.enter('work', '${sampled}', { kind: 'server', attributes: ${JSON.stringify(attributes)} }).span.end();
    intake.enter('more work', '${sampled}').span.fail('23505');
    await tracing.stop();`);
  expect(collector.spans()).toEqual([
    expect.objectContaining({ service: 'intake', name: 'work', kind: 'server', parent: SPAN_ID, attributes, failed: false }),
    expect.objectContaining({ service: 'intake', name: 'more work', kind: 'internal', attributes: { 'error.type': '23505' }, failed: true }),
    expect.objectContaining({ service: 'dispatch', name: 'work', kind: 'server', parent: SPAN_ID, attributes }),
  ]);
});

it('a collector that is away costs nothing but the spans, and does not keep the process from ending', async () => {
  await collector.close();
  const { stopMs, grownMiB } = await run(`
    const tracing = await open();
    const tracer = tracing.tracer('a');
    const before = process.memoryUsage().heapUsed;
    for (let n = 0; n < 100_000; n++) {
      tracer.enter('b', '${sampled}').span.end();
      if (n % 1_000 === 0) await new Promise(setImmediate);
    }
    globalThis.gc?.();
    const grownMiB = (process.memoryUsage().heapUsed - before) / 1024 ** 2;
    const begun = performance.now();
    await tracing.stop();
    print({ stopMs: performance.now() - begun, grownMiB });`);
  expect(stopMs).toBeLessThan(4_000);
  expect(grownMiB).toBeLessThan(64);
});

it('trouble is told once, until it has passed', async () => {
  await collector.close();
  expect(await run(`
    process.env.OTEL_EXPORTER_OTLP_TIMEOUT = '500';
    process.env.OTEL_BSP_SCHEDULE_DELAY = '10';
    const tracing = await open();
    for (let n = 0; n < 3; n++) {
      tracing.tracer('a').enter('b', '${sampled}').span.end();
      await new Promise((later) => setTimeout(later, 200));
    }
    print(troubles.length);`)).toBe(1);
});
