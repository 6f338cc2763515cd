import { z } from 'zod';
import { type Environment, type LogLevel } from '@gridcase/platform';
/** What every process of the cluster profile has, whatever it runs. */
export declare const processVariables: {
    HEALTH_HOST: z.ZodDefault<z.ZodString>;
    HEALTH_PORT: z.ZodDefault<z.ZodPipe<z.ZodString, z.ZodTransform<number, string>>>;
    GRIDCASE_LOG_LEVEL: z.ZodDefault<z.ZodEnum<{
        debug: "debug";
        error: "error";
        fatal: "fatal";
        info: "info";
        silent: "silent";
        trace: "trace";
        warn: "warn";
    }>>;
    GRIDCASE_DRAIN_DELAY_MS: z.ZodDefault<z.ZodPipe<z.ZodString, z.ZodTransform<number, string>>>;
    GRIDCASE_STOP_TIMEOUT_MS: z.ZodDefault<z.ZodPipe<z.ZodString, z.ZodTransform<number, string>>>;
};
export declare const clockVariables: {
    GRIDCASE_CLOCK: z.ZodDefault<z.ZodEnum<{
        simulated: "simulated";
        system: "system";
    }>>;
    GRIDCASE_CLOCK_START: z.ZodOptional<z.ZodISODateTime>;
};
/** The record, the bus, and a database of one's own: what a service stands on. */
export declare const recordVariables: {
    DATABASE_URL: z.ZodString;
    GRIDCASE_POOL_MAX: z.ZodDefault<z.ZodPipe<z.ZodString, z.ZodTransform<number, string>>>;
    EVENTSTORE_URL: z.ZodOptional<z.ZodString>;
    EVENTSTORE_USERNAME: z.ZodOptional<z.ZodString>;
    EVENTSTORE_PASSWORD: z.ZodOptional<z.ZodString>;
    EVENT_STORE_DATABASE_URL: z.ZodOptional<z.ZodString>;
    EVENT_STORE_MIGRATE: z.ZodDefault<z.ZodPipe<z.ZodString, z.ZodTransform<boolean, string>>>;
    KAFKA_BROKERS: z.ZodPipe<z.ZodPipe<z.ZodString, z.ZodTransform<string[], string>>, z.ZodArray<z.ZodString>>;
    KAFKA_TLS: z.ZodDefault<z.ZodPipe<z.ZodString, z.ZodTransform<boolean, string>>>;
    KAFKA_SASL_MECHANISM: z.ZodOptional<z.ZodEnum<{
        plain: "plain";
        "scram-sha-256": "scram-sha-256";
        "scram-sha-512": "scram-sha-512";
    }>>;
    KAFKA_USERNAME: z.ZodOptional<z.ZodString>;
    KAFKA_PASSWORD: z.ZodOptional<z.ZodString>;
    KAFKA_TOPIC_PREFIX: z.ZodDefault<z.ZodString>;
};
/** Checks that look at several variables run also when one of them is wrong: every problem is shown at once. */
export declare const whateverElse: {
    when: () => boolean;
};
type Given = Record<string, unknown>;
interface Issues {
    addIssue(issue: {
        code: 'custom';
        message: string;
    }): void;
}
/** All of some variables, or none. */
export declare function together(given: Given, names: readonly string[], issues: Issues): void;
export declare function checkClock(given: Given, issues: Issues): void;
export declare function checkRecord(given: Given, issues: Issues): void;
export interface ProcessConfig {
    health: {
        host: string;
        port: number;
    };
    logLevel: LogLevel;
    /** Between "not ready" and the end of new work: for load balancers to look elsewhere. */
    drainDelayMs: number;
    stopTimeoutMs: number;
}
export type RecordStore = {
    kind: 'eventstoredb';
    connectionString: string;
    credentials?: {
        username: string;
        password: string;
    };
} | {
    kind: 'postgresql';
    url: string;
    migrate: boolean;
};
export interface KafkaConfig {
    brokers: string[];
    tls: boolean;
    sasl?: {
        mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
        username: string;
        password: string;
    };
    topicPrefix: string;
}
export interface ServiceConfig extends ProcessConfig {
    databaseUrl: string;
    poolMax: number;
    store: RecordStore;
    kafka: KafkaConfig;
    listen: string;
    /** Where a simulated clock starts; absent = the machine's clock. */
    clockStart?: string;
}
/** @throws ConfigError with every problem at once. */
export declare function serviceConfig(env?: Environment): ServiceConfig;
type Read<Shape extends z.ZodRawShape> = z.infer<z.ZodObject<Shape>>;
export declare const processPart: (c: Read<typeof processVariables>) => ProcessConfig;
export declare const storePart: (c: Pick<Read<typeof recordVariables>, 'EVENTSTORE_URL' | 'EVENTSTORE_USERNAME' | 'EVENTSTORE_PASSWORD' | 'EVENT_STORE_DATABASE_URL' | 'EVENT_STORE_MIGRATE'>) => RecordStore;
export declare const kafkaPart: (c: Read<typeof recordVariables>) => KafkaConfig;
export {};
