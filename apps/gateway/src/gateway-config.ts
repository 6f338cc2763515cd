import { z } from 'zod';
import type { Service } from '@gridcase/events';
import { envBoolean, envInt, envList, envPort, envUrl, readConfig, type Environment } from '@gridcase/platform';
import { checkClock, clockVariables, processPart, processVariables, together, whateverElse, type ProcessConfig } from '@gridcase/service';
import { CALLS_MIN } from './limits/concurrency-limit';

const address = () => z.string().regex(/^\S+:\d{1,5}$/, 'expected host:port');
const gatewayVariables = {
  REGISTRY_ADDRESS: address(),
  INTAKE_ADDRESS: address(),
  DISPATCH_ADDRESS: address(),
  SLA_MONITOR_ADDRESS: address(),
  ASSESSMENT_ADDRESS: address(),
  AUDIT_ADDRESS: address(),
  GRIDCASE_HOST: z.string().default('0.0.0.0'),
  GRIDCASE_REST_PORT: envPort().default(8080),
  GRIDCASE_GRPC_PORT: envPort().default(50051),
  GRIDCASE_CALLS_MIN: envInt({ min: 1, max: 1_000 }).default(CALLS_MIN),
  GRIDCASE_TRUST_PROXY: envList().default([]),
  GRIDCASE_EVIDENCE_DIR: z.string().default('/var/lib/gridcase/evidence'),
  GRIDCASE_DEMO_TOKENS: envBoolean().default(false),
  GRIDCASE_KEYS_DIR: z.string().default('/var/lib/gridcase/keys'),
  OIDC_ISSUER: envUrl('http:', 'https:').optional(),
  OIDC_AUDIENCE: z.string().optional(),
  OIDC_JWKS_URI: envUrl('http:', 'https:').optional(),
};
const OIDC = ['OIDC_ISSUER', 'OIDC_AUDIENCE', 'OIDC_JWKS_URI'];
const schema = z.object({ ...gatewayVariables, ...clockVariables, ...processVariables }).superRefine((given, issues) => {
  together(given, OIDC, issues);
  checkClock(given, issues);
  // Anybody may have any role where demo tokens are signed: in a cluster that is asked for, never fallen into.
  if (!given.OIDC_ISSUER && !given.GRIDCASE_DEMO_TOKENS) issues.addIssue({ code: 'custom', message: `whose tokens are accepted? ${OIDC.join(', ')}, or GRIDCASE_DEMO_TOKENS=true for a trial` });
}, whateverElse);

export interface GatewayConfig extends ProcessConfig {
  addresses: Record<Service, string>;
  rest: { host: string; port: number };
  grpc: { host: string; port: number };
  /** Calls to one service that are always let in at a time. */
  callsMin: number;
  /** Addresses or networks of proxies whose word on the caller's address is taken. */
  trustProxy: string[];
  evidenceDir: string;
  oidc?: { issuer: string; audience: string; jwksUri: string };
  /** Where the demo issuer keeps its key; absent = no demo tokens. */
  demoKeysDir?: string;
  clockStart?: string;
}

/** @throws ConfigError with every problem at once. */
export function gatewayConfig(env: Environment = process.env): GatewayConfig {
  const c = readConfig(schema, env);
  return {
    ...processPart(c),
    addresses: { registry: c.REGISTRY_ADDRESS, intake: c.INTAKE_ADDRESS, dispatch: c.DISPATCH_ADDRESS, 'sla-monitor': c.SLA_MONITOR_ADDRESS, assessment: c.ASSESSMENT_ADDRESS, audit: c.AUDIT_ADDRESS },
    rest: { host: c.GRIDCASE_HOST, port: c.GRIDCASE_REST_PORT }, grpc: { host: c.GRIDCASE_HOST, port: c.GRIDCASE_GRPC_PORT }, callsMin: c.GRIDCASE_CALLS_MIN, trustProxy: c.GRIDCASE_TRUST_PROXY, evidenceDir: c.GRIDCASE_EVIDENCE_DIR,
    ...(c.OIDC_ISSUER && { oidc: { issuer: c.OIDC_ISSUER, audience: c.OIDC_AUDIENCE!, jwksUri: c.OIDC_JWKS_URI! } }), ...(c.GRIDCASE_DEMO_TOKENS && { demoKeysDir: c.GRIDCASE_KEYS_DIR }),
    ...(c.GRIDCASE_CLOCK === 'simulated' && { clockStart: c.GRIDCASE_CLOCK_START }),
  };
}
