import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { services } from '@gridcase/events';
import { freePort, type Shutdown } from '@gridcase/platform';
import { ClusterProcess } from './cluster-process';
import { databaseOwners, variablePrefix, type Databases } from './database-owners';
import { endLeftOver, noteProcesses } from './left-over';
import { openBroker } from './open-broker';
import { openDatabases } from './open-databases';
import { openEventStore } from './open-event-store';

export interface ClusterOptions {
  /** Databases, the broker's log, evidence, keys, and the processes' logs. */
  dataDir: string;
  restPort?: number;
  grpcPort?: number;
  /** All clocks simulated, from here on. */
  clockStart?: string;
  /** A PostgreSQL whose role may create databases; absent = an embedded one. */
  databaseUrl?: string;
  /** Brokers; absent = an Apache Kafka of our own. */
  brokers?: readonly string[];
  topicPrefix?: string;
  eventStoreUrl?: string;
  /** Whether Docker is asked for an EventStoreDB when no URL is given. */
  docker?: boolean;
  logLevel?: string;
  /** dispatch's `GRIDCASE_WEBHOOK_…`: where case events are told. */
  webhook?: Readonly<Record<string, string>>;
  /** Settings beside, for all processes. */
  env?: Readonly<Record<string, string>>;
  say?: (line: string) => void;
}

export interface Cluster {
  url: string;
  grpcAddress: string;
  eventStore: string;
  broker: string;
  databases: Databases;
  /** Names and values for the `gridcase` command line. */
  envFile: string;
  processes: ReadonlyMap<string, ClusterProcess>;
  /** Resolves when a process has ended that nobody stopped. */
  lost: Promise<Error>;
}

/** Also what the image runs: the entry of a process by its name. */
const RUN = join(__dirname, '../../../../tools/container/run.cjs');
const READY_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 25_000;

/** The cluster profile on one machine: every service, the relay and the gateway each a process of its own. What it starts, `shutdown` stops. */
export async function startCluster(options: ClusterOptions, shutdown: Shutdown): Promise<Cluster> {
  const { dataDir, clockStart, say = () => undefined } = options;
  const logDir = join(dataDir, 'logs');
  mkdirSync(logDir, { recursive: true });
  await endLeftOver(dataDir);

  const [databases, { brokers, what: broker }] = await Promise.all([openDatabases(dataDir, options.databaseUrl, shutdown), openBroker(dataDir, options.brokers, shutdown, say)]);
  const { env: eventStoreEnv, what: eventStore } = await openEventStore({ eventStoreUrl: options.eventStoreUrl, databaseUrl: databases['event-store'], dataDir, docker: options.docker ?? true }, shutdown);
  say(`event store: ${eventStore}`);
  say(`bus:         ${broker}`);

  const record = { ...eventStoreEnv, KAFKA_BROKERS: brokers.join(','), ...(options.topicPrefix && { KAFKA_TOPIC_PREFIX: options.topicPrefix }) };
  const clock: Record<string, string> = clockStart ? { GRIDCASE_CLOCK: 'simulated', GRIDCASE_CLOCK_START: clockStart } : {};
  const envFile = join(dataDir, 'cluster.env');
  writeEnvFile(envFile, { ...record, ...Object.fromEntries(databaseOwners.filter((owner) => owner !== 'event-store').map((owner) => [`${variablePrefix(owner)}_DATABASE_URL`, databases[owner]])) });

  const processes = new Map<string, ClusterProcess>();
  const note = () => noteProcesses(dataDir, [...processes.values()].flatMap(({ pid }) => pid ?? []));
  let stopping = false;
  let tellLost: (error: Error) => void;
  const lost = new Promise<Error>((tell) => { tellLost = tell; });
  const start = async (name: string, env: Readonly<Record<string, string>>) => {
    const healthPort = await freePort();
    const child = new ClusterProcess({
      name, args: [RUN, name], logFile: join(logDir, `${name}.log`), healthUrl: `http://127.0.0.1:${healthPort}`,
      env: { HEALTH_HOST: '127.0.0.1', HEALTH_PORT: String(healthPort), GRIDCASE_LOG_LEVEL: options.logLevel ?? 'info', ...env, ...options.env },
      onStartedAgain: note,
    });
    processes.set(name, child);
    note();
    void child.exited.then(({ code, signal }) => { if (!stopping) tellLost(new Error(`${name} has ended (${signal ?? code}), see ${join(logDir, `${name}.log`)}`)); });
    return child;
  };
  const stop = async (names: readonly string[]) => {
    stopping = true;
    const ended = await Promise.all(names.flatMap((name) => processes.get(name) ?? []).map(async (child) => ({ name: child.name, code: await child.stop(STOP_TIMEOUT_MS) })));
    const bad = ended.filter(({ code }) => code !== 0);
    if (bad.length > 0) throw new Error(bad.map(({ name, code }) => `${name} ended with ${code}`).join(', '));
  };
  // In this order: no new requests, no new commands, what is recorded still goes out.
  shutdown.onStop('traffic', 'gateway', () => stop(['gateway']));
  shutdown.onStop('connections', 'relay', () => stop(['relay']));
  shutdown.onStop('work', 'services', () => stop(services));

  const relay = await start('relay', { ...record, DATABASE_URL: databases.relay, KAFKA_CREATE_TOPICS: 'true', KAFKA_REPLICATION_FACTOR: '1' });
  await Promise.race([relay.ready(READY_TIMEOUT_MS), rejectWith(lost)]);
  const addresses: Record<string, string> = {};
  const started: ClusterProcess[] = [];
  for (const service of services) {
    const address = (addresses[`${variablePrefix(service)}_ADDRESS`] = `127.0.0.1:${await freePort()}`);
    started.push(await start(service, { ...record, ...clock, DATABASE_URL: databases[service], GRPC_LISTEN: address, ...(service === 'dispatch' && options.webhook) }));
  }
  const [rest, grpc] = [options.restPort ?? (await freePort()), options.grpcPort ?? (await freePort())];
  started.push(await start('gateway', {
    ...addresses, ...clock, GRIDCASE_HOST: '127.0.0.1', GRIDCASE_REST_PORT: String(rest), GRIDCASE_GRPC_PORT: String(grpc), GRIDCASE_DEMO_TOKENS: 'true',
    GRIDCASE_EVIDENCE_DIR: join(dataDir, 'evidence'), GRIDCASE_KEYS_DIR: join(dataDir, 'keys'),
  }));
  await Promise.race([Promise.all(started.map((child) => child.ready(READY_TIMEOUT_MS))), rejectWith(lost)]);
  return { url: `http://127.0.0.1:${rest}`, grpcAddress: `127.0.0.1:${grpc}`, eventStore, broker, databases, envFile, processes, lost };
}

const rejectWith = (reason: Promise<Error>): Promise<never> => reason.then((error) => Promise.reject(error));

/** The addresses hold passwords. */
const writeEnvFile = (file: string, variables: Readonly<Record<string, string>>): void =>
  writeFileSync(file, Object.entries(variables).map(([name, value]) => `${name}=${value}\n`).join(''), { mode: 0o600 });
