import { Kafka, KafkaJSConnectionError, KafkaJSError, KafkaJSNonRetriableError, KafkaJSNumberOfRetriesExceeded, logLevel, type KafkaConfig } from 'kafkajs';

export interface KafkaClientOptions {
  brokers: readonly string[];
  /** `<app>.<purpose>`: shown in the broker's logs and quotas. */
  clientId: string;
  ssl?: KafkaConfig['ssl'];
  sasl?: KafkaConfig['sasl'];
  log?(level: 'warn' | 'error', message: string, details: Record<string, unknown>): void;
}

export const CONNECT_TIMEOUT_MS = 3_000;
export const REQUEST_TIMEOUT_MS = 30_000;
/** About half a minute in all: a restart of a broker is waited out, a longer outage ends in an error and a fresh client. */
export const RETRY = { initialRetryTime: 100, maxRetryTime: 2_000, factor: 0.2, multiplier: 2, retries: 20 } as const;

/** A client with every limit named. */
export function createKafkaClient({ brokers, clientId, ssl, sasl, log }: KafkaClientOptions): Kafka {
  return new Kafka({
    brokers: [...brokers], clientId, ssl, sasl, connectionTimeout: CONNECT_TIMEOUT_MS, authenticationTimeout: 10_000, requestTimeout: REQUEST_TIMEOUT_MS, enforceRequestTimeout: true,
    retry: { ...RETRY }, logLevel: log ? logLevel.WARN : logLevel.NOTHING,
    logCreator: () => ({ level, namespace, log: { message, ...details } }) => log?.(level === logLevel.ERROR ? 'error' : 'warn', `${namespace}: ${message}`, details),
  });
}

/** Trying again later may do: no broker answered. Not so with credentials that are refused. */
export function isBrokerAway(error: unknown): boolean {
  // What had been tried often enough is told as not to be tried again, with the last error within.
  const last = error instanceof KafkaJSNumberOfRetriesExceeded ? error.cause : error;
  return last instanceof KafkaJSConnectionError || (last instanceof KafkaJSError && last.retriable && !(last instanceof KafkaJSNonRetriableError));
}
