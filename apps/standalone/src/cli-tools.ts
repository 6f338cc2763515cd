import { z } from 'zod';
import type { Pool } from 'pg';
import { createPostgresEventStore, renewEventStoreDbEpoch, renewPostgresEpoch, type EventStore } from '@gridcase/event-store';
import { services, type Service } from '@gridcase/events';
import { ConfigError, createLogger, createPool, envUrl, readConfig, startPostgres, type Environment, type Shutdown } from '@gridcase/platform';
import { openStore, recordVariables, storePart, together, whateverElse, type RecordStore } from '@gridcase/service';
import { variablePrefix } from './cluster/database-owners';
import { runningDatabase } from './running-database';
import { postgresDir, standaloneConfig } from './standalone-config';

/** Whoever has a database; the relay only in a cluster. */
export type DatabaseOf = Service | 'relay';
/** What the command line works on: the record, and the databases of services. */
export interface Tools {
  store: EventStore;
  /** The record is numbered without holes: it is kept in PostgreSQL. */
  densePositions: boolean;
  /** Makes everybody who keeps a position in the record notice that it is another one now. @returns the new epoch */
  renewEpoch(): Promise<string>;
  poolOf(owner: DatabaseOf): Pool;
  /** Whose databases there are. */
  owners: readonly DatabaseOf[];
}

/** How its connections are named at PostgreSQL. */
export const CLI = 'gridcase.cli';
const CONNECTIONS_MAX = 8;
const databaseUrl = () => envUrl('postgres:', 'postgresql:').optional();
const { EVENTSTORE_URL, EVENTSTORE_USERNAME, EVENTSTORE_PASSWORD, EVENT_STORE_DATABASE_URL, EVENT_STORE_MIGRATE } = recordVariables;
const clusterSchema = z.object({
  EVENTSTORE_URL, EVENTSTORE_USERNAME, EVENTSTORE_PASSWORD, EVENT_STORE_DATABASE_URL, EVENT_STORE_MIGRATE,
  DATABASE_URL: databaseUrl(),
  REGISTRY_DATABASE_URL: databaseUrl(),
  INTAKE_DATABASE_URL: databaseUrl(),
  DISPATCH_DATABASE_URL: databaseUrl(),
  SLA_MONITOR_DATABASE_URL: databaseUrl(),
  ASSESSMENT_DATABASE_URL: databaseUrl(),
  RELAY_DATABASE_URL: databaseUrl(),
}).superRefine((given, issues) => {
  if (given.EVENTSTORE_URL && given.EVENT_STORE_DATABASE_URL) issues.addIssue({ code: 'custom', message: 'the record is in one place: EVENTSTORE_URL or EVENT_STORE_DATABASE_URL, not both' });
  together(given, ['EVENTSTORE_USERNAME', 'EVENTSTORE_PASSWORD'], issues);
}, whateverElse);

interface ClusterTools { store: RecordStore; databases: Readonly<Partial<Record<DatabaseOf, string>>> }

/** Of the cluster profile when the environment says where the record is; undefined otherwise. */
export function clusterTools(env: Environment = process.env): ClusterTools | undefined {
  const c = readConfig(clusterSchema, env);
  if (!c.EVENTSTORE_URL && !c.EVENT_STORE_DATABASE_URL) return undefined;
  const own = { registry: c.REGISTRY_DATABASE_URL, intake: c.INTAKE_DATABASE_URL, dispatch: c.DISPATCH_DATABASE_URL, 'sla-monitor': c.SLA_MONITOR_DATABASE_URL, assessment: c.ASSESSMENT_DATABASE_URL, relay: c.RELAY_DATABASE_URL };
  return { store: storePart(c), databases: Object.fromEntries(Object.entries(own).map(([service, url]) => [service, url ?? c.DATABASE_URL])) };
}

/** The cluster's when the environment names its record, else the standalone platform's. What it opens, `shutdown` closes. */
export async function openTools(shutdown: Shutdown): Promise<Tools> {
  const pools = new Map<string, Pool>();
  const poolAt = (url: string): Pool => {
    let pool = pools.get(url);
    if (!pool) {
      pools.set(url, (pool = createPool({ url, applicationName: CLI, max: CONNECTIONS_MAX, statementTimeoutMs: 0 })));
      const opened = pool;
      shutdown.onStop('connections', 'database pool', () => opened.end());
    }
    return pool;
  };
  const cluster = clusterTools();
  if (cluster) {
    const store = await openStore(cluster.store, createLogger({ service: 'cli', level: 'warn' }));
    shutdown.onStop('connections', 'event store', () => store.close());
    return {
      store, densePositions: cluster.store.kind === 'postgresql',
      owners: [...services, 'relay'], renewEpoch: () => (cluster.store.kind === 'postgresql' ? renewPostgresEpoch(poolAt(cluster.store.url)) : renewEventStoreDbEpoch(cluster.store)),
      poolOf: (owner) => {
        const url = cluster.databases[owner];
        if (!url) throw new ConfigError([`${variablePrefix(owner)}_DATABASE_URL or DATABASE_URL: is required, the database of ${owner}`]);
        return poolAt(url);
      },
    };
  }
  const url = await standaloneDatabase(shutdown);
  const store = await createPostgresEventStore({ url });
  shutdown.onStop('connections', 'event store', () => store.close());
  return { store, densePositions: true, owners: services, renewEpoch: () => renewPostgresEpoch(poolAt(url)), poolOf: () => poolAt(url) };
}

/** DATABASE_URL, or the embedded server of the data folder: the running one, or one started for this command alone. */
async function standaloneDatabase(shutdown: Shutdown): Promise<string> {
  const config = standaloneConfig();
  const url = config.databaseUrl ?? (await runningDatabase(config));
  if (url) return url;
  const postgres = await startPostgres({ dataDir: postgresDir(config), database: 'gridcase' });
  shutdown.onStop('servers', 'PostgreSQL', () => postgres.stop());
  return postgres.url;
}
