/**
 * `npm run compose:demo`: docker-compose.yml in a project of its own (`gridcase-demo`); the short demo through the published port; then,
 * under load, every container restarted and killed in turn, PostgreSQL and Kafka among them, and a second relay that takes over from the
 * first; then all stopped. Exit 0 only if every expectation of the demo held, everything acknowledged under load is on record exactly
 * once, and every process of Gridcase ended with 0. Port 8080 must be free.
 *
 *   GRIDCASE_IMAGE   the image (default gridcase, built if it is not there)
 *   COMPOSE_FILE     with docker-compose.yml:docker/record-in-postgres.yml the record is in PostgreSQL
 */
import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { underLoad } from '../k8s/under-load.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const require = createRequire(import.meta.url);
const dist = join(root, 'apps/standalone/dist');
const { values: options } = parseArgs({ options: { keep: { type: 'boolean' }, lanes: { type: 'string', default: '4' }, report: { type: 'string' } } });

const PROJECT = 'gridcase-demo';
const BASE_URL = 'http://127.0.0.1:8080';
/** Not ours, and not ended with 0 by SIGTERM: a JVM gives 143. */
const stores = ['postgres', 'kafka', 'eventstore'];
const READY_TIMEOUT_MS = 600_000;

const say = (line = '') => void process.stdout.write(`${line}\n`);
const execute = promisify(execFile);
let environment = process.env;
/** Never waits in this process: the load goes on meanwhile. */
const compose = async (...args) => (await execute('docker', ['compose', '--project-name', PROJECT, ...args], { cwd: root, env: environment, maxBuffer: 64 * 1024 * 1024 })).stdout.trim();
const containers = async (...args) => (await compose('ps', '--format', 'json', ...args)).split('\n').filter(Boolean).map((line) => JSON.parse(line));

/** `up --wait` gives up at the first `unhealthy`, which services rightly are while Kafka is away. */
async function untilHealthy() {
  for (const until = performance.now() + READY_TIMEOUT_MS; ;) {
    const left = (await containers()).filter(({ Health }) => Health !== 'healthy').map(({ Name }) => Name);
    if (left.length === 0) return;
    if (performance.now() > until) throw new Error(`not healthy: ${left.join(', ')}`);
    await delay(1_000);
  }
}

async function disturb(onStep) {
  const services = (await compose('ps', '--services')).split('\n');
  for (const service of services) {
    await onStep(`restart of ${service}`, async () => {
      await compose('restart', service);
      await untilHealthy();
    });
  }
  for (const service of services) {
    await onStep(`SIGKILL of ${service}`, async () => {
      await compose('kill', service);
      await compose('start', service);
      await untilHealthy();
    });
  }
  await onStep('a second relay, then SIGKILL of the first', async () => {
    await compose('up', '--detach', '--no-recreate', '--scale', 'relay=2');
    await untilHealthy();
    await execute('docker', ['kill', (await containers('relay'))[0].Name]);
    await compose('start', 'relay');
    await untilHealthy();
  });
}

/** @returns those that did not end as they should. */
async function stop() {
  await compose('stop');
  return (await containers('--all')).filter(({ Service, ExitCode }) => !stores.includes(Service) && ExitCode !== 0).map(({ Name, ExitCode }) => `${Name} ended with ${ExitCode}`);
}

async function main() {
  if (!existsSync(join(dist, 'demo/index.js'))) throw new Error('build first: npm run build');
  const { runDemo, demoStart } = require(join(dist, 'demo/index.js'));
  environment = { ...process.env, GRIDCASE_CLOCK: 'simulated', GRIDCASE_CLOCK_START: demoStart };
  let failed = true;
  try {
    await compose('down', '--volumes', '--remove-orphans');
    const begun = performance.now();
    await compose('up', '--detach', '--wait');
    say(`Ready after ${Math.round((performance.now() - begun) / 1_000)} s. The short demo through ${BASE_URL}:`);
    const code = await runDemo({ baseUrl: BASE_URL, short: true, print: say });
    say();
    say('Under load:');
    const seen = await underLoad({ baseUrl: BASE_URL, run: 'compose', lanes: Number(options.lanes), disturb, say });
    const problems = [...seen.problems, ...(await stop())];
    say(`${seen.acknowledged} commands acknowledged, ${seen.retries} retries with the same key; ${seen.cases} cases lived to their archive. Record: ${seen.record.events} events in ${seen.record.streams} streams, ${seen.record.ok ? 'whole' : 'NOT WHOLE'}`);
    for (const problem of problems) say(`  PROBLEM: ${problem}`);
    failed = code !== 0 || problems.length > 0 || seen.cases === 0;
    if (options.report) writeFileSync(options.report, `${JSON.stringify({ held: !failed, demo: code === 0, ...seen, problems }, undefined, 1)}\n`);
    say(failed ? 'FAILED' : 'Nothing was lost, nothing is there twice, all ended with 0.');
  } catch (error) {
    say(`FAILED: ${error.stack}`);
    try { say(await compose('ps', '--all')); } catch { /* the first failure is what counts */ }
  } finally {
    if (!options.keep) await compose('down', '--volumes');
  }
  process.exitCode = failed ? 1 : 0;
}

await main();
