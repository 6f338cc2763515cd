import { z } from 'zod';
import { envBoolean, envInt, readConfig, type Environment } from '@gridcase/platform';
import { checkRecord, kafkaPart, processPart, processVariables, recordVariables, storePart, whateverElse, type KafkaConfig, type ProcessConfig, type RecordStore } from '@gridcase/service';

const relayVariables = {
  KAFKA_CREATE_TOPICS: envBoolean().default(false),
  KAFKA_REPLICATION_FACTOR: envInt({ min: 1, max: 9 }).default(3),
  RELAY_LEASE_TTL_MS: envInt({ min: 1_000, max: 120_000 }).default(5_000),
};
const schema = z.object({ ...recordVariables, ...relayVariables, ...processVariables }).superRefine(checkRecord, whateverElse);

export interface RelayConfig extends ProcessConfig {
  /** The relay's own database: lease and checkpoint. */
  databaseUrl: string;
  poolMax: number;
  store: RecordStore;
  kafka: KafkaConfig;
  createTopics: boolean;
  replicationFactor: number;
  leaseTtlMs: number;
}

/** @throws ConfigError with every problem at once. */
export function relayConfig(env: Environment = process.env): RelayConfig {
  const c = readConfig(schema, env);
  return {
    ...processPart(c), databaseUrl: c.DATABASE_URL, poolMax: c.GRIDCASE_POOL_MAX, store: storePart(c), kafka: kafkaPart(c),
    createTopics: c.KAFKA_CREATE_TOPICS, replicationFactor: c.KAFKA_REPLICATION_FACTOR, leaseTtlMs: c.RELAY_LEASE_TTL_MS,
  };
}
