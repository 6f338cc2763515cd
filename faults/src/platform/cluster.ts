import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ProtocolDouble } from '@gridcase/eventstoredb-double';
import { freePort, Shutdown, startKafka } from '@gridcase/platform';
import { ClusterProcess, databaseName, databaseOwners, startCluster, variablePrefix } from '@gridcase-apps/standalone';
import { startDatabase } from './database';
import { peakMemoryMiB } from './peak-memory';
import type { PlatformOptions, PlatformUnderTest } from './under-test';

const STOP_TIMEOUT_MS = 90_000;
const READY_TIMEOUT_MS = 180_000;
const PROCESS_STOP_MS = 30_000;

/** Every service, the relay and the gateway processes of their own, on a PostgreSQL and a Kafka that can be hurt. */
export async function startClusterUnderTest({ dataDir, clockStart, env, proxied, eventStoreDb, say }: PlatformOptions): Promise<PlatformUnderTest> {
  const shutdown = new Shutdown({ timeoutMs: STOP_TIMEOUT_MS, exit: () => undefined });
  mkdirSync(dataDir, { recursive: true });
  const database = await startDatabase(dataDir, databaseName, proxied);
  const broker = await startKafka({ dataDir: join(dataDir, 'kafka'), startTimeoutMs: READY_TIMEOUT_MS }).catch(async (error: unknown) => {
    await database.stop();
    throw error;
  });
  const double = eventStoreDb ? await new ProtocolDouble().start() : undefined;
  const stores = async () => {
    double?.stop();
    await broker.stop();
    await database.stop();
  };
  const cluster = await startCluster({ dataDir, clockStart, databaseUrl: database.toldUrlOf('postgres'), brokers: broker.brokers, eventStoreUrl: double?.connectionString, docker: false, logLevel: 'warn', env, say }, shutdown).catch(async (error: unknown) => {
    await shutdown.stop();
    await stores();
    throw error;
  });
  const processes = new Map(cluster.processes);
  const processOf = (name: string): ClusterProcess => {
    const found = processes.get(name);
    if (!found) throw new Error(`no process ${name}: one of ${[...processes.keys()].join(', ')}`);
    return found;
  };
  const running = () => [...processes.values()].filter((one) => one.running);
  return {
    profile: 'cluster', url: cluster.url, grpcAddress: cluster.grpcAddress, names: [...cluster.processes.keys()], database, broker, proxy: database.proxy,
    eventStoreDb: double,
    toolsEnv: {
      ...env,
      ...(double ? { EVENTSTORE_URL: double.connectionString } : { EVENT_STORE_DATABASE_URL: database.urlOf('event-store') }),
      ...Object.fromEntries(databaseOwners.filter((owner) => owner !== 'event-store').map((owner) => [`${variablePrefix(owner)}_DATABASE_URL`, database.urlOf(owner)])),
    },
    kill: async (name, signal = 'SIGKILL') => {
      processOf(name).kill(signal);
      return signal === 'SIGSTOP' || signal === 'SIGCONT' ? { code: null, signal } : processOf(name).exited;
    },
    start: (name, once) => processOf(name).start(once),
    startCopy: async (name) => {
      const { options } = processOf(name);
      const copy = `${name}-2`;
      const [health, grpc] = [await freePort(), await freePort()];
      processes.set(copy, new ClusterProcess({
        ...options, name: copy, logFile: options.logFile.replace(/\.log$/, '-2.log'), healthUrl: `http://127.0.0.1:${health}`,
        env: { ...options.env, HEALTH_PORT: String(health), ...(options.env['GRPC_LISTEN'] && { GRPC_LISTEN: `127.0.0.1:${grpc}` }) },
      }));
      await processOf(copy).ready(READY_TIMEOUT_MS);
      return copy;
    },
    endCopy: async (copy) => {
      const code = await processOf(copy).stop(PROCESS_STOP_MS);
      processes.delete(copy);
      return code;
    },
    isRunning: (name) => processOf(name).running,
    ended: (name) => processOf(name).exited,
    ready: async (timeoutMs = READY_TIMEOUT_MS) => void (await Promise.all([...processes.values()].map((one) => one.ready(timeoutMs)))),
    isReady: (name) => processOf(name).isReady(),
    whyNotReady: (name) => processOf(name).whyNotReady(),
    peakMemoryMiB: (name) => peakMemoryMiB(processOf(name).pid!),
    metrics: async () => new Map(await Promise.all(running().map(async (one): Promise<[string, string]> => [one.name, await one.metrics()]))),
    logEnd: (name) => processOf(name).logEnd(),
    stop: async () => {
      const order = [...processes.keys()].reverse(); // the gateway first, the relay last
      const bad: string[] = [];
      for (const name of order) {
        const code = await processOf(name).stop(PROCESS_STOP_MS);
        if (code !== 0) bad.push(`${name} ended with ${code}`);
      }
      await stores();
      return bad;
    },
  };
}
