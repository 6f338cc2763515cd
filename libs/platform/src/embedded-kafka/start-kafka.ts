import { execFile, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { isSameProcess, processIdentity, type ProcessIdentity } from '../embedded-postgres/process-identity';
import { freePort } from '../free-port';
import { randomUuid } from '../ids';
import { kafkaJars } from './jars';

export interface StartKafkaOptions {
  /** Log segments, settings and the broker's own log; formatted when empty, resumed when not. */
  dataDir: string;
  /** Default: a free one. */
  port?: number;
  heapMaxMiB?: number;
  startTimeoutMs?: number;
  log?: (line: string) => void;
}

const STOP_TIMEOUT_MS = 10_000;
const POLL_MS = 50;

/** A single-node Apache Kafka (KRaft) of our own. It outlives this process: whoever started it stops it. */
export async function startKafka(options: StartKafkaOptions): Promise<KafkaServer> {
  const jars = await kafkaJars(options.log);
  mkdirSync(options.dataDir, { recursive: true });
  const settings = join(options.dataDir, 'server.properties');
  if (!existsSync(settings)) await format(jars, options.dataDir, settings, options.port);
  const port = Number(/advertised\.listeners=PLAINTEXT:\/\/127\.0\.0\.1:(\d+)/.exec(readFileSync(settings, 'utf8'))![1]);
  const server = new KafkaServer([`127.0.0.1:${port}`], jars, options);
  await server.start();
  return server;
}

export class KafkaServer {
  private process: ProcessIdentity | undefined;

  constructor(readonly brokers: string[], private readonly jars: string, private readonly options: StartKafkaOptions) {}

  /** On the same data, after `kill` or `stop`: nothing acknowledged is lost. */
  async start(): Promise<void> {
    const { dataDir, heapMaxMiB = 512, startTimeoutMs = 60_000 } = this.options;
    const logFile = join(dataDir, 'broker.log');
    const logged = existsSync(logFile) ? statSync(logFile).size : 0;
    const output = openSync(logFile, 'a');
    const child = spawn('java', [
      '-Xms256m', `-Xmx${heapMaxMiB}m`, '-XX:+UseG1GC', '-Djava.awt.headless=true', '-Dlog4j2.level=INFO', '-cp', join(this.jars, '*'), 'kafka.Kafka', join(dataDir, 'server.properties'),
    ], { detached: true, stdio: ['ignore', output, output], cwd: dataDir });
    closeSync(output);
    child.unref();
    if (child.pid === undefined) throw new Error('the Kafka broker could not be started');
    this.process = processIdentity(child.pid);
    writeFileSync(processFile(dataDir), JSON.stringify(this.process));
    for (let waitedMs = 0; ; waitedMs += POLL_MS) {
      const text = readFileSync(logFile, 'utf8').slice(logged);
      if (text.includes('Kafka Server started')) return;
      if (!isSameProcess(this.process)) throw new Error(`the Kafka broker ended at its start:\n${text.slice(-2_000)}`);
      if (waitedMs >= startTimeoutMs) {
        await this.kill();
        throw new Error(`the Kafka broker did not start within ${startTimeoutMs} ms:\n${text.slice(-2_000)}`);
      }
      await delay(POLL_MS);
    }
  }

  /** Of the broker while it runs: it may end by itself. */
  get pid(): number | undefined {
    return this.process && isSameProcess(this.process) ? this.process.pid : undefined;
  }

  /** As a power failure of the process: SIGKILL. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.end('SIGTERM');
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    if (this.process) await endProcess(this.process, signal);
    this.process = undefined;
  }
}

const processFile = (dataDir: string) => join(dataDir, 'process.json');

/** Ends the broker that was started on this data by a process that is gone, if it still runs. */
export async function stopAbandonedKafka(dataDir: string): Promise<void> {
  if (existsSync(processFile(dataDir))) await endProcess(JSON.parse(readFileSync(processFile(dataDir), 'utf8')) as ProcessIdentity, 'SIGKILL');
}

/** Ends the very process, by force when it does not end in time. */
async function endProcess(identity: ProcessIdentity, signal: NodeJS.Signals): Promise<void> {
  if (!isSameProcess(identity)) return;
  process.kill(identity.pid, signal);
  for (let waitedMs = 0; isSameProcess(identity); waitedMs += POLL_MS) {
    if (waitedMs === STOP_TIMEOUT_MS) process.kill(identity.pid, 'SIGKILL');
    if (waitedMs > 2 * STOP_TIMEOUT_MS) throw new Error(`process ${identity.pid} does not end`);
    await delay(POLL_MS);
  }
}

async function format(jars: string, dataDir: string, settings: string, port?: number): Promise<void> {
  const [client, controller] = [port ?? (await freePort()), await freePort()];
  const draft = `${settings}.draft`;
  writeFileSync(draft, [
    'process.roles=broker,controller', 'node.id=1', `controller.quorum.bootstrap.servers=127.0.0.1:${controller}`, 'controller.listener.names=CONTROLLER',
    `listeners=PLAINTEXT://127.0.0.1:${client},CONTROLLER://127.0.0.1:${controller}`, `advertised.listeners=PLAINTEXT://127.0.0.1:${client},CONTROLLER://127.0.0.1:${controller}`,
    'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT', 'inter.broker.listener.name=PLAINTEXT', `log.dirs=${join(dataDir, 'log')}`,
    'auto.create.topics.enable=false', 'group.initial.rebalance.delay.ms=0', 'log.retention.check.interval.ms=1000',
    // After a kill the node waits until its own last session has run out.
    'broker.session.timeout.ms=2000', 'broker.heartbeat.interval.ms=500',
    // One node: without these, groups and transactions would wait for replicas that never come.
    'offsets.topic.replication.factor=1', 'offsets.topic.num.partitions=1', 'transaction.state.log.replication.factor=1', 'transaction.state.log.min.isr=1',
    'transaction.state.log.num.partitions=1', 'share.coordinator.state.topic.replication.factor=1', 'share.coordinator.state.topic.min.isr=1', '',
  ].join('\n'));
  // 16 bytes as base64url; Kafka refuses one that begins with a dash.
  const clusterId = `G${Buffer.from(randomUuid().replaceAll('-', ''), 'hex').toString('base64url').slice(1)}`;
  await promisify(execFile)('java', ['-Xmx256m', '-cp', join(jars, '*'), 'kafka.tools.StorageTool', 'format', '--standalone', '-t', clusterId, '-c', draft], { cwd: dataDir });
  writeFileSync(settings, readFileSync(draft));
  rmSync(draft);
}
