import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { GenericContainer, Wait } from 'testcontainers';

export const IMAGE = 'eventstore/eventstore:23.10';

export interface RealServer { what: string; start(): Promise<{ connectionString: string; stop(): Promise<void> }> }

let found: RealServer | undefined | null = null;

/** A server beside the double, when one can be had: `EVENTSTORE_URL`, or a container. Says in one line which it is. */
export function realServer(): RealServer | undefined {
  if (found === null) found = find((line) => process.stderr.write(`${line}\n`));
  return found;
}

function find(say: (line: string) => void): RealServer | undefined {
  const url = process.env.EVENTSTORE_URL;
  if (url) {
    const connectionString = url;
    const what = `server at ${url.replace(/\/\/[^@/]*@/, '//')}`;
    say(`EventStoreDB tests: protocol double and ${what}`);
    return { what, start: async () => ({ connectionString, stop: async () => undefined }) };
  }
  // Suites are declared before anything can be awaited, so a process of its own looks; it gives up by itself.
  const { status, stdout } = spawnSync(process.execPath, [join(__dirname, 'find-container-engine.cjs'), IMAGE], { encoding: 'utf8', timeout: 600_000 });
  if (status !== 0) {
    say(`EventStoreDB tests: protocol double only (EVENTSTORE_URL is not set; ${stdout.trim() || 'no container engine'})`);
    return undefined;
  }
  say(`EventStoreDB tests: protocol double and container ${IMAGE}`);
  return { what: `container ${IMAGE}`, start: startContainer };
}

async function startContainer() {
  const container = await new GenericContainer(IMAGE)
    .withEnvironment({ EVENTSTORE_INSECURE: 'true', EVENTSTORE_MEM_DB: 'true', EVENTSTORE_RUN_PROJECTIONS: 'None', EVENTSTORE_TELEMETRY_OPTOUT: 'true', EVENTSTORE_MAX_APPEND_SIZE: '8388608' })
    .withExposedPorts(2113).withWaitStrategy(Wait.forHttp('/health/live', 2113).forStatusCode(204)).withStartupTimeout(25_000).start();
  return { connectionString: `esdb://${container.getHost()}:${container.getMappedPort(2113)}?tls=false`, stop: async () => void (await container.stop()) };
}
