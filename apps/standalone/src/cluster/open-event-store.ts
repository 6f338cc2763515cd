import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Shutdown } from '@gridcase/platform';

/** How the processes are told where the record is, and how people are. */
export interface EventStoreChoice { env: Readonly<Record<string, string>>; what: string }

const run = promisify(execFile);
const IMAGE = 'eventstore/eventstore:23.10';
const PORT = 2113;
/** An engine that cannot get the image within this is the same as none. */
const PULL_TIMEOUT_MS = 60_000;
const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 200;

/** EventStoreDB where `EVENTSTORE_URL` or Docker gives one, otherwise the PostgreSQL adapter in a database of its own. */
export async function openEventStore({ eventStoreUrl, databaseUrl, dataDir, docker }: { eventStoreUrl?: string; databaseUrl: string; dataDir: string; docker: boolean }, shutdown: Shutdown): Promise<EventStoreChoice> {
  if (eventStoreUrl) return { env: { EVENTSTORE_URL: eventStoreUrl }, what: `EventStoreDB at ${eventStoreUrl.replace(/\/\/[^@/]*@/, '//')}` };
  const none = docker ? await whyNoContainer() : 'Docker is not asked';
  if (none) return { env: { EVENT_STORE_DATABASE_URL: databaseUrl }, what: `PostgreSQL in a database of its own (EVENTSTORE_URL is not set; ${none})` };
  const url = await startContainer(dataDir, shutdown);
  return { env: { EVENTSTORE_URL: url }, what: `EventStoreDB in a container (${IMAGE})` };
}

async function whyNoContainer(): Promise<string | undefined> {
  try {
    await run('docker', ['version', '--format', '{{.Server.Version}}'], { timeout: 5_000 });
  } catch {
    return 'no Docker';
  }
  try {
    await run('docker', ['image', 'inspect', IMAGE], { timeout: 5_000 });
    return undefined;
  } catch {
    return run('docker', ['pull', '-q', IMAGE], { timeout: PULL_TIMEOUT_MS }).then(() => undefined, () => `Docker cannot get ${IMAGE}`);
  }
}

/** Its data in a volume that belongs to the data folder: a later start of the same cluster finds its record again. */
async function startContainer(dataDir: string, shutdown: Shutdown): Promise<string> {
  const volume = `gridcase-eventstoredb-${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}`;
  const settings = { INSECURE: 'true', RUN_PROJECTIONS: 'None', TELEMETRY_OPTOUT: 'true', MAX_APPEND_SIZE: String(8 * 1024 * 1024) };
  const { stdout } = await run('docker', [
    'run', '-d', '--rm', '-p', `127.0.0.1::${PORT}`, '-v', `${volume}:/var/lib/eventstore`, ...Object.entries(settings).flatMap(([name, value]) => ['-e', `EVENTSTORE_${name}=${value}`]), IMAGE,
  ]);
  const container = stdout.trim();
  shutdown.onStop('servers', 'EventStoreDB', async () => void (await run('docker', ['stop', '-t', '10', container])));
  const { stdout: mapped } = await run('docker', ['port', container, String(PORT)]);
  const address = mapped.trim().split('\n')[0]!;
  for (let waitedMs = 0; !(await fetch(`http://${address}/health/live`, { signal: AbortSignal.timeout(2_000) }).then(({ ok }) => ok, () => false)); waitedMs += POLL_MS) {
    if (waitedMs > READY_TIMEOUT_MS) throw new Error(`EventStoreDB in container ${container} was not ready within ${READY_TIMEOUT_MS} ms`);
    await delay(POLL_MS);
  }
  return `esdb://${address}?tls=false`;
}
