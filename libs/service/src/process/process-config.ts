import { z } from 'zod';
import { caseEvents } from '@gridcase/events';
import { envBoolean, envInt, envList, envPort, envUrl, readConfig, tracingPart, tracingVariables, type Environment, type LogLevel, type TracingConfig } from '@gridcase/platform';

/** What every process of the cluster profile has, whatever it runs. */
export const processVariables = {
  HEALTH_HOST: z.string().default('0.0.0.0'),
  HEALTH_PORT: envPort().default(9090),
  GRIDCASE_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  GRIDCASE_DRAIN_DELAY_MS: envInt({ min: 0, max: 120_000 }).default(0),
  GRIDCASE_STOP_TIMEOUT_MS: envInt({ min: 1_000, max: 300_000 }).default(20_000),
  ...tracingVariables,
};
export const clockVariables = {
  GRIDCASE_CLOCK: z.enum(['system', 'simulated']).default('system'),
  GRIDCASE_CLOCK_START: z.iso.datetime({ precision: 3 }).optional(),
};
/** The record, the bus, and a database of one's own: what a service stands on. */
export const recordVariables = {
  DATABASE_URL: envUrl('postgres:', 'postgresql:'),
  GRIDCASE_POOL_MAX: envInt({ min: 4, max: 200 }).default(12),
  EVENTSTORE_URL: envUrl('esdb:', 'esdb+discover:').optional(),
  EVENTSTORE_USERNAME: z.string().optional(),
  EVENTSTORE_PASSWORD: z.string().optional(),
  EVENT_STORE_DATABASE_URL: envUrl('postgres:', 'postgresql:').optional(),
  EVENT_STORE_MIGRATE: envBoolean().default(true),
  KAFKA_BROKERS: envList().pipe(z.array(z.string().regex(/^[^\s:]+:\d+$/, 'expected host:port')).min(1)),
  KAFKA_TLS: envBoolean().default(false),
  KAFKA_SASL_MECHANISM: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).optional(),
  KAFKA_USERNAME: z.string().optional(),
  KAFKA_PASSWORD: z.string().optional(),
  KAFKA_TOPIC_PREFIX: z.string().regex(/^[a-zA-Z0-9._-]+$/, 'expected letters, digits, dots, dashes').default('gridcase.'),
};
/** Somebody has to act on them, or to know: a unit, its leader, the worker who checks, the centre above. */
const NOTICE_TYPES: readonly (keyof typeof caseEvents)[] = [
  'CaseDispatched', 'ReboundRuled', 'UnitDesignated', 'DelayRuled', 'ResultSubmitted', 'CaseReturned', 'CaseHandedUp', 'ClockWarned', 'UnitUrged', 'SupervisionOpened', 'SupervisionLifted', 'AccountabilityOpened',
];
const WEBHOOK_SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/;
const secretOf = (text: string): Buffer => Buffer.from(WEBHOOK_SECRET.exec(text)?.[1] ?? '', 'base64');
/** Notices to a web hook: sent by dispatch. */
export const webhookVariables = {
  GRIDCASE_WEBHOOK_URL: envUrl('https:', 'http:').optional(),
  GRIDCASE_WEBHOOK_SECRET: envList().pipe(z.array(z.string().refine((text) => secretOf(text).length >= 24 && secretOf(text).length <= 64, 'expected whsec_ and 24 to 64 bytes in base64')).min(1)).optional(),
  GRIDCASE_WEBHOOK_TYPES: envList().pipe(z.array(z.string().refine((type) => Object.hasOwn(caseEvents, type), 'expected types of case events')).min(1)).default([...NOTICE_TYPES]),
  GRIDCASE_WEBHOOK_PLAIN_HTTP: envBoolean().default(false),
};
const serviceVariables = {
  GRPC_LISTEN: z.string().regex(/^\S+:\d{1,5}$/, 'expected host:port').default('0.0.0.0:50051'),
};

/** Checks that look at several variables run also when one of them is wrong: every problem is shown at once. */
export const whateverElse = { when: () => true };

