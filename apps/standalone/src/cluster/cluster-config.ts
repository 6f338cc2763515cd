import { resolve } from 'node:path';
import { z } from 'zod';
import { envBoolean, envList, envPort, envUrl, readConfig, type Environment } from '@gridcase/platform';
import { checkClock, checkWebhook, clockVariables, webhookVariables, whateverElse } from '@gridcase/service';
import type { ClusterOptions } from './start-cluster';

const clusterVariables = {
  GRIDCASE_CLUSTER_DIR: z.string().default('.data/cluster'),
  GRIDCASE_REST_PORT: envPort().default(8080),
  GRIDCASE_GRPC_PORT: envPort().default(50051),
  GRIDCASE_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  DATABASE_URL: envUrl('postgres:', 'postgresql:').optional(),
  EVENTSTORE_URL: envUrl('esdb:', 'esdb+discover:').optional(),
  GRIDCASE_CLUSTER_DOCKER: envBoolean().default(true),
  KAFKA_BROKERS: envList().optional(),
  KAFKA_TOPIC_PREFIX: z.string().optional(),
};

/** @throws ConfigError with every problem at once. */
export function clusterConfig(env: Environment = process.env): ClusterOptions {
  const c = readConfig(z.object({ ...clusterVariables, ...clockVariables, ...webhookVariables }).superRefine((given, issues) => {
    checkClock(given, issues);
    checkWebhook(given, issues);
  }, whateverElse), env);
  return {
    dataDir: resolve(c.GRIDCASE_CLUSTER_DIR), restPort: c.GRIDCASE_REST_PORT, grpcPort: c.GRIDCASE_GRPC_PORT, logLevel: c.GRIDCASE_LOG_LEVEL, databaseUrl: c.DATABASE_URL, eventStoreUrl: c.EVENTSTORE_URL,
    docker: c.GRIDCASE_CLUSTER_DOCKER, brokers: c.KAFKA_BROKERS, topicPrefix: c.KAFKA_TOPIC_PREFIX, ...(c.GRIDCASE_CLOCK === 'simulated' && { clockStart: c.GRIDCASE_CLOCK_START }),
    // As they were written: dispatch reads them itself.
    webhook: Object.fromEntries(Object.keys(webhookVariables).flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]))),
  };
}
