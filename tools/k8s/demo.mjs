/**
 * `npm run k8s:demo`: Gridcase on the cluster that KUBECONFIG names, in a namespace of its own; the short demo through the gateway's
 * Service; then, under load, every Job, a rolling restart of every Deployment and the deletion of every Pod in turn. Exit 0 only if every
 * expectation of the demo held, every Job succeeded, and everything acknowledged under load is on record exactly once.
 *
 *   npm run k8s:demo -- [--replicas N] [--lanes N] [--report FILE] [--keep]      N replicas of each under load (default 2); the demo itself is played on
 *                    one of each, because it moves a simulated clock
 *
 *   GRIDCASE_IMAGE   the image, as the nodes know it (default gridcase:latest)
 *   DATABASE_URL, KAFKA_BROKERS   a PostgreSQL whose role may create databases and roles, and brokers, both as Pods reach them; without
 *                    them PostgreSQL and Kafka run in the cluster. With EVENTSTORE_URL the record is in EventStoreDB
 *   DATABASE_URL_HERE   the same PostgreSQL as this machine reaches it, where that differs
 *   GATEWAY_URL      where the gateway's NodePort 30080 is reached from here (default: the address of the first node)
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import pg from 'pg';
import { underLoad } from './under-load.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const require = createRequire(import.meta.url);
const dist = join(root, 'apps/standalone/dist');
const { values: options } = parseArgs({ options: { keep: { type: 'boolean' }, lanes: { type: 'string', default: '4' }, replicas: { type: 'string', default: '2' }, report: { type: 'string' } } });

const cache = join(root, 'node_modules/.cache/gridcase-k8s');
const NAMESPACE = 'gridcase-demo';
const NODE_PORT = 30080;
const services = ['registry', 'intake', 'dispatch', 'sla-monitor', 'assessment', 'audit'];
const owners = [...services, 'relay', 'event-store'];
const READY_TIMEOUT_S = 600;

const say = (line = '') => void process.stdout.write(`${line}\n`);
const execute = promisify(execFile);
/** Never waits in this process: the load goes on meanwhile. */
const kubectl = async (...args) => (await execute('kubectl', args, { maxBuffer: 64 * 1024 * 1024 })).stdout.trim();
const inNamespace = (...args) => kubectl('-n', NAMESPACE, ...args);

/** A run of its own: databases and topics of an earlier one are not found again. */
const run = `demo_${randomBytes(4).toString('hex')}`;
const databaseOf = (owner) => `${run}_${owner.replaceAll('-', '_')}`;

async function withAdmin(work) {
  const client = new pg.Client({ connectionString: process.env.DATABASE_URL_HERE ?? process.env.DATABASE_URL });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** One database and one role for each, on a server that stands outside of the cluster. */
async function createDatabases(password) {
  await withAdmin(async (client) => {
    for (const name of owners.map(databaseOf)) {
      await client.query(`create role ${name} login password '${password}'`);
      await client.query(`create database ${name} owner ${name}`);
      await client.query(`revoke all on database ${name} from public`);
    }
  });
}
const dropDatabases = () => withAdmin(async (client) => {
  for (const name of owners.map(databaseOf)) {
    await client.query(`drop database if exists ${name} with (force)`);
    await client.query(`drop role if exists ${name}`);
  }
});

const external = Boolean(process.env.DATABASE_URL && process.env.KAFKA_BROKERS);
const [imageName, imageTag = 'latest'] = (process.env.GRIDCASE_IMAGE ?? 'gridcase:latest').split(/:(?=[^/]*$)/);

/** The overlay of a single node, with what a demo needs on top: a simulated clock, a port on the node, a namespace of its own. */
function writeOverlay(demoStart, password) {
  const folder = join(cache, run);
  mkdirSync(folder, { recursive: true });
  const url = (owner) => Object.assign(new URL(process.env.DATABASE_URL), { username: databaseOf(owner), password, pathname: `/${databaseOf(owner)}` }).href;
  const secrets = [
    { name: 'gridcase-database', literals: [...services, 'relay'].map((owner) => `${owner}=${external && url(owner)}`) },
    { name: 'gridcase-eventstore', literals: [process.env.EVENTSTORE_URL ? `url=${process.env.EVENTSTORE_URL}` : `database-url=${external && url('event-store')}`] },
    { name: 'gridcase-kafka', literals: [`brokers=${process.env.KAFKA_BROKERS}`] },
  ];
  writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify({
    apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', namespace: NAMESPACE,
    resources: [relative(folder, join(root, 'k8s/overlays', external ? 'single-node-external-stores' : 'single-node'))],
    images: [{ name: 'gridcase', newName: imageName, newTag: imageTag }],
    configMapGenerator: [{ name: 'gridcase-config', behavior: 'merge', literals: ['GRIDCASE_CLOCK=simulated', `GRIDCASE_CLOCK_START=${demoStart}`, `KAFKA_TOPIC_PREFIX=${run}.`, 'GRIDCASE_LOG_LEVEL=info'] }],
    ...(external && { secretGenerator: secrets }),
    patches: [{ target: { kind: 'Service', name: 'gateway' }, patch: JSON.stringify([{ op: 'add', path: '/spec/type', value: 'NodePort' }, { op: 'add', path: '/spec/ports/0/nodePort', value: NODE_PORT }]) }],
  }));
  return folder;
}

