import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { NewEvent, StoredEvent } from '@gridcase/events';
import { createPool } from '@gridcase/platform';
import { prepareAppend } from '../append-limits';
import type { AllFilter, AppendResult, Batch, EventStore, ExpectedHead, ReadAllOptions, ReadStreamOptions } from '../port';
import { AppendQueue, type AppendQueueLimits } from './append-queue';
import { migrateEventStore } from './migrations';
import { Tail, type SizedPage, type TailLimits } from './tail';

export interface PostgresEventStoreOptions extends Partial<AppendQueueLimits>, Partial<TailLimits> {
  /** Two of its connections are held: one for appends, one that listens while somebody is subscribed. Not ended by `close`. */
  pool?: Pool;
  /** Instead of a pool: a pool of its own, ended by `close`. */
  url?: string;
  /** Default `event_store`. */
  schema?: string;
  /** Installs and upgrades the schema first. Default true; off for a role that may only append. */
  migrate?: boolean;
}

const defaults: AppendQueueLimits & TailLimits = {
  queueAppendsMax: 10_000, batchAppendsMax: 256, batchEventsMax: 2_000, attemptsMax: 6, answerTimeoutMs: 30_000,
  retryDelayMs: 50, retryDelayMaxMs: 2_000, pollIntervalMs: 500, readIntervalMs: 40, ringEventsMax: 10_000, ringBytesMax: 32 * 1024 * 1024,
};
const STREAM_PAGE_EVENTS = 5_000;
const POOL_CLIENTS_MAX = 10;

const COLUMNS = `e.position, e.stream, e.revision, e.id, e.type, e.version, e.data::text, e.metadata::text, encode(e.hash, 'hex'), encode(e.previous_hash, 'hex')`;
type Row = [position: string, stream: string, revision: number, id: string, type: string, version: number, data: string, metadata: string, hash: string, previousHash: string];

const toEvent = (row: Row): StoredEvent => ({
  position: BigInt(row[0]), stream: row[1], revision: row[2], id: row[3], type: row[4], version: row[5],
  data: JSON.parse(row[6]), metadata: JSON.parse(row[7]), hash: row[8], previousHash: row[9],
});

/** The record on PostgreSQL (DESIGN.md §4). @rule X18 */
export async function createPostgresEventStore(options: PostgresEventStoreOptions): Promise<EventStore> {
  const limits = { ...defaults, ...options };
  const schema = options.schema ?? 'event_store';
  if (!options.pool && !options.url) throw new TypeError('the event store needs a pool or a url');
  const ownPool = options.pool ? undefined : createPool({ url: options.url!, max: POOL_CLIENTS_MAX, applicationName: 'gridcase-event-store' });
  const pool = options.pool ?? ownPool!;
  if (options.migrate ?? true) await migrateEventStore(pool, schema);

  const queryRows = async (name: string, text: string, values: unknown[]): Promise<Row[]> =>
    (await pool.query<Row>({ name: `${schema}.${name}`, text, values, rowMode: 'array' } as any)).rows;

  // Head and events in one statement, hence in one snapshot: `caughtUp` is true of exactly these events.
  const ALL = `with h as materialized (select coalesce(max(position), 0) as head from ${schema}.events)`;
  const SELECT_ALL = `${ALL} select h.head, ${COLUMNS} from h left join lateral (select * from ${schema}.events where position > $1 order by position limit $2) e on true order by e.position`;
  // One index range a category, merged. An equality would let the planner order by position alone, and walk the whole table for a rare one.
  const SELECT_CATEGORIES = `${ALL} select h.head, ${COLUMNS} from h left join lateral (
    select x.* from unnest($3::text[]) as c (category) cross join lateral (
      select * from ${schema}.events where (category, position) > (c.category, $1) and category <= c.category order by category, position limit $2) x order by x.position limit $2) e on true order by e.position`;

  const readPage = async (after: bigint, limit: number, categories?: readonly string[]): Promise<SizedPage> => {
    const rows = (categories ? await queryRows('read_categories', SELECT_CATEGORIES, [after, limit, categories]) : await queryRows('read_all', SELECT_ALL, [after, limit])) as unknown as [string, ...Row][];
    const events: StoredEvent[] = [];
    const sizes: number[] = [];
    let head = after;
    for (const [headText, ...row] of rows) {
      head = BigInt(headText);
      if (row[0] === null) continue; // the left join's row of an empty page
      events.push(toEvent(row));
      sizes.push(row[6].length + row[7].length);
    }
    const caughtUp = events.length < limit || events.at(-1)!.position >= head;
    const checkpoint = caughtUp ? (head > after ? head : after) : events.at(-1)!.position;
    return { events, sizes, checkpoint, caughtUp };
  };

  const head = async () => BigInt((await pool.query<{ head: string }>(`select coalesce(max(position), 0) as head from ${schema}.events`)).rows[0]!.head);

  const readStream = async (stream: string, { from = 0, limit = Infinity, signal }: ReadStreamOptions = {}): Promise<StoredEvent[]> => {
    const events: StoredEvent[] = [];
    while (events.length < limit) {
      signal?.throwIfAborted();
      const page = Math.min(limit - events.length, STREAM_PAGE_EVENTS);
      const rows = await queryRows('read_stream', `select ${COLUMNS} from ${schema}.events e where e.stream = $1 and e.revision >= $2 order by e.revision limit $3`, [stream, from + events.length, page]);
      for (const row of rows) events.push(toEvent(row));
      if (rows.length < page) break;
    }
    return events;
  };

  const tail = new Tail(pool, `${schema}_appended`, limits, readPage, head);
  const queue = new AppendQueue(pool, schema, limits, (stream, from, limit) => readStream(stream, { from, limit }), () => tail.wake());

  const readPersistently = async (read: () => Promise<Batch>, signal: AbortSignal): Promise<Batch | undefined> => {
    while (!signal.aborted) {
      try {
        return await read();
      } catch {
        await delay(limits.retryDelayMs, undefined, { signal }).catch(() => undefined);
      }
    }
    return undefined;
  };

  async function* subscribe({ after, categories, batchSizeMax = 500, signal }: AllFilter & { after: bigint; batchSizeMax?: number; signal: AbortSignal }): AsyncIterable<Batch> {
    const wanted = categories && new Set(categories);
    let position = after;
    let first = true;
    if (signal.aborted) return;
    tail.attach();
    try {
      while (!signal.aborted) {
        const batch = tail.next(position, batchSizeMax, wanted) ?? (await readPersistently(() => readPage(position, batchSizeMax, categories), signal));
        if (!batch) return;
        if (batch.checkpoint > position || first) yield { events: batch.events, checkpoint: batch.checkpoint, caughtUp: batch.caughtUp };
        first = false;
        position = batch.checkpoint;
        if (batch.caughtUp) await tail.waitBeyond(position, signal);
      }
    } finally {
      tail.detach();
    }
  }

  return {
    append: async (stream: string, expected: ExpectedHead, events: readonly NewEvent[]): Promise<AppendResult> => queue.add(stream, expected, prepareAppend(stream, expected, events)),
    readStream,
    readAll: async ({ after, limit, categories }: ReadAllOptions) => {
      const { events, checkpoint, caughtUp } = await readPage(after, limit, categories);
      return { events, checkpoint, caughtUp };
    },
    head,
    subscribe,
    epoch: async () => (await pool.query<{ id: string }>(`select id from ${schema}.epoch`)).rows[0]!.id,
    close: async () => {
      await queue.close();
      await tail.close();
      await ownPool?.end();
    },
  };
}
