import type { ProtocolDouble } from '@gridcase/eventstoredb-double';
import type { KafkaServer, RunningPostgres } from '@gridcase/platform';
import type { HurtfulProxy } from './hurtful-proxy';

export const profiles = ['standalone', 'cluster'] as const;
export type Profile = (typeof profiles)[number];

/** PostgreSQL, which can be hurt and started again, at the same port and on the same data. */
export interface Database {
  server(): Pick<RunningPostgres, 'kill' | 'stop'>;
  start(): Promise<void>;
  /** As an operator: superuser, in the database of an owner (`dispatch`, `event-store`, …). */
  urlOf(owner: string): string;
}

export interface PlatformOptions {
  dataDir: string;
  /** All clocks simulated, from here on; absent: the machine's. */
  clockStart?: string;
  /** Settings beside, for all processes. */
  env?: Readonly<Record<string, string>>;
  /** The processes reach PostgreSQL through a proxy that can hurt the connections. */
  proxied?: boolean;
  /** PostgreSQL is the platform's own, inside its data folder and started by it; of standalone. */
  embedded?: boolean;
  /** The record in EventStoreDB, that is in its protocol double, instead of PostgreSQL; of the cluster. */
  eventStoreDb?: boolean;
  say: (line: string) => void;
}

/** What the processes of a platform look like to somebody who wants to hurt them. */
export interface PlatformUnderTest {
  profile: Profile;
  /** Of the gateway's REST API. */
  url: string;
  /** Of its gRPC API: `host:port`. */
  grpcAddress: string;
  /** Names of its processes: `platform`, or `gateway`, `relay`, `dispatch` and so on. */
  names: readonly string[];
  database: Database;
  broker?: KafkaServer;
  /** When the platform was started with it. */
  eventStoreDb?: ProtocolDouble;
  /** Between the processes and PostgreSQL, when the platform was started so. */
  proxy?: HurtfulProxy;
  /** Settings for the command line, those beside for all processes included. */
  toolsEnv: Readonly<Record<string, string>>;
  /** SIGKILL unless another one is named; resolves when it has ended, for SIGSTOP and SIGCONT at once. */
  kill(name: string, signal?: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Again, on the same ports and data; `env` for this time alone. Does not wait until it is ready. */
  start(name: string, env?: Readonly<Record<string, string>>): void;
  /** A second one of a service or of the relay, ready, under the name that is returned; `names` does not have it. Of the cluster. */
  startCopy?(name: string): Promise<string>;
  /** In order. @returns its exit code */
  endCopy?(copy: string): Promise<number | null>;
  isRunning(name: string): boolean;
  /** Resolves when it has ended by itself. */
  ended(name: string): Promise<unknown>;
  /** Every process that is said to be running is ready. @throws with the end of a log */
  ready(timeoutMs?: number): Promise<void>;
  /** One process, of itself. */
  isReady(name: string): Promise<boolean>;
  /** What its readiness says; undefined when it is ready. */
  whyNotReady(name: string): Promise<string | undefined>;
  /** Most memory it has had since it was started, in MiB. */
  peakMemoryMiB(name: string): number;
  /** The metrics of each process, by name. */
  metrics(): Promise<Map<string, string>>;
  logEnd(name: string): string;
  /** Ends it in order. @returns processes that did not end with 0 */
  stop(): Promise<string[]>;
}
