import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { createKafkaClient, createTopics } from '@gridcase/bus';
import { createEventStoreDbEventStore, createPostgresEventStore, type EventStore } from '@gridcase/event-store';
import { Health, Metrics, SystemClock, createPool, type Logger, type Shutdown } from '@gridcase/platform';
import { AppModule } from './app.module';
import { Relay } from './relay';
import type { RelayConfig } from './relay-config';

const POOL_CLIENTS_MAX = 4;

export interface RunningRelay { relay: Relay; /** Of health and metrics. */ url: string }

/** One relay process: everything it opens is closed by `shutdown`, what is in flight first. @throws TopicsUnusable */
export async function startRelay(config: RelayConfig, shutdown: Shutdown, logger: Logger): Promise<RunningRelay> {
  const metrics = new Metrics({ service: 'relay' });
  const health = new Health();
  const pool = createPool({ url: config.DATABASE_URL, applicationName: 'relay', max: POOL_CLIENTS_MAX, onIdleError: (error) => logger.warn({ err: error }, 'a database connection broke') });
  shutdown.onStop('connections', 'database', () => pool.end());
  const store = await openStore(config);
  shutdown.onStop('connections', 'event store', () => store.close());
  const kafka = createKafkaClient({ brokers: config.KAFKA_BROKERS, clientId: 'gridcase-relay', log: (level, message, details) => logger[level]({ details }, message) });
  if (config.KAFKA_CREATE_TOPICS) await createTopics(kafka, { replicationFactor: config.KAFKA_REPLICATION_FACTOR });
  const relay = new Relay({
    store, kafka, pool, metrics, clock: new SystemClock(), leaseTtlMs: config.RELAY_LEASE_TTL_MS,
    onState: (state, position) => logger.info({ state, position: String(position) }, `the relay is ${state}`),
    onError: (error) => logger.warn({ err: error }, 'the relay failed and tries again'),
  });
  await relay.install();
  health.addReadiness('relay', () => relay.check());
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.forRoot({ health, metrics }), new FastifyAdapter(), { logger: false, abortOnError: false });
  await app.listen(config.GRIDCASE_HEALTH_PORT, config.GRIDCASE_HOST);
  shutdown.onStop('connections', 'health port', () => app.close());
  const stop = new AbortController();
  const running = relay.run(stop.signal);
  shutdown.onStop('work', 'relay', async () => {
    health.markStopping();
    stop.abort();
    await running;
  });
  return { relay, url: await app.getUrl() };
}

const openStore = (config: RelayConfig): Promise<EventStore> =>
  config.EVENTSTORE_URL
    ? createEventStoreDbEventStore({ connectionString: config.EVENTSTORE_URL })
    // Short: what waits here everybody waits for.
    : createPostgresEventStore({ url: config.EVENT_STORE_DATABASE_URL!, readIntervalMs: 5 });
