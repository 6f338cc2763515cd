import { join, resolve } from 'node:path';
import { z } from 'zod';
import { envInt, envPort, envUrl, readConfig, tracingPart, tracingVariables, type Environment, type TracingConfig } from '@gridcase/platform';
import { checkWebhook, webhookPart, webhookVariables, type WebhookConfig } from '@gridcase/service';

const schema = z.object({
  GRIDCASE_DATA_DIR: z.string().default('.data'),
  GRIDCASE_HOST: z.string().default('127.0.0.1'),
  GRIDCASE_REST_PORT: envPort().default(8080),
  GRIDCASE_GRPC_PORT: envPort().default(50051),
  DATABASE_URL: envUrl('postgres:', 'postgresql:').optional(),
  GRIDCASE_POOL_MAX: envInt({ min: 12, max: 200 }).default(24),
  GRIDCASE_CALLS_MIN: envInt({ min: 1, max: 1_000 }).optional(),
  GRIDCASE_CLOCK: z.enum(['system', 'simulated']).default('system'),
  GRIDCASE_CLOCK_START: z.iso.datetime({ precision: 3 }).optional(),
  GRIDCASE_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  OIDC_ISSUER: envUrl('http:', 'https:').optional(),
  OIDC_AUDIENCE: z.string().optional(),
  OIDC_JWKS_URI: envUrl('http:', 'https:').optional(),
  ...tracingVariables,
  ...webhookVariables,
}).superRefine((c, context) => {
  const oidc = [c.OIDC_ISSUER, c.OIDC_AUDIENCE, c.OIDC_JWKS_URI];
  if (oidc.some(Boolean) && !oidc.every(Boolean)) context.addIssue({ code: 'custom', message: 'OIDC_ISSUER, OIDC_AUDIENCE and OIDC_JWKS_URI go together' });
  if (c.GRIDCASE_CLOCK === 'simulated' && !c.GRIDCASE_CLOCK_START) context.addIssue({ code: 'custom', message: 'GRIDCASE_CLOCK=simulated needs GRIDCASE_CLOCK_START' });
  checkWebhook(c, context);
});

export interface StandaloneConfig {
  dataDir: string;
  host: string;
  restPort: number;
  grpcPort: number;
  /** A PostgreSQL of one's own; without it an embedded one under the data folder. */
  databaseUrl?: string;
  poolMax: number;
  /** Calls to one service that the gateway always lets in at a time; absent = as it is there. */
  callsMin?: number;
  /** Where a simulated clock starts; absent = the machine's clock. */
  clockStart?: string;
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  /** Tokens of an OpenID Connect provider; without it the gateway signs demo tokens itself. */
  oidc?: { issuer: string; audience: string; jwksUri: string };
  /** Absent = nobody collects traces. */
  tracing?: TracingConfig;
  /** Notices to another platform; absent = none. */
  webhook?: WebhookConfig;
}

/** @throws ConfigError with every problem at once. */
export function standaloneConfig(env: Environment = process.env): StandaloneConfig {
  const c = readConfig(schema, env);
  return {
    dataDir: resolve(c.GRIDCASE_DATA_DIR), host: c.GRIDCASE_HOST, restPort: c.GRIDCASE_REST_PORT, grpcPort: c.GRIDCASE_GRPC_PORT, databaseUrl: c.DATABASE_URL, poolMax: c.GRIDCASE_POOL_MAX, ...(c.GRIDCASE_CALLS_MIN && { callsMin: c.GRIDCASE_CALLS_MIN }),
    ...(c.GRIDCASE_CLOCK === 'simulated' && { clockStart: c.GRIDCASE_CLOCK_START }), logLevel: c.GRIDCASE_LOG_LEVEL,
    ...(c.OIDC_ISSUER && { oidc: { issuer: c.OIDC_ISSUER, audience: c.OIDC_AUDIENCE!, jwksUri: c.OIDC_JWKS_URI! } }), tracing: tracingPart(c), ...webhookPart(c),
  };
}

export const postgresDir = (config: Pick<StandaloneConfig, 'dataDir'>): string => join(config.dataDir, 'postgres');
