import type { ConfigError } from '@gridcase/platform';
import { serviceConfig } from './process-config';

const least = { DATABASE_URL: 'postgres://gridcase@db/dispatch', EVENT_STORE_DATABASE_URL: 'postgres://gridcase@db/record', KAFKA_BROKERS: 'kafka-1:9092, kafka-2:9092' };
const problemsOf = (env: Record<string, string>): readonly string[] => {
  try {
    serviceConfig(env);
  } catch (error) {
    return (error as ConfigError).problems;
  }
  return [];
};

it('the least it needs: a database, the record, the bus', () => {
  expect(serviceConfig(least)).toEqual({
    databaseUrl: least.DATABASE_URL, poolMax: 12, store: { kind: 'postgresql', url: least.EVENT_STORE_DATABASE_URL, migrate: true }, kafka: { brokers: ['kafka-1:9092', 'kafka-2:9092'], tls: false, topicPrefix: 'gridcase.' },
    listen: '0.0.0.0:50051', health: { host: '0.0.0.0', port: 9090 }, logLevel: 'info', drainDelayMs: 0, stopTimeoutMs: 20_000,
  });
});

it('the record in EventStoreDB with a user of its own, Kafka with TLS and a user', () => {
  const { EVENT_STORE_DATABASE_URL: _, ...rest } = least;
  expect(serviceConfig({ ...rest, EVENTSTORE_URL: 'esdb+discover://es:2113', EVENTSTORE_USERNAME: 'dispatch', EVENTSTORE_PASSWORD: 'p', KAFKA_TLS: 'true', KAFKA_SASL_MECHANISM: 'scram-sha-512', KAFKA_USERNAME: 'dispatch', KAFKA_PASSWORD: 'q' })).toMatchObject({
    store: { kind: 'eventstoredb', connectionString: 'esdb+discover://es:2113', credentials: { username: 'dispatch', password: 'p' } }, kafka: { tls: true, sasl: { mechanism: 'scram-sha-512', username: 'dispatch', password: 'q' } },
  });
});

it('shows every problem at once, and no secret', () => {
  const problems = problemsOf({ DATABASE_URL: 'mysql://user:hunter2@db', KAFKA_BROKERS: 'kafka', GRPC_LISTEN: 'somewhere', HEALTH_PORT: '70000', EVENTSTORE_URL: 'http://user:hunter2@es:2113', EVENT_STORE_DATABASE_URL: least.EVENT_STORE_DATABASE_URL, KAFKA_USERNAME: 'u', GRIDCASE_CLOCK: 'simulated' });
  for (const name of ['DATABASE_URL', 'KAFKA_BROKERS', 'GRPC_LISTEN', 'HEALTH_PORT', 'the record is in one place', 'KAFKA_SASL_MECHANISM, KAFKA_USERNAME, KAFKA_PASSWORD go together', 'GRIDCASE_CLOCK=simulated needs']) {
    expect(problems).toContainEqual(expect.stringContaining(name));
  }
  expect(problems.join()).not.toContain('hunter2');
});

it('a record that is nowhere is a problem', () => {
  expect(problemsOf({ ...least, EVENT_STORE_DATABASE_URL: '' })).toEqual(['the record is in one place: EVENTSTORE_URL or EVENT_STORE_DATABASE_URL, one of them']);
});