/** What every overlay asks for, as this server sees it: an unknown field, a wrong value, a pod against the namespace's standard is refused. */
async function checkOverlays() {
  for (const overlay of readdirSync(join(root, 'k8s/overlays'))) {
    const folder = join(cache, `${run}-${overlay}`);
    mkdirSync(folder, { recursive: true });
    try {
      writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify({ resources: [relative(folder, join(root, 'k8s/overlays', overlay))], namespace: NAMESPACE }));
      const { stdout, stderr } = await execute('kubectl', ['apply', '--server-side', '--dry-run=server', '--validate=strict', '-k', folder], { maxBuffer: 64 * 1024 * 1024 });
      if (stderr) throw new Error(`${overlay}: ${stderr}`);
      say(`  ${overlay}: ${stdout.trim().split('\n').length} objects, each accepted by the server (--dry-run=server --validate=strict)`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

const names = async (...args) => (await inNamespace('get', ...args, '-o', 'name')).split('\n').filter(Boolean);
const untilReady = (workload) => inNamespace('rollout', 'status', workload, `--timeout=${READY_TIMEOUT_S}s`);

const deleteNamespace = () => kubectl('delete', 'namespace', NAMESPACE, '--ignore-not-found', '--wait=true', '--timeout=180s');

async function gatewayUrl() {
  const address = JSON.parse(await kubectl('get', 'nodes', '-o', 'json')).items[0].status.addresses.find(({ type }) => type === 'InternalIP').address;
  const url = process.env.GATEWAY_URL ?? `http://${address}:${NODE_PORT}`;
  for (let attempt = 0; ; attempt++) {
    const response = await fetch(`${url}/v1/simulation/clock`, { signal: AbortSignal.timeout(3_000) }).catch((error) => error);
    if (response.status) return url;
    if (attempt === 20) throw new Error(`the gateway's Service is not reached at ${url}: ${response.message}. Set GATEWAY_URL`);
    await delay(500);
  }
}

/** Every Job that the overlay brings, as an operator starts it; what it printed last. */
async function runJobs(onStep) {
  for (const cronJob of await names('cronjobs')) {
    const name = cronJob.split('/')[1];
    await onStep(`job ${name}`, async () => {
      await inNamespace('create', 'job', `--from=${cronJob}`, `${name}-${run.slice(-4)}`);
      const job = `job/${name}-${run.slice(-4)}`;
      for (const until = performance.now() + READY_TIMEOUT_S * 1_000; ; await delay(500)) {
        const { succeeded = 0, failed = 0 } = JSON.parse(await inNamespace('get', job, '-o', 'json')).status;
        if (succeeded > 0) break;
        if (failed > 0 || performance.now() > until) throw new Error(`${job} did not succeed:\n${await inNamespace('logs', job)}`);
      }
      return (await inNamespace('logs', '--tail=8', job)).split('\n');
    });
  }
}

/** Rolling restart of every Deployment, then every Pod deleted, one after the other, each ready again before the next. */
async function disturb(onStep) {
  await runJobs(onStep);
  const deployments = await names('deployments');
  for (const deployment of deployments) {
    await onStep(`rolling restart of ${deployment.split('/')[1]}`, async () => {
      await inNamespace('rollout', 'restart', deployment);
      await untilReady(deployment);
    });
  }
  for (const deployment of deployments) {
    for (const pod of await names('pods', '-l', `app.kubernetes.io/component=${deployment.split('/')[1]}`, '--field-selector=status.phase=Running')) {
      await onStep(`deletion of ${pod}`, async () => {
        await inNamespace('delete', pod, '--wait=true');
        await untilReady(deployment);
      });
    }
  }
}

async function main() {
  if (!existsSync(join(dist, 'demo/index.js'))) throw new Error('build first: npm run build');
  const { runDemo, demoStart } = require(join(dist, 'demo/index.js'));
  const password = randomBytes(12).toString('hex');
  const folder = writeOverlay(demoStart, password);
  let failed = true;
  try {
    say(`Cluster: ${await kubectl('config', 'current-context')}, Kubernetes ${JSON.parse(await kubectl('get', '--raw', '/version')).gitVersion}. Stores: ${external ? 'outside of the cluster' : 'in the cluster'}; the record in ${process.env.EVENTSTORE_URL ? 'EventStoreDB' : 'PostgreSQL'}`);
    await deleteNamespace();
    await kubectl('create', 'namespace', NAMESPACE, '--save-config=false');
    await checkOverlays();
    if (external) await createDatabases(password);
    const applied = await kubectl('apply', '--server-side', '-k', folder);
    say(`${applied.split('\n').length} objects applied; waiting until all is ready …`);
    const begun = performance.now();
    for (const workload of await names('deployments,statefulsets')) await untilReady(workload);
    const url = await gatewayUrl();
    say(`Ready after ${Math.round((performance.now() - begun) / 1_000)} s. The short demo through the gateway's Service at ${url}:`);
    const code = await runDemo({ baseUrl: url, short: true, print: say });
    say();
    say(`${options.replicas} of each, under load:`);
    await inNamespace('scale', 'deployment', '--all', `--replicas=${options.replicas}`);
    for (const deployment of await names('deployments')) await untilReady(deployment);
    const seen = await underLoad({ baseUrl: url, run, lanes: Number(options.lanes), disturb, say });
    say(`${seen.acknowledged} commands acknowledged, ${seen.retries} retries with the same key; ${seen.cases} cases lived to their archive. Record: ${seen.record.events} events in ${seen.record.streams} streams, ${seen.record.ok ? 'whole' : 'NOT WHOLE'}`);
    for (const problem of seen.problems) say(`  LOST OR TWICE: ${problem}`);
    failed = code !== 0 || seen.problems.length > 0 || seen.cases === 0;
    if (options.report) writeFileSync(options.report, `${JSON.stringify({ held: !failed, demo: code === 0, ...seen }, undefined, 1)}\n`);
    say(failed ? 'FAILED' : 'Nothing was lost, nothing is there twice.');
  } catch (error) {
    say(`FAILED: ${error.stack}`);
    for (const args of [['get', 'pods', '-o', 'wide'], ['get', 'events', '--sort-by=.lastTimestamp']]) {
      try { say((await inNamespace(...args)).split('\n').slice(-30).join('\n')); } catch { /* the first failure is what counts */ }
    }
  } finally {
    if (!options.keep) {
      await deleteNamespace();
      if (external) await dropDatabases();
    }
    rmSync(folder, { recursive: true, force: true });
  }
  process.exitCode = failed ? 1 : 0;
}

await main();
