import { setTimeout as delay } from 'node:timers/promises';
import {
  AccessDeniedError, CancelledError, DeadlineExceededError, EventStoreDBClient, NotLeaderError, TimeoutError, UnavailableError, UnknownError, type AppendExpectedRevision, type AppendResult, type Credentials, type EventData, type StreamingRead,
} from '@eventstore/db-client';

export interface ConnectionLimits {
  /** Tries of one call whose answer was lost, the first included. */
  attemptsMax: number;
  retryDelayMs: number;
  retryDelayMaxMs: number;
  /** An answer (of a read: its next event) that takes longer counts as lost. */
  answerTimeoutMs: number;
  /** How long opening waits for a server that answers. */
  readyTimeoutMs: number;
}

/** The client has no deadline for reads, and its deadline for appends is not used: see `append`. */
class AnswerTimedOut extends Error {
  constructor(timeoutMs: number) { super(`no answer within ${timeoutMs} ms`); this.name = 'AnswerTimedOut'; }
}

export const defaultConnectionLimits: ConnectionLimits = { attemptsMax: 6, retryDelayMs: 50, retryDelayMaxMs: 2_000, answerTimeoutMs: 10_000, readyTimeoutMs: 30_000 };
const DISPOSE_MS = 250;
/** When an append that was given up is cut off: long after its events have been sent or its connection has been found dead (keep-alive: 20 s). */
const APPEND_CALL_TIMEOUT_MS = 600_000;
/** gRPC codes that say "no" for good: INVALID_ARGUMENT, PERMISSION_DENIED, UNIMPLEMENTED. */
const FINAL_CODES = new Set([3, 7, 12]);

/** The call may or may not have had its effect, and may be sent again unchanged. */
export function isAnswerLost(error: unknown): boolean {
  if (error instanceof TimeoutError || error instanceof DeadlineExceededError || error instanceof UnavailableError || error instanceof CancelledError || error instanceof NotLeaderError || error instanceof AnswerTimedOut) return true;
  const code = (error as { code?: unknown } | null)?.code;
  if (error instanceof UnknownError) return typeof code !== 'number' || !FINAL_CODES.has(code);
  if (error instanceof AccessDeniedError || !(error instanceof Error)) return false;
  // What the client lets through as it came: a gRPC status, a socket's error, a cluster that could not be discovered.
  return (typeof code === 'number' && !FINAL_CODES.has(code)) || (typeof code === 'string' && /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_|ERR_HTTP2)/.test(code)) || error.message.startsWith('Failed to discover');
}

/** Credentials in the connection string: `esdb://name:password@host`. */
const CREDENTIALS = /^esdb(?:\+discover)?:\/\/([^:@/]+):([^@]+)@/;

/** One client of the server, with the retries and time limits it does not have itself. */
export class Connection {
  readonly client: EventStoreDBClient;
  /**
   * Given with every append. Without them the client sends appends over one stream shared by the whole process, where one error rejects
   * every append in flight, an answer that never comes hangs for ever, and an answer after such an error throws outside of any promise.
   */
  readonly credentials: Credentials;

  constructor(connectionString: string, credentials: Credentials | undefined, readonly limits: ConnectionLimits) {
    if (/[?&]throwOnAppendFailure=false/i.test(connectionString)) throw new TypeError('throwOnAppendFailure=false makes the client answer a conflict with a wrong revision');
    const [, username, password] = CREDENTIALS.exec(connectionString) ?? [];
    const insecure = /[?&]tls=false/i.test(connectionString);
    const own = credentials ?? (username && password ? { username: decodeURIComponent(username), password: decodeURIComponent(password) } : undefined);
    if (!own && !insecure) throw new TypeError('an EventStoreDB with TLS needs a user: esdb://user:password@host');
    // An insecure server has no users, and the client sends it none.
    this.credentials = own ?? { username: 'insecure', password: '' };
    this.client = EventStoreDBClient.connectionString(connectionString);
  }

  /** Sends again, with back-off, as long as answers get lost. */
  async retry<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await call();
      } catch (error) {
        signal?.throwIfAborted();
        if (!isAnswerLost(error) || attempt >= this.limits.attemptsMax) throw error;
        await this.backOff(attempt, signal);
      }
    }
  }

  async backOff(failures: number, signal?: AbortSignal): Promise<void> {
    await delay(Math.min(this.limits.retryDelayMs * 2 ** (failures - 1), this.limits.retryDelayMaxMs), undefined, { signal });
  }

  /**
   * One try. It is given up without being cut off: cutting a call off, the client first ends the request properly and then resets it, so a server may
   * take the events sent so far for the whole append. What was given up goes on; the next try repeats it or is a repeat of it.
   */
  async append(stream: string, events: EventData | EventData[], expectedRevision: AppendExpectedRevision): Promise<AppendResult> {
    const { answerTimeoutMs } = this.limits;
    const call = this.client.appendToStream(stream, events, { expectedRevision, credentials: this.credentials, requiresLeader: true, deadline: APPEND_CALL_TIMEOUT_MS });
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(new AnswerTimedOut(answerTimeoutMs)), answerTimeoutMs)));
    try {
      return await Promise.race([call, timeout]);
    } finally {
      clearTimeout(timer);
      call.catch(() => undefined);
    }
  }

  /** Everything a read gives; retried as a whole. */
  async collect<Item>(open: () => StreamingRead<Item>, signal?: AbortSignal): Promise<Item[]> {
    return this.retry(() => this.collectOnce(open, signal), signal);
  }

  private async collectOnce<Item>(open: () => StreamingRead<Item>, signal?: AbortSignal): Promise<Item[]> {
    signal?.throwIfAborted();
    const read = open();
    // An error after the last event was taken would otherwise end the process.
    read.on('error', () => undefined);
    const timer = setTimeout(() => read.destroy(new AnswerTimedOut(this.limits.answerTimeoutMs)), this.limits.answerTimeoutMs);
    const abort = () => read.destroy(new Error('the read was aborted'));
    signal?.addEventListener('abort', abort);
    const items: Item[] = [];
    try {
      for await (const item of read) {
        items.push(item);
        timer.refresh();
      }
      return items;
    } catch (error) {
      // Leaving the loop ends the client's stream object, not the call.
      read.cancel().catch(() => undefined);
      throw error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  }

  async close(): Promise<void> {
    // The client waits for calls that it has cancelled but nobody reads any more; closing the connection, for which it has no way, ends those.
    await Promise.race([this.client.dispose(), delay(DISPOSE_MS)]);
    const channel = await (this.client as unknown as { getChannel(): Promise<{ close(): void }> }).getChannel().catch(() => undefined);
    channel?.close();
  }
}
