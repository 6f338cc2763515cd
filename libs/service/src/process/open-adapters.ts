import { createKafkaBus, createKafkaClient, topicsWithPrefix, type KafkaBus, type KafkaClientOptions } from '@gridcase/bus';
import { createEventStoreDbEventStore, createPostgresEventStore, type EventStore, type PostgresEventStoreOptions } from '@gridcase/event-store';
import { createPool, SystemClock, type Logger, type PoolOptions } from '@gridcase/platform';
import type { Service } from '@gridcase/events';
import type { Pool } from 'pg';
import type { Adapters } from '../adapters';
import { isConnectionLost, isStoreAway } from '../commands';
import { openSimulatedClock } from '../simulation/simulated-clock';
import type { ProcessHost } from './host-process';
import type { KafkaConfig, RecordStore, ServiceConfig } from './process-config';
import { untilReachable } from './until-reachable';

/** A service's schema within its database: the same in both profiles, so that its tables can be moved. */
export const schemaOf = (owner: Service | 'relay'): string => owner.replaceAll('-', '_');

export const openStore = (store: RecordStore, logger: Logger, postgres: Pick<PostgresEventStoreOptions, 'readIntervalMs'> = {}): Promise<EventStore> => store.kind === 'eventstoredb'
  ? createEventStoreDbEventStore({ ...store, onResubscribe: (error) => logger.warn({ err: error }, 'a subscription to the event store broke and is taken up again') })
  : createPostgresEventStore({ ...postgres, url: store.url, migrate: store.migrate });

/** As `openStore`, for a process that goes on as soon as the server is there. */
export const reachStore = (store: RecordStore, host: ProcessHost, postgres?: Pick<PostgresEventStoreOptions, 'readIntervalMs'>): Promise<EventStore> =>
  untilReachable('event store', () => openStore(store, host.logger, postgres), host, { isAway: isStoreAway });

/** The pool, when the server answers. */
export async function reachDatabase(options: Omit<PoolOptions, 'onIdleError'>, host: ProcessHost): Promise<Pool> {
  const { logger, shutdown } = host;
  const pool = createPool({ ...options, onIdleError: (error) => { if (!shutdown.signal.aborted) logger.warn({ err: error }, 'a database connection broke'); } });
  shutdown.onStop('connections', 'database pool', () => pool.end());
  await untilReachable('database', () => pool.query('select 1'), host, { isAway: isConnectionLost });
  return pool;
}

export const kafkaClientOptions = ({ brokers, tls, sasl }: KafkaConfig, clientId: string, logger: Logger): KafkaClientOptions => ({
  brokers, clientId, ssl: tls, ...(sasl && { sasl: sasl as KafkaClientOptions['sasl'] }), log: (level, message, details) => logger[level]({ kafka: details }, message),
});

/** The cluster profile's adapters of one service. Readiness tells whether each can be reached. */
export async function openAdapters(name: Service, config: ServiceConfig, host: ProcessHost): Promise<Adapters & { bus: KafkaBus }> {
  const { health, metrics, logger, shutdown, tracer } = host;
  const schema = schemaOf(name);
  const pool = await reachDatabase({ url: config.databaseUrl, applicationName: `gridcase.${name}`, max: config.poolMax }, host);
  const store = await reachStore(config.store, host);
  shutdown.onStop('connections', 'event store', () => store.close());
  const bus = createKafkaBus({ kafka: createKafkaClient(kafkaClientOptions(config.kafka, `gridcase.${name}`, logger)), store, topics: topicsWithPrefix(config.kafka.topicPrefix) });
  const simulatedClock = config.clockStart ? await openSimulatedClock({ pool, schema: `${schema}_simulation`, start: config.clockStart, signal: shutdown.signal, onError: (error) => logger.warn({ err: error }, 'the simulated clock could not be read') }) : undefined;

  health.addReadiness('database', async () => void (await pool.query('select 1')));
  health.addReadiness('event store', async () => ({ kind: config.store.kind, head: String(await store.head()) }));
  health.addReadiness('bus', () => bus.check());
  return { clock: simulatedClock?.clock ?? new SystemClock(), store, bus, pool, schema, listen: config.listen, metrics, logger, tracer, health, ...(simulatedClock && { simulation: simulatedClock }) };
}
