import type { StoredEvent } from '@gridcase/events';

/** PostgreSQL column type of an extracted column. */
export type ColumnType = 'text' | 'integer' | 'bigint' | 'boolean' | 'timestamptz' | 'double precision' | 'jsonb' | 'text[]';
export interface ColumnDefinition { type: ColumnType; nullable?: boolean }
export type Columns = Record<string, ColumnDefinition>;
export type ColumnValues = Record<string, unknown>;

/**
 * Rows that hang on a stream's row and are replaced as a whole with it (open clocks of a case, order units, score facts).
 * A column `stream_id text` (the row's id) is added, with an index, unless `columns` names one.
 */
export interface DetailTable<Doc> {
  name: string;
  columns: Columns;
  primaryKey: string[];
  /** CREATE INDEX bodies, e.g. `(fire_at)`, `(unit, light) WHERE light <> 'green'`. */
  indexes?: string[];
  rows(doc: Doc, streamId: string): ColumnValues[];
}

/**
 * A read model folded stream by stream: one row a stream, `(id, revision, doc jsonb, …columns)`, plus detail rows. The id is
 * the stream's id without its category; the whole stream name where a projection has several categories.
 * A row moves from revision r to r+1 in the transaction that stores the result: lower is a repeat and dropped, higher is a
 * gap and filled from the event store. `evolve` is pure; a throw parks the stream (never the partition).
 * Tables are `<name>_v<version>` behind a view `<name>`; a new version is built beside and switched.
 */
export interface StreamProjection<Doc extends object = any> {
  /** Table name, e.g. `case_board`. */
  name: string;
  version: number;
  categories: readonly string[];
  columns: Columns;
  indexes?: string[];
  details?: DetailTable<Doc>[];
  initial(streamId: string): Doc;
  evolve(doc: Doc, event: StoredEvent): Doc;
  /** Values of the extracted columns. */
  extract(doc: Doc): ColumnValues;
}

/**
 * Reacts to events with further commands or outside effects: at least once, in order within a stream. What it does MUST be
 * idempotent by the event's id. Off while a read model is being rebuilt.
 */
export interface Reactor {
  /** Processor id `<app>.<name>.v<n>`. */
  id: string;
  categories: readonly string[];
  /** Where it begins when it never ran. Default `beginning`. */
  startAt?: 'beginning' | 'end';
  handle(event: StoredEvent): Promise<void>;
}

/** Reference data small enough for memory (grids, units, people, items, calendars, policies): folded from the store at start, then followed. */
export interface LiveFold<State> {
  categories: readonly string[];
  initial(): State;
  evolve(state: State, event: StoredEvent): State;
}
export interface LiveView<State> {
  readonly state: State;
  readonly position: bigint;
  /** Resolves when everything up to `position` is folded in. */
  waitFor(position: bigint, timeoutMs: number): Promise<boolean>;
}
