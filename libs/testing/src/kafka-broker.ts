import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { kafkaJars, startKafka, whyNoKafka, type KafkaServer } from '@gridcase/platform';
import { startKafkaContainer, whyNoKafkaContainer } from './kafka-container';

/** Where the broker of the tests comes from. */
export type KafkaMeans = { kind: 'given'; brokers: string[] } | { kind: 'container' } | { kind: 'own' } | { kind: 'none'; reason: string };
/** A broker that a test may kill. */
export type OwnKafka = Pick<KafkaServer, 'brokers' | 'start' | 'kill' | 'stop' | 'restart'>;

interface JestGlobals { describe: { (name: string, body: () => void): void; skip(name: string, body: () => void): void }; beforeAll(work: () => Promise<unknown>, timeoutMs: number): void }

const START_TIMEOUT_MS = 180_000;
const POLL_MS = 100;
const said = new Set<string>();

/** `KAFKA_BROKERS`, else a container engine that has the image or gets it within seconds, else Maven and Java, else none. Found out once a run. */
export function kafkaMeans(): KafkaMeans {
  const brokers = (process.env['KAFKA_BROKERS'] ?? '').split(',').map((broker) => broker.trim()).filter(Boolean);
  if (brokers.length > 0) return { kind: 'given', brokers };
  const file = join(runDir(), 'means.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as KafkaMeans;
  const means = findMeans();
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(means));
  renameSync(`${file}.${process.pid}`, file);
  return means;
}

function findMeans(): KafkaMeans {
  const noContainer = whyNoKafkaContainer();
  if (!noContainer) return { kind: 'container' };
  const noOwn = whyNoKafka();
  return noOwn ? { kind: 'none', reason: `KAFKA_BROKERS is not set; ${noContainer}; ${noOwn}` } : { kind: 'own' };
}

/** A suite on a real broker. Without one it says so in one line and counts as skipped, never as passed. */
export function describeWithKafka(name: string, body: () => void): void {
  const means = kafkaMeans();
  declare(name, body, means, means.kind === 'none' ? means.reason : undefined, kafkaBrokers);
}

/** A suite that kills its broker: not with one that was given. */
export function describeWithOwnKafka(name: string, body: () => void): void {
  const means = kafkaMeans();
  declare(name, body, means, means.kind === 'none' ? means.reason : means.kind === 'given' ? 'the broker of KAFKA_BROKERS is not ours to kill' : undefined, async () => { if (means.kind === 'own') await kafkaJars(); });
}

/** `prepare` comes first with a time limit of its own: on a new machine the broker has to be fetched. */
function declare(name: string, body: () => void, means: KafkaMeans, missing: string | undefined, prepare: () => Promise<unknown>): void {
  const { describe, beforeAll } = globalThis as unknown as JestGlobals;
  const line = missing ? `skipped, no Kafka broker: ${name}: ${missing}` : `Kafka broker of the tests: ${means.kind === 'given' ? 'KAFKA_BROKERS' : means.kind === 'container' ? 'a container' : 'Apache Kafka from Maven Central'}`;
  if (!said.has(line)) process.stderr.write(`${line}\n`);
  said.add(line);
  if (missing) return describe.skip(name, body);
  describe(name, () => {
    beforeAll(prepare, START_TIMEOUT_MS);
    body();
  });
}

/** The one broker of this jest run, started by the first who asks, stopped at the run's end (`tools/jest/global-teardown.cjs`). */
export async function kafkaBrokers(): Promise<string[]> {
  const means = kafkaMeans();
  if (means.kind === 'given') return means.brokers;
  const dir = runDir();
  const started = join(dir, 'broker.json');
  if (claim(join(dir, 'starting'))) {
    try {
      const broker = await ownKafka(join(dir, 'broker'));
      writeFileSync(`${started}.new`, JSON.stringify({ brokers: broker.brokers, container: 'container' in broker ? broker.container : undefined }));
    } catch (error) {
      writeFileSync(`${started}.new`, JSON.stringify({ error: String(error) }));
    }
    renameSync(`${started}.new`, started);
  }
  for (let waitedMs = 0; !existsSync(started); waitedMs += POLL_MS) {
    if (waitedMs > START_TIMEOUT_MS) throw new Error(`the Kafka broker of this run did not start within ${START_TIMEOUT_MS} ms`);
    await delay(POLL_MS);
  }
  const { brokers, error } = JSON.parse(readFileSync(started, 'utf8')) as { brokers?: string[]; error?: string };
  if (!brokers) throw new Error(`the Kafka broker of this run did not start: ${error}`);
  return brokers;
}

/** A broker of one's own: stop it. */
export async function ownKafka(dataDir = mkdtempSync(join(runDir(), 'own-'))): Promise<OwnKafka> {
  const means = kafkaMeans();
  if (means.kind === 'container') return startKafkaContainer();
  if (means.kind !== 'own') throw new Error('there are no means to start a Kafka broker');
  return startKafka({ dataDir });
}

/** Of this jest run; outside of one (benches) of this process. */
function runDir(): string {
  return (process.env['GRIDCASE_TEST_KAFKA_DIR'] ??= mkdtempSync(join(tmpdir(), 'gridcase-test-kafka-')));
}

/** True for exactly one of all processes. */
function claim(dir: string): boolean {
  try {
    mkdirSync(dir);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
