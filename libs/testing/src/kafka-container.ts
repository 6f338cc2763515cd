import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@gridcase/platform';

const IMAGE = 'apache/kafka:4.1.2';
const PULL_TIMEOUT_MS = 15_000;
const START_TIMEOUT_MS = 60_000;
const POLL_MS = 100;
const PORT = 9092;

export interface KafkaContainer { brokers: string[]; container: string; start(): Promise<void>; kill(): Promise<void>; stop(): Promise<void>; restart(): Promise<void> }

/** Asks in a process of its own, with a limit: an engine that hangs or cannot pull counts as none. */
export function whyNoKafkaContainer(): string | undefined {
  // Without any of these there is no engine to ask, and asking takes a second.
  const hints = ['DOCKER_HOST', 'TESTCONTAINERS_HOST_OVERRIDE', 'XDG_RUNTIME_DIR'];
  if (!existsSync('/var/run/docker.sock') && process.platform !== 'win32' && !hints.some((name) => process.env[name])) return 'no container engine';
  const script = `
    const { getContainerRuntimeClient, ImageName } = require(${JSON.stringify(require.resolve('testcontainers'))});
    (async () => {
      const client = await getContainerRuntimeClient();
      const image = ImageName.fromString(${JSON.stringify(IMAGE)});
      if (!(await client.image.exists(image))) await client.image.pull(image);
      process.exit(0);
    })().catch((error) => { process.stderr.write(String(error.message ?? error).split('\\n')[0]); process.exit(1); });`;
  const { status, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', timeout: PULL_TIMEOUT_MS });
  if (status === 0) return undefined;
  return status === null ? `the container engine has not got ${IMAGE} within ${PULL_TIMEOUT_MS / 1_000} s` : `no usable container engine (${stderr.trim()})`;
}

export async function startKafkaContainer(): Promise<KafkaContainer> {
  const { getContainerRuntimeClient } = await import('testcontainers');
  const { container: { dockerode } } = await getContainerRuntimeClient();
  const port = await freePort();
  const settings = {
    NODE_ID: '1', PROCESS_ROLES: 'broker,controller', LISTENERS: `PLAINTEXT://:${PORT},CONTROLLER://:9093`, ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port}`,
    CONTROLLER_LISTENER_NAMES: 'CONTROLLER', LISTENER_SECURITY_PROTOCOL_MAP: 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT', CONTROLLER_QUORUM_VOTERS: '1@localhost:9093', INTER_BROKER_LISTENER_NAME: 'PLAINTEXT',
    AUTO_CREATE_TOPICS_ENABLE: 'false', BROKER_SESSION_TIMEOUT_MS: '2000', BROKER_HEARTBEAT_INTERVAL_MS: '500', GROUP_INITIAL_REBALANCE_DELAY_MS: '0', LOG_RETENTION_CHECK_INTERVAL_MS: '1000', OFFSETS_TOPIC_REPLICATION_FACTOR: '1', OFFSETS_TOPIC_NUM_PARTITIONS: '1',
    TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1', TRANSACTION_STATE_LOG_MIN_ISR: '1', SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR: '1', SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR: '1',
  };
  const container = await dockerode.createContainer({
    Image: IMAGE, Env: Object.entries(settings).map(([name, value]) => `KAFKA_${name}=${value}`), ExposedPorts: { [`${PORT}/tcp`]: {} },
    HostConfig: { PortBindings: { [`${PORT}/tcp`]: [{ HostIp: '127.0.0.1', HostPort: String(port) }] } },
  });
  const start = async () => {
    await container.start();
    const { State: { StartedAt: since } } = await container.inspect();
    for (let waitedMs = 0; !String(await container.logs({ stdout: true, stderr: true, since: Date.parse(since) / 1_000 })).includes('Kafka Server started'); waitedMs += POLL_MS) {
      if (waitedMs >= START_TIMEOUT_MS) throw new Error(`the Kafka container did not start within ${START_TIMEOUT_MS} ms`);
      await delay(POLL_MS);
    }
  };
  await start();
  return {
    brokers: [`127.0.0.1:${port}`], container: container.id, start,
    kill: () => container.kill({ signal: 'SIGKILL' }),
    restart: async () => {
      await container.stop();
      await start();
    },
    stop: () => container.remove({ force: true }),
  };
}
