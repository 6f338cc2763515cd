import type { Credentials } from '@eventstore/db-client';
import type { NewEvent } from '@gridcase/events';
import { randomUuid } from '@gridcase/platform';
import { prepareAppend } from '../append-limits';
import { AppendRefused, type AppendResult, type EventStore, type ExpectedHead, type ReadAllOptions, type ReadStreamOptions } from '../port';
import { AllReader } from './all-reader';
import { Appender, type AppenderLimits } from './appender';
import { subscribeToRecord, type OnResubscribe, type SubscriptionLimits, type SubscriptionOptions } from './catch-up-subscription';
import { Connection, defaultConnectionLimits, isAnswerLost, type ConnectionLimits } from './connection';
import { EpochStream } from './epoch';
import { EPOCH_STREAM } from './stored-record';
import { StreamReader } from './stream-reader';

export interface EventStoreDbEventStoreOptions extends Partial<ConnectionLimits>, Partial<AppenderLimits>, Partial<SubscriptionLimits> {
  /** `esdb://user:password@host:2113` (TLS), `esdb://host:2113?tls=false` (insecure), `esdb+discover://…` (cluster). */
  connectionString: string;
  /** Instead of those in the connection string. */
  credentials?: Credentials;
  /** For logs: a subscription broke and is taken up again. */
  onResubscribe?: OnResubscribe;
}

const defaults: ConnectionLimits & AppenderLimits & SubscriptionLimits = {
  ...defaultConnectionLimits,
  queueAppendsMax: 10_000, appendsInFlightMax: 64, headsMax: 50_000, pollIntervalMs: 250, pollIntervalMaxMs: 2_000,
};

/** The record on EventStoreDB 23.10 or newer (DESIGN.md §4, ADR 0007). Opens when the server answers. @rule X18 */
export async function createEventStoreDbEventStore(options: EventStoreDbEventStoreOptions): Promise<EventStore> {
  const limits = { ...defaults, ...options };
  const connection = new Connection(options.connectionString, options.credentials, limits);
  const epoch = new EpochStream(connection, randomUuid);
  await connected(connection, epoch);

  const reader = new StreamReader(connection);
  const all = new AllReader(connection, () => appender.forget());
  const appender = new Appender(connection, reader, limits, `gridcase-${randomUuid()}`, (position) => all.note(position));
  const closing = new AbortController();

  return {
    append: async (stream: string, expected: ExpectedHead, events: readonly NewEvent[]): Promise<AppendResult> => {
      const chained = prepareAppend(stream, expected, events);
      if (stream === EPOCH_STREAM) throw new AppendRefused('system-stream', stream);
      return appender.append(stream, expected, chained);
    },
    readStream: async (stream: string, { from = 0, limit = Infinity, signal }: ReadStreamOptions = {}) => {
      const events = (await reader.read(stream, from, limit, signal)).map(({ event }) => event);
      if (events.length > 0) all.note(events.at(-1)!.position);
      return events;
    },
    readAll: async (read: ReadAllOptions) => {
      const { events, checkpoint, caughtUp } = await all.readPage(read);
      return { events, checkpoint, caughtUp };
    },
    head: () => all.head(),
    subscribe: (subscription: SubscriptionOptions) =>
      subscribeToRecord(connection, all, limits, { ...subscription, signal: AbortSignal.any([subscription.signal, closing.signal]) }, options.onResubscribe ?? (() => undefined)),
    epoch: () => epoch.current(),
    close: async () => {
      closing.abort();
      await appender.close();
      await connection.close();
    },
  };
}

/**
 * After a restore from a backup: from then on the store is another one for whoever kept a checkpoint.
 * @returns the new epoch
 */
export async function renewEventStoreDbEpoch(options: Pick<EventStoreDbEventStoreOptions, 'connectionString' | 'credentials'>): Promise<string> {
  const connection = new Connection(options.connectionString, options.credentials, defaultConnectionLimits);
  try {
    return await new EpochStream(connection, randomUuid).renew();
  } finally {
    await connection.close();
  }
}

/** A server that has just been started refuses calls until it is ready. */
async function connected(connection: Connection, epoch: EpochStream): Promise<void> {
  const deadline = performance.now() + connection.limits.readyTimeoutMs;
  for (let failures = 1; ; failures++) {
    try {
      await epoch.read();
      return;
    } catch (error) {
      if (!isAnswerLost(error) || performance.now() >= deadline) {
        await connection.close();
        throw error;
      }
      await connection.backOff(failures);
    }
  }
}
