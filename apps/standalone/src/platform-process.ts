import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface PlatformProcess { url: string; grpcAddress: string; child: ChildProcess; /** Resolves with its exit code. */ stop(): Promise<number | null>; kill(): Promise<void> }
export interface PlatformProcessOptions { dataDir: string; restPort?: number; grpcPort?: number; env?: Record<string, string>; /** Where its log goes. Default: the last lines are kept and shown when it fails to start. */ readyTimeoutMs?: number }

const READY_TIMEOUT_MS = 120_000;
const LOG_KEPT_CHARACTERS = 8_000;

/** The platform in a process of its own, ready to be called. For the demo, benches and fault tests. */
export async function startPlatformProcess({ dataDir, restPort, grpcPort, env = {}, readyTimeoutMs = READY_TIMEOUT_MS }: PlatformProcessOptions): Promise<PlatformProcess> {
  const rest = restPort ?? (await freePort());
  const grpc = grpcPort ?? (await freePort());
  const child = spawn(process.execPath, ['--max-semi-space-size=64', join(__dirname, 'main.js')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, GRIDCASE_DATA_DIR: dataDir, GRIDCASE_REST_PORT: String(rest), GRIDCASE_GRPC_PORT: String(grpc), GRIDCASE_LOG_LEVEL: 'warn', ...env },
  });
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

export const freePort = (): Promise<number> => new Promise((resolve, reject) => {
  const server = createServer().once('error', reject).listen(0, '127.0.0.1', () => {
    const { port } = server.address() as { port: number };
    server.close(() => resolve(port));
  });
});
