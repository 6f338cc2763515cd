import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@gridcase/platform';
import { checkPort } from './ports';

export interface PlatformProcess { url: string; grpcAddress: string; child: ChildProcess; /** Resolves with its exit code. */ stop(): Promise<number | null>; kill(): Promise<void> }
export interface PlatformProcessOptions { dataDir: string; restPort?: number; grpcPort?: number; env?: Record<string, string>; readyTimeoutMs?: number; /** In a process group of its own: Ctrl-C in a terminal reaches us alone, and we end it. */ apart?: boolean }

const READY_TIMEOUT_MS = 120_000;
const LOG_KEPT_CHARACTERS = 8_000;

/** The platform in a process of its own, ready to be called. For the demo, benches and fault tests. */
export async function startPlatformProcess({ dataDir, restPort, grpcPort, env = {}, readyTimeoutMs = READY_TIMEOUT_MS, apart = false }: PlatformProcessOptions): Promise<PlatformProcess> {
  // Another platform that answers there would be taken for ours.
  for (const port of [restPort, grpcPort]) if (port !== undefined) await checkPort('127.0.0.1', port);
  const rest = restPort ?? (await freePort());
  const grpc = grpcPort ?? (await freePort());
  const child = spawn(process.execPath, ['--max-semi-space-size=64', join(__dirname, 'main.js')], {
    stdio: ['ignore', 'pipe', 'pipe'], detached: apart && process.platform !== 'win32',
    env: { ...process.env, GRIDCASE_DATA_DIR: dataDir, GRIDCASE_REST_PORT: String(rest), GRIDCASE_GRPC_PORT: String(grpc), GRIDCASE_LOG_LEVEL: 'warn', ...env },
  });
  // Whatever ends us ends it too.
  const leave = () => void child.kill('SIGTERM');
  process.once('exit', leave);
  child.once('exit', () => process.off('exit', leave));
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-LOG_KEPT_CHARACTERS)));
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const url = `http://127.0.0.1:${rest}`;
  const deadline = performance.now() + readyTimeoutMs;
  while (!(await isReady(url))) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the platform ended while starting:\n${log}`);
    if (performance.now() > deadline) { child.kill('SIGKILL'); throw new Error(`the platform was not ready within ${readyTimeoutMs} ms:\n${log}`); }
    await delay(50);
  }
  return {
    url, grpcAddress: `127.0.0.1:${grpc}`, child,
    stop: async () => { child.kill('SIGTERM'); return exited; },
    kill: async () => { child.kill('SIGKILL'); await exited; },
  };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}