type Given = Record<string, unknown>;
interface Issues { addIssue(issue: { code: 'custom'; message: string }): void }
/** All of some variables, or none. */
export function together(given: Given, names: readonly string[], issues: Issues): void {
  if (names.some((name) => given[name] !== undefined) && !names.every((name) => given[name] !== undefined)) issues.addIssue({ code: 'custom', message: `${names.join(', ')} go together` });
}
export function checkClock(given: Given, issues: Issues): void {
  if (given['GRIDCASE_CLOCK'] === 'simulated' && given['GRIDCASE_CLOCK_START'] === undefined) issues.addIssue({ code: 'custom', message: 'GRIDCASE_CLOCK=simulated needs GRIDCASE_CLOCK_START' });
}
export function checkRecord(given: Given, issues: Issues): void {
  if ((given['EVENTSTORE_URL'] === undefined) === (given['EVENT_STORE_DATABASE_URL'] === undefined)) issues.addIssue({ code: 'custom', message: 'the record is in one place: EVENTSTORE_URL or EVENT_STORE_DATABASE_URL, one of them' });
  together(given, ['EVENTSTORE_USERNAME', 'EVENTSTORE_PASSWORD'], issues);
  together(given, ['KAFKA_SASL_MECHANISM', 'KAFKA_USERNAME', 'KAFKA_PASSWORD'], issues);
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;
export function checkWebhook(given: Given, issues: Issues): void {
  together(given, ['GRIDCASE_WEBHOOK_URL', 'GRIDCASE_WEBHOOK_SECRET'], issues);
  const text = given['GRIDCASE_WEBHOOK_URL'];
  if (typeof text !== 'string' || !URL.canParse(text)) return;
  const { protocol, hostname, username, password } = new URL(text);
  if (username || password) issues.addIssue({ code: 'custom', message: 'GRIDCASE_WEBHOOK_URL: without user and password' });
  if (protocol === 'http:' && !LOOPBACK.test(hostname) && given['GRIDCASE_WEBHOOK_PLAIN_HTTP'] !== true) issues.addIssue({ code: 'custom', message: 'GRIDCASE_WEBHOOK_URL: https, or GRIDCASE_WEBHOOK_PLAIN_HTTP=true' });
}

export interface ProcessConfig {
  health: { host: string; port: number };
  logLevel: LogLevel;
  /** Between "not ready" and the end of new work: for load balancers to look elsewhere. */
  drainDelayMs: number;
  stopTimeoutMs: number;
  /** Absent = nobody collects traces. */
  tracing?: TracingConfig;
}
export type RecordStore = { kind: 'eventstoredb'; connectionString: string; credentials?: { username: string; password: string } } | { kind: 'postgresql'; url: string; migrate: boolean };
export interface KafkaConfig { brokers: string[]; tls: boolean; sasl?: { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string }; topicPrefix: string }
export interface ServiceConfig extends ProcessConfig {
  databaseUrl: string;
  poolMax: number;
  store: RecordStore;
  kafka: KafkaConfig;
  listen: string;
  /** Where a simulated clock starts; absent = the machine's clock. */
  clockStart?: string;
  webhook?: WebhookConfig;
}
export interface WebhookConfig { url: string; secrets: readonly Buffer[]; /** Of the events that are told. */ types: readonly string[] }

const serviceSchema = z.object({ ...recordVariables, ...serviceVariables, ...webhookVariables, ...clockVariables, ...processVariables }).superRefine((given, issues) => {
  checkRecord(given, issues);
  checkClock(given, issues);
  checkWebhook(given, issues);
}, whateverElse);

/** @throws ConfigError with every problem at once. */
export function serviceConfig(env: Environment = process.env): ServiceConfig {
  const c = readConfig(serviceSchema, env);
  return {
    ...processPart(c), databaseUrl: c.DATABASE_URL, poolMax: c.GRIDCASE_POOL_MAX, store: storePart(c), kafka: kafkaPart(c), listen: c.GRPC_LISTEN,
    ...(c.GRIDCASE_CLOCK === 'simulated' && { clockStart: c.GRIDCASE_CLOCK_START }), ...webhookPart(c),
  };
}

type Read<Shape extends z.ZodRawShape> = z.infer<z.ZodObject<Shape>>;
export const processPart = (c: Read<typeof processVariables>): ProcessConfig =>
  ({ health: { host: c.HEALTH_HOST, port: c.HEALTH_PORT }, logLevel: c.GRIDCASE_LOG_LEVEL, drainDelayMs: c.GRIDCASE_DRAIN_DELAY_MS, stopTimeoutMs: c.GRIDCASE_STOP_TIMEOUT_MS, tracing: tracingPart(c) });
export const storePart = (c: Pick<Read<typeof recordVariables>, 'EVENTSTORE_URL' | 'EVENTSTORE_USERNAME' | 'EVENTSTORE_PASSWORD' | 'EVENT_STORE_DATABASE_URL' | 'EVENT_STORE_MIGRATE'>): RecordStore => c.EVENTSTORE_URL
  ? { kind: 'eventstoredb', connectionString: c.EVENTSTORE_URL, ...(c.EVENTSTORE_USERNAME && { credentials: { username: c.EVENTSTORE_USERNAME, password: c.EVENTSTORE_PASSWORD! } }) }
  : { kind: 'postgresql', url: c.EVENT_STORE_DATABASE_URL!, migrate: c.EVENT_STORE_MIGRATE };
/** Nothing without a URL: then there are no notices. */
export const webhookPart = (c: Read<typeof webhookVariables>): { webhook?: WebhookConfig } => c.GRIDCASE_WEBHOOK_URL === undefined ? {} : {
  webhook: { url: c.GRIDCASE_WEBHOOK_URL, secrets: c.GRIDCASE_WEBHOOK_SECRET!.map(secretOf), types: c.GRIDCASE_WEBHOOK_TYPES },
};
export const kafkaPart = (c: Read<typeof recordVariables>): KafkaConfig => ({
  brokers: c.KAFKA_BROKERS, tls: c.KAFKA_TLS, topicPrefix: c.KAFKA_TOPIC_PREFIX,
  ...(c.KAFKA_SASL_MECHANISM && { sasl: { mechanism: c.KAFKA_SASL_MECHANISM, username: c.KAFKA_USERNAME!, password: c.KAFKA_PASSWORD! } }),
});
