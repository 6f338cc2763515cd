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
}

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
 * Streams whose name begins with `$` are refused, and so are empty appends and more than `appendEventsMax` events.
 */
export interface EventStore {
  /** @throws WrongExpectedHead when the stream's head is another one; OutcomeUnknown when the answer was lost. */
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
