import { createKafkaClient, createTopics, isBrokerAway, topicsWithPrefix } from '@gridcase/bus';
import { SystemClock } from '@gridcase/platform';
import { kafkaClientOptions, reachDatabase, reachStore, untilReachable, type ProcessHost } from '@gridcase/service';
import { Relay } from './relay';
import type { RelayConfig } from './relay-config';

/**
 * Of the PostgreSQL store, under load: each request to the brokers costs them and every reader the same whatever it holds, so that
 * fewer of them make everybody quicker. One event after a pause goes at once.
 */
const READ_INTERVAL_MS = 15;

/** One relay process: everything it opens is closed by `shutdown`, what is in flight first. @throws TopicsUnusable */
export async function startRelay(config: RelayConfig, host: ProcessHost): Promise<Relay> {
  const { health, metrics, logger, shutdown, tracer } = host;
  const pool = await reachDatabase({ url: config.databaseUrl, applicationName: 'gridcase.relay', max: config.poolMax }, host);
  const store = await reachStore(config.store, host, { readIntervalMs: READ_INTERVAL_MS });
  shutdown.onStop('connections', 'event store', () => store.close());
  const kafka = createKafkaClient(kafkaClientOptions(config.kafka, 'gridcase.relay', logger));
  const topics = topicsWithPrefix(config.kafka.topicPrefix);
  if (config.createTopics) await untilReachable('bus', () => createTopics(kafka, { replicationFactor: config.replicationFactor }, topics), host, { isAway: isBrokerAway });
  const noticed = new Set<string>();
  const relay = new Relay({
    store, kafka, pool, metrics, tracer, topics, clock: new SystemClock(), leaseTtlMs: config.leaseTtlMs,
    onState: (state, position) => logger.info({ state, position: String(position) }, `the relay is ${state}`),
    onError: (error) => logger.warn({ err: error }, 'the relay failed and tries again'),
    onNotice: ({ stream, revision, type, version }, reason) => {
      const kind = `${type} ${version}`;
      if (noticed.has(kind)) return;
      noticed.add(kind);
      logger.error({ stream, revision, type, version, err: reason }, 'an event goes out as a notice; the next of this type and version are only counted');
    },
  });
  await relay.install();
  health.addReadiness('relay', () => relay.check());
  const stop = new AbortController();
  const running = relay.run(stop.signal);
  shutdown.onStop('work', 'relay', async () => {
    stop.abort();
    await running;
  });
  return relay;
}
