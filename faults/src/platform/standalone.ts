import { chmodSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { freePort } from '@gridcase/platform';
import { ClusterProcess } from '@gridcase-apps/standalone';
import { embeddedDatabase, startDatabase } from './database';
import { peakMemoryMiB } from './peak-memory';
import type { PlatformOptions, PlatformUnderTest } from './under-test';

const READY_TIMEOUT_MS = 180_000;
const PROCESS_STOP_MS = 30_000;
const NAME = 'platform';
const DATABASE = 'gridcase';
const MAIN = join(dirname(require.resolve('@gridcase-apps/standalone')), 'main.js');

/** Everything in one process, on a PostgreSQL beside it or on its own. */
export async function startStandaloneUnderTest({ dataDir, clockStart, env, proxied, embedded }: PlatformOptions): Promise<PlatformUnderTest> {
  mkdirSync(dataDir, { recursive: true });
  chmodSync(dataDir, 0o711);
  const database = embedded ? embeddedDatabase(dataDir) : await startDatabase(dataDir, () => DATABASE, proxied, DATABASE);
  const databaseUrl = database.toldUrlOf(DATABASE);
  const [rest, grpc] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${rest}`;
  const own = { ...(databaseUrl && { DATABASE_URL: databaseUrl }), GRIDCASE_DATA_DIR: dataDir, GRIDCASE_REST_PORT: String(rest), GRIDCASE_GRPC_PORT: String(grpc), GRIDCASE_LOG_LEVEL: 'warn', ...(clockStart && { GRIDCASE_CLOCK: 'simulated', GRIDCASE_CLOCK_START: clockStart }) };
  const platform = new ClusterProcess({ name: NAME, args: ['--max-semi-space-size=64', MAIN], env: { ...own, ...env }, logFile: join(dataDir, 'platform.log'), healthUrl: url });
  const end = async () => {
    const code = await platform.stop(PROCESS_STOP_MS);
    await database.stop();
    return code === 0 ? [] : [`platform ended with ${code}`];
  };
  await platform.ready(READY_TIMEOUT_MS).catch(async (error: unknown) => {
    await end();
    throw error;
  });
  return {
    profile: 'standalone', url, grpcAddress: `127.0.0.1:${grpc}`, names: [NAME], database, proxy: database.proxy,
    toolsEnv: { ...env, ...(databaseUrl && { DATABASE_URL: database.urlOf(DATABASE) }), GRIDCASE_DATA_DIR: dataDir },
    kill: async (_, signal = 'SIGKILL') => {
      platform.kill(signal);
      return signal === 'SIGSTOP' || signal === 'SIGCONT' ? { code: null, signal } : platform.exited;
    },
    start: (_, once) => platform.start(once),
    isRunning: () => platform.running,
    ended: () => platform.exited,
    ready: (timeoutMs = READY_TIMEOUT_MS) => platform.ready(timeoutMs),
    isReady: () => platform.isReady(),
    whyNotReady: () => platform.whyNotReady(),
    peakMemoryMiB: () => peakMemoryMiB(platform.pid!),
    metrics: async () => new Map([[NAME, await platform.metrics()]]),
    logEnd: () => platform.logEnd(),
    stop: end,
  };
}
