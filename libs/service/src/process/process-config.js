"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.kafkaPart = exports.storePart = exports.processPart = exports.whateverElse = exports.recordVariables = exports.clockVariables = exports.processVariables = void 0;
exports.together = together;
exports.checkClock = checkClock;
exports.checkRecord = checkRecord;
exports.serviceConfig = serviceConfig;
const zod_1 = require("zod");
const platform_1 = require("@gridcase/platform");
/** What every process of the cluster profile has, whatever it runs. */
exports.processVariables = {
    HEALTH_HOST: zod_1.z.string().default('0.0.0.0'),
    HEALTH_PORT: (0, platform_1.envPort)().default(9090),
    GRIDCASE_LOG_LEVEL: zod_1.z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
    GRIDCASE_DRAIN_DELAY_MS: (0, platform_1.envInt)({ min: 0, max: 120_000 }).default(0),
    GRIDCASE_STOP_TIMEOUT_MS: (0, platform_1.envInt)({ min: 1_000, max: 300_000 }).default(20_000),
};
exports.clockVariables = {
    GRIDCASE_CLOCK: zod_1.z.enum(['system', 'simulated']).default('system'),
    GRIDCASE_CLOCK_START: zod_1.z.iso.datetime({ precision: 3 }).optional(),
};
/** The record, the bus, and a database of one's own: what a service stands on. */
exports.recordVariables = {
    DATABASE_URL: (0, platform_1.envUrl)('postgres:', 'postgresql:'),
    GRIDCASE_POOL_MAX: (0, platform_1.envInt)({ min: 4, max: 200 }).default(12),
    EVENTSTORE_URL: (0, platform_1.envUrl)('esdb:', 'esdb+discover:').optional(),
    EVENTSTORE_USERNAME: zod_1.z.string().optional(),
    EVENTSTORE_PASSWORD: zod_1.z.string().optional(),
    EVENT_STORE_DATABASE_URL: (0, platform_1.envUrl)('postgres:', 'postgresql:').optional(),
    EVENT_STORE_MIGRATE: (0, platform_1.envBoolean)().default(true),
    KAFKA_BROKERS: (0, platform_1.envList)().pipe(zod_1.z.array(zod_1.z.string().regex(/^[^\s:]+:\d+$/, 'expected host:port')).min(1)),
    KAFKA_TLS: (0, platform_1.envBoolean)().default(false),
    KAFKA_SASL_MECHANISM: zod_1.z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).optional(),
    KAFKA_USERNAME: zod_1.z.string().optional(),
    KAFKA_PASSWORD: zod_1.z.string().optional(),
    KAFKA_TOPIC_PREFIX: zod_1.z.string().regex(/^[a-zA-Z0-9._-]+$/, 'expected letters, digits, dots, dashes').default('gridcase.'),
};
const serviceVariables = {
    GRPC_LISTEN: zod_1.z.string().regex(/^\S+:\d{1,5}$/, 'expected host:port').default('0.0.0.0:50051'),
};
/** Checks that look at several variables run also when one of them is wrong: every problem is shown at once. */
exports.whateverElse = { when: () => true };
/** All of some variables, or none. */
function together(given, names, issues) {
    if (names.some((name) => given[name] !== undefined) && !names.every((name) => given[name] !== undefined))
        issues.addIssue({ code: 'custom', message: `${names.join(', ')} go together` });
}
function checkClock(given, issues) {
    if (given['GRIDCASE_CLOCK'] === 'simulated' && given['GRIDCASE_CLOCK_START'] === undefined)
        issues.addIssue({ code: 'custom', message: 'GRIDCASE_CLOCK=simulated needs GRIDCASE_CLOCK_START' });
}
function checkRecord(given, issues) {
    if ((given['EVENTSTORE_URL'] === undefined) === (given['EVENT_STORE_DATABASE_URL'] === undefined))
        issues.addIssue({ code: 'custom', message: 'the record is in one place: EVENTSTORE_URL or EVENT_STORE_DATABASE_URL, one of them' });
    together(given, ['EVENTSTORE_USERNAME', 'EVENTSTORE_PASSWORD'], issues);
    together(given, ['KAFKA_SASL_MECHANISM', 'KAFKA_USERNAME', 'KAFKA_PASSWORD'], issues);
}
const serviceSchema = zod_1.z.object({ ...exports.recordVariables, ...serviceVariables, ...exports.clockVariables, ...exports.processVariables }).superRefine((given, issues) => {
    checkRecord(given, issues);
    checkClock(given, issues);
}, exports.whateverElse);
/** @throws ConfigError with every problem at once. */
function serviceConfig(env = process.env) {
    const c = (0, platform_1.readConfig)(serviceSchema, env);
    return {
        ...(0, exports.processPart)(c), databaseUrl: c.DATABASE_URL, poolMax: c.GRIDCASE_POOL_MAX, store: (0, exports.storePart)(c), kafka: (0, exports.kafkaPart)(c), listen: c.GRPC_LISTEN,
        ...(c.GRIDCASE_CLOCK === 'simulated' && { clockStart: c.GRIDCASE_CLOCK_START }),
    };
}
const processPart = (c) => ({ health: { host: c.HEALTH_HOST, port: c.HEALTH_PORT }, logLevel: c.GRIDCASE_LOG_LEVEL, drainDelayMs: c.GRIDCASE_DRAIN_DELAY_MS, stopTimeoutMs: c.GRIDCASE_STOP_TIMEOUT_MS });
exports.processPart = processPart;
const storePart = (c) => c.EVENTSTORE_URL
    ? { kind: 'eventstoredb', connectionString: c.EVENTSTORE_URL, ...(c.EVENTSTORE_USERNAME && { credentials: { username: c.EVENTSTORE_USERNAME, password: c.EVENTSTORE_PASSWORD } }) }
    : { kind: 'postgresql', url: c.EVENT_STORE_DATABASE_URL, migrate: c.EVENT_STORE_MIGRATE };
exports.storePart = storePart;
const kafkaPart = (c) => ({
    brokers: c.KAFKA_BROKERS, tls: c.KAFKA_TLS, topicPrefix: c.KAFKA_TOPIC_PREFIX,
    ...(c.KAFKA_SASL_MECHANISM && { sasl: { mechanism: c.KAFKA_SASL_MECHANISM, username: c.KAFKA_USERNAME, password: c.KAFKA_PASSWORD } }),
});
exports.kafkaPart = kafkaPart;
//# sourceMappingURL=process-config.js.map