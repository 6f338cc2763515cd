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

describe('web hook notices', () => {
  const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
  const on = { ...least, GRIDCASE_WEBHOOK_URL: 'https://notices.example.org/gridcase?access_token=hunter2', GRIDCASE_WEBHOOK_SECRET: secret };

  it('are off without a URL, and then about what somebody must be told', () => {
    expect(serviceConfig(least).webhook).toBeUndefined();
    expect(serviceConfig(on).webhook).toEqual({ url: on.GRIDCASE_WEBHOOK_URL, secrets: [Buffer.alloc(32, 1)], types: expect.arrayContaining(['CaseDispatched', 'ReboundRuled', 'UnitDesignated', 'UnitUrged', 'SupervisionOpened']) });
  });
  it('of chosen types, signed with two secrets while one is replaced', () => {
    const { webhook } = serviceConfig({ ...on, GRIDCASE_WEBHOOK_TYPES: 'CaseFiled, CaseClosed', GRIDCASE_WEBHOOK_SECRET: `${secret},whsec_${Buffer.alloc(24, 2).toString('base64')}` });
    expect(webhook).toMatchObject({ types: ['CaseFiled', 'CaseClosed'], secrets: [Buffer.alloc(32, 1), Buffer.alloc(24, 2)] });
  });
  it.each([
    ['plain HTTP', { GRIDCASE_WEBHOOK_URL: 'http://notices.example.org/hunter2' }, 'https, or GRIDCASE_WEBHOOK_PLAIN_HTTP=true'],
    ['a name and password in the URL', { GRIDCASE_WEBHOOK_URL: 'https://user:hunter2@notices.example.org' }, 'without user and password'],
    ['no URL', { GRIDCASE_WEBHOOK_URL: 'hunter2' }, 'GRIDCASE_WEBHOOK_URL: expected a URL'],
    ['no secret', { GRIDCASE_WEBHOOK_SECRET: '' }, 'GRIDCASE_WEBHOOK_URL, GRIDCASE_WEBHOOK_SECRET go together'],
    ['a short secret', { GRIDCASE_WEBHOOK_SECRET: 'whsec_aHVudGVyMg==' }, 'expected whsec_ and 24 to 64 bytes in base64'],
    ['a secret without its mark', { GRIDCASE_WEBHOOK_SECRET: 'hunter2hunter2hunter2hunter2hunter2' }, 'expected whsec_'],
    ['a type that is none of a case', { GRIDCASE_WEBHOOK_TYPES: 'CaseFiled,ReportReceived' }, 'expected types of case events'],
  ])('refuses %s, and shows no secret', (_, wrong, problem) => {
    const problems = problemsOf({ ...on, ...wrong });
    expect(problems).toEqual([expect.stringContaining(problem)]);
    expect(problems.join()).not.toMatch(/hunter2|aHVudGVyMg/);
  });
  it.each(['http://localhost:9000/hook', 'http://127.0.0.1:9000', 'http://[::1]:9000'])('%s does not leave the machine', (url) => expect(problemsOf({ ...on, GRIDCASE_WEBHOOK_URL: url })).toEqual([]));
  it('plain HTTP elsewhere when it is asked for', () => expect(problemsOf({ ...on, GRIDCASE_WEBHOOK_URL: 'http://10.0.0.7/hook', GRIDCASE_WEBHOOK_PLAIN_HTTP: 'true' })).toEqual([]));
});
