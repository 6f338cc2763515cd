import { z } from 'zod';
import { envBoolean, envInt, envList, envPort, envUrl, readConfig, type Environment } from '@gridcase/platform';

const schema = z.object({
  /** The relay's own database: lease and checkpoint. */
  DATABASE_URL: envUrl('postgres:', 'postgresql:'),
  /** The record: EventStoreDB, or PostgreSQL. */
  EVENTSTORE_URL: envUrl('esdb:', 'esdb+discover:', 'kurrentdb:').optional(),
  EVENT_STORE_DATABASE_URL: envUrl('postgres:', 'postgresql:').optional(),
  KAFKA_BROKERS: envList(),
  KAFKA_CREATE_TOPICS: envBoolean().default(false),
  KAFKA_REPLICATION_FACTOR: envInt({ min: 1, max: 9 }).default(3),
  GRIDCASE_HOST: z.string().default('127.0.0.1'),
  GRIDCASE_HEALTH_PORT: envPort().default(8081),
  GRIDCASE_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  RELAY_LEASE_TTL_MS: envInt({ min: 1_000, max: 120_000 }).default(5_000),
}).superRefine((config, context) => {
  if (Boolean(config.EVENTSTORE_URL) === Boolean(config.EVENT_STORE_DATABASE_URL)) context.addIssue({ code: 'custom', message: 'one of EVENTSTORE_URL and EVENT_STORE_DATABASE_URL is required' });
});

export type RelayConfig = z.infer<typeof schema>;
/** @throws ConfigError with every problem at once. */
export const relayConfig = (env: Environment = process.env): RelayConfig => readConfig(schema, env);
