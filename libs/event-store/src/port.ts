import type { NewEvent, StoredEvent } from '@gridcase/events';

/** The stream must not exist yet. */
export const NO_STREAM = 'no-stream' as const;

/** The head a writer has just read: what it appends is chained to exactly this event. */
export interface StreamHead { revision: number; hash: string }
export type ExpectedHead = typeof NO_STREAM | StreamHead;

export interface AppendResult {
  /** Head after the last event of this append. */
  head: StreamHead;
  /** Position of the last event of this append. */
  position: bigint;
  /** True when the very same events were already there (a retry after an unknown outcome). */
  repeated: boolean;
  /** The events of this append as the store holds them (for a repeat: as they were stored the first time). */
  events: StoredEvent[];
}

export const appendEventsMax = 1000;
/** Canonical JSON of data and metadata together, in UTF-8 bytes. */
export const eventBytesMax = 1024 * 1024;

export interface AllFilter {
  /** Stream categories to deliver; absent = all. */
  categories?: readonly string[];
}
export interface ReadStreamOptions { from?: number; limit?: number; signal?: AbortSignal }
export interface ReadAllOptions extends AllFilter { /** Exclusive; `0n` = from the beginning. */ after: bigint; limit: number }

/** One step of a catch-up subscription: events in order, then the position up to which everything was seen. */
export interface Batch { events: StoredEvent[]; checkpoint: bigint; /** True when the end of the store was reached. */ caughtUp: boolean }

/**
 * The record. MUST: an append is atomic, names an exact expected head and gets consecutive revisions; a repeat of the same
 * event ids at the same expected head succeeds and writes nothing, for ever; nothing is ever changed or deleted;
 * a subscriber never passes an event that is committed later with a smaller position.
 * Streams whose name begins with `$` are refused, and so are empty appends, more than `appendEventsMax` events and an event
 * larger than `eventBytesMax`. Ids are compared only to recognise a repeat: the same id may stand in two streams.
 * Events handed out are shared between readers and MUST NOT be changed.
 */
export interface EventStore {
  /**
   * @throws WrongExpectedHead when the stream's head is another one; OutcomeUnknown when the answer was lost;
   * AppendRefused when it breaks a limit; StoreOverloaded when too many appends wait (nothing was written).
   */
  append(stream: string, expected: ExpectedHead, events: readonly NewEvent[]): Promise<AppendResult>;
  /** Events of one stream in order; an unknown stream gives an empty list. */
  readStream(stream: string, options?: ReadStreamOptions): Promise<StoredEvent[]>;
  readAll(options: ReadAllOptions): Promise<Batch>;
  /** Position of the last event in the store, `0n` when empty. */
  head(): Promise<bigint>;
  /** In order, at least once, from `after` (exclusive) until aborted. Reconnects by itself. */
  subscribe(options: AllFilter & { after: bigint; batchSizeMax?: number; signal: AbortSignal }): AsyncIterable<Batch>;
  /** Identifies this very store: changes when another one (or an older backup) is put in its place. */
  epoch(): Promise<string>;
  close(): Promise<void>;
}

export class WrongExpectedHead extends Error {
  constructor(readonly stream: string, readonly expected: ExpectedHead, readonly actual: StreamHead | null) {
    super(`stream ${stream}: expected ${expected === NO_STREAM ? 'no stream' : `revision ${expected.revision}`}, found ${actual ? `revision ${actual.revision}` : 'no stream'}`);
    this.name = 'WrongExpectedHead';
  }
}
/** The append may or may not have happened: retry it unchanged. */
export class OutcomeUnknown extends Error {
  constructor(readonly stream: string, cause: unknown) { super(`stream ${stream}: outcome of the append is unknown`, { cause }); this.name = 'OutcomeUnknown'; }
}
/** Too many appends wait already: nothing was written, try later. */
export class StoreOverloaded extends Error {
  constructor(readonly waiting: number) { super(`${waiting} appends wait for the event store`); this.name = 'StoreOverloaded'; }
}
export type AppendRefusal = 'system-stream' | 'invalid-stream' | 'invalid-event' | 'empty-append' | 'too-many-events' | 'event-too-large' | 'append-too-large';
/** The append breaks a limit of the port: a programming mistake, never retried. */
export class AppendRefused extends Error {
  constructor(readonly reason: AppendRefusal, detail: string) { super(`${reason}: ${detail}`); this.name = 'AppendRefused'; }
}
