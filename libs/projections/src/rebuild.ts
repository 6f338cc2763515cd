import type { Pool, PoolClient } from 'pg';
import type { Batch, EventStore } from '@gridcase/event-store';
import type { StoredEvent } from '@gridcase/events';
import { heapShare, inTransaction } from '@gridcase/platform';
import { defaultProcessor, installBookkeeping, installLock, register, switchViews, type TableAndView } from './bookkeeping';
import { streamOf } from './fold-stream';
import { park } from './parked';
import type { StreamProjection } from './port';
import { RebuildFold, type Transact } from './rebuild-fold';
import { ReadModelTable, checkedName } from './read-model-table';

export interface RebuildOptions {
  pool: Pool;
  schema: string;
  store: EventStore;
  projections: readonly StreamProjection[];
  processor?: string;
  signal?: AbortSignal;
  upcast?(event: StoredEvent): StoredEvent;
  onProgress?(progress: { phase: 'read' | 'index' | 'catch-up' | 'compare' | 'switched'; events: number; position: bigint }): void;
  /** Of documents kept in memory, about, all projections together; the others are spilled to the table. Default: an eighth of the heap, at most 256 MiB. */
  heldBytesMax?: number;
  /** Read and folded at once. Default: so many that their documents go into `heldBytesMax`, up to 5,000. */
  pageEventsMax?: number;
  /** What to do when the live rows are not what the record gives. Default: switch, the record is right. */
  onDifference?: 'switch' | 'abort';
  /** Builds, compares and drops what was built: the live tables stay, also when nothing differs. */
  compareOnly?: boolean;
  /** Differences of one projection that are named; all are counted. */
  differencesShownMax?: number;
}
export interface Difference {
  table: string; key: string; stream: string;
  /** Of the live row. */
  kind: 'changed' | 'missing' | 'surplus';
  /** Revisions; null for rows of details, and where there is no row. */
  live: number | null; rebuilt: number | null;
}
export interface RebuildReport {
  events: number;
  position: bigint;
  switched: boolean;
  projections: {
    name: string; version: number; build: number; rows: number; parked: string[];
    /** Null when there was nothing to compare with: another version, or another event store. */
    differences: { count: number; examples: Difference[] } | null;
  }[];
}

const DIFFERENCES_SHOWN_MAX = 20;
const PAGE_EVENTS_MAX = 5_000;
/** At worst each event of a page is of another stream, with a document of its own. */
const PAGE_BYTES_PER_EVENT = 32 * 1024;

/**
 * Builds read models anew from the event store beside the live ones, catches up to exactly where those stand, compares row by row,
 * and switches in one transaction. The old tables stay for `rollback`. The runner may go on meanwhile; it waits only during the
 * last step, and takes up the new tables by itself.
 */
export async function rebuild(options: RebuildOptions): Promise<RebuildReport> {
  const { pool, schema, store, projections, signal, upcast = (event) => event, onProgress = () => undefined, heldBytesMax = heapShare(1 / 8, 256), pageEventsMax = Math.min(PAGE_EVENTS_MAX, Math.ceil(heldBytesMax / PAGE_BYTES_PER_EVENT)), onDifference = 'switch', compareOnly = false, differencesShownMax = DIFFERENCES_SHOWN_MAX } = options;
  const processor = options.processor ?? defaultProcessor(checkedName(schema));
  const epoch = await store.epoch();
  const tables = await inTransaction(pool, (client) => begin(client, schema, processor, projections));
  const folds = tables.map((table) => new RebuildFold(table, heldBytesMax / tables.length, { readStream: store.readStream, upcast }));
  const categories = [...new Set(projections.flatMap((projection) => projection.categories))];
  let events = 0;
  let position = 0n;
  const progress = (phase: Parameters<typeof onProgress>[0]['phase']) => onProgress({ phase, events, position });

  /** Folds everything in (position, target]. */
  const advance = async (transact: Transact, target: bigint, phase: 'read' | 'catch-up') => {
    const read = (after: bigint): Promise<Batch> => store.readAll({ after, limit: pageEventsMax, categories });
    let next = position < target ? read(position) : undefined;
    while (next) {
      const page = await next;
      signal?.throwIfAborted();
      // The next page is read while this one is folded.
      next = page.checkpoint < target && !page.caughtUp ? read(page.checkpoint) : undefined;
      next?.catch(() => undefined); // awaited in the next round; a throw before that must not leave it unhandled
      const wanted = page.events.at(-1)?.position ?? 0n;
      const within = wanted > target ? page.events.filter((event) => event.position <= target) : page.events;
      for (const fold of folds) await fold.add(transact, within);
      events += within.length;
      position = page.checkpoint < target ? page.checkpoint : target;
      progress(phase);
    }
  };

  // Never past the live checkpoint, or the two could not be compared at one position.
  const live = await checkpointOf(pool, schema, processor);
  const sameStore = live.epoch === null || live.epoch === epoch;
  if (!sameStore) await checkAllTogether(pool, schema, projections);
  // Each spill is a transaction of its own: none stays open while the store is read.
  const apart: Transact = (use) => inTransaction(pool, use);
  await advance(apart, sameStore ? live.position : await store.head(), 'read');
  for (const fold of folds) await fold.flush(apart);
  progress('index');
  await inTransaction(pool, async (client) => {
    await client.query('set local statement_timeout = 0');
    for (const { table } of folds) {
      await table.createIndexes(client);
      for (const { table: name } of table.tables) await client.query(`analyze ${name}`);
    }
  });

  const report: RebuildReport = { events, position, switched: false, projections: [] };
  await inTransaction(pool, async (client) => {
    await client.query('set local statement_timeout = 0; set local lock_timeout = 0; set local idle_in_transaction_session_timeout = 0');
    await installLock(client, schema);
    const within: Transact = (use) => use(client);
    // From here on the runner waits.
    const { rows: [row] } = await client.query<{ position: string }>(`select position from ${schema}.checkpoint where processor = $1 for update`, [processor]);
    await advance(within, sameStore ? BigInt(row!.position) : await store.head(), 'catch-up');
    for (const fold of folds) await fold.flush(within);
    progress('compare');
    for (const { table, poisoned } of folds) {
      const { name, version } = table.projection;
      const { rows: [count] } = await client.query<{ n: string }>(`select count(*) as n from ${table.main.table}`);
      report.projections.push({ name, version, build: table.build, rows: Number(count!.n), parked: [...poisoned.keys()], differences: sameStore ? await compare(client, table, differencesShownMax) : null });
    }
    report.events = events;
    report.position = position;
    if (compareOnly) {
      for (const { name } of projections) await dropBuilds(client, schema, name, 'building');
      return;
    }
    if (onDifference === 'abort' && report.projections.some(({ differences }) => (differences?.count ?? 0) > 0)) return;
    for (const fold of folds) await makeLive(client, fold, position);
    await client.query(`update ${schema}.checkpoint set position = $2, epoch = $3, generation = generation + 1 where processor = $1`, [processor, position, epoch]);
    report.switched = true;
  });
  if (report.switched) progress('switched');
  return report;
}

/** New empty tables; what an interrupted rebuild left is dropped. */
async function begin(client: PoolClient, schema: string, processor: string, projections: readonly StreamProjection[]): Promise<ReadModelTable[]> {
  await installBookkeeping(client, schema);
  await client.query(`insert into ${schema}.checkpoint (processor) values ($1) on conflict do nothing`, [processor]);
  const tables: ReadModelTable[] = [];
  for (const projection of projections) {
    await dropBuilds(client, schema, projection.name, 'building');
    const { rows: [last] } = await client.query<{ build: number }>(`select coalesce(max(build) + 1, 0) as build from ${schema}.read_model where name = $1 and version = $2`, [projection.name, projection.version]);
    const table = new ReadModelTable(schema, projection, last!.build);
    await table.create(client);
    await register(client, table, 'building');
    tables.push(table);
  }
  return tables;
}

async function dropBuilds(client: PoolClient, schema: string, name: string, state: 'building' | 'kept'): Promise<number> {
  const { rows } = await client.query<{ tables: TableAndView[] }>(`delete from ${schema}.read_model where name = $1 and state = $2 returning tables`, [name, state]);
  for (const { tables } of rows) for (const { table } of tables) await client.query(`drop table if exists ${table}`);
  return rows.length;
}

async function checkpointOf(pool: Pool, schema: string, processor: string): Promise<{ position: bigint; epoch: string | null }> {
  const { rows: [row] } = await pool.query<{ position: string; epoch: string | null }>(`select position, epoch from ${schema}.checkpoint where processor = $1`, [processor]);
  return { position: BigInt(row!.position), epoch: row!.epoch };
}

/** On another event store no read model of the service can stay as it is: they share one checkpoint. */
async function checkAllTogether(pool: Pool, schema: string, projections: readonly StreamProjection[]): Promise<void> {
  const { rows } = await pool.query<{ name: string }>(`select name from ${schema}.read_model where state = 'live' and name <> all($1::text[])`, [projections.map(({ name }) => name)]);
  if (rows.length > 0) throw new Error(`the event store was replaced: rebuild ${rows.map(({ name }) => name).join(', ')} in the same run`);
}

/** Rows that differ between the live and the rebuilt tables, both at one position. */
async function compare(client: PoolClient, rebuilt: ReadModelTable, shownMax: number): Promise<{ count: number; examples: Difference[] } | null> {
  const { schema, projection } = rebuilt;
  const { rows: [live] } = await client.query<{ build: number }>(`select build from ${schema}.read_model where name = $1 and version = $2 and state = 'live'`, [projection.name, projection.version]);
  if (!live) return null;
  const old = new ReadModelTable(schema, projection, live.build);
  let count = 0;
  const examples: Difference[] = [];
  for (const [i, { table, view, columns }] of rebuilt.tables.entries()) {
    const key = i === 0 ? ['id'] : projection.details![i - 1]!.primaryKey;
    const row = (alias: string) => `(${columns.map(({ name }) => `${alias}."${name}"`).join(', ')})`;
    const keyText = `concat_ws(' ', ${key.map((name) => `coalesce(a."${name}", b."${name}")::text`).join(', ')})`;
    const rowId = i === 0 ? 'id' : 'stream_id';
    const { rows } = await client.query<{ n: string; key: string; row_id: string; kind: Difference['kind']; live: number | null; rebuilt: number | null }>(
      `select count(*) over () as n, ${keyText} as key, coalesce(a."${rowId}", b."${rowId}") as row_id,
         case when a."${key[0]}" is null then 'missing' when b."${key[0]}" is null then 'surplus' else 'changed' end as kind, ${i === 0 ? 'a.revision' : 'null::integer'} as live, ${i === 0 ? 'b.revision' : 'null::integer'} as rebuilt
       from ${old.tables[i]!.table} a full join ${table} b on (${key.map((name) => `a."${name}" = b."${name}"`).join(' and ')})
       where ${row('a')} is distinct from ${row('b')} order by 2 limit ${shownMax}`,
    );
    count += Number(rows[0]?.n ?? 0);
    examples.push(...rows.map(({ key, row_id, kind, live, rebuilt }) => ({ table: view, key, stream: streamOf(projection, row_id), kind, live, rebuilt })));
  }
  return { count, examples: examples.slice(0, shownMax) };
}

async function makeLive(client: PoolClient, { table, poisoned }: RebuildFold, position: bigint): Promise<void> {
  const { schema, projection } = table;
  await dropBuilds(client, schema, projection.name, 'kept');
  // now() of the database: when the tables were switched is no business time.
  await client.query(`update ${schema}.read_model set state = 'kept', position = $2, switched_at = now() where name = $1 and state = 'live'`, [projection.name, position]);
  await client.query(`update ${schema}.read_model set state = 'live', position = null where name = $1 and version = $2 and build = $3`, [projection.name, projection.version, table.build]);
  const { rows: kept } = await client.query<{ tables: TableAndView[] }>(`select tables from ${schema}.read_model where name = $1 and state = 'kept'`, [projection.name]);
  for (const { view } of kept.flatMap(({ tables }) => tables)) await client.query(`drop view if exists ${view}`);
  await switchViews(client, table.tables);
  const processor = `${schema}.${projection.name}.v${projection.version}`;
  await client.query(`delete from ${schema}.parked where processor = $1`, [processor]);
  for (const [stream, poison] of poisoned) await park(client, schema, processor, stream, poison);
}

/**
 * Back to the tables that stood before the last rebuild. The checkpoint goes back to where they were left; what the other
 * read models have seen since is dropped there as a repeat.
 */
export function rollback({ pool, schema, name, processor = defaultProcessor(schema) }: { pool: Pool; schema: string; name: string; processor?: string }): Promise<void> {
  checkedName(schema);
  return inTransaction(pool, async (client) => {
    await installLock(client, schema);
    await client.query(`select 1 from ${schema}.checkpoint where processor = $1 for update`, [processor]);
    const { rows } = await client.query<{ version: number; build: number; state: string; tables: TableAndView[]; position: string | null }>(`select version, build, state, tables, position from ${schema}.read_model where name = $1 and state in ('live', 'kept') order by state`, [name]);
    const kept = rows.find(({ state }) => state === 'kept');
    const live = rows.find(({ state }) => state === 'live');
    if (!kept || !live) throw new Error(`there are no older tables of ${name} to go back to`);
    const setState = (row: { version: number; build: number }, state: string) => client.query(`update ${schema}.read_model set state = $4, position = case when $4 = 'kept' then (select position from ${schema}.checkpoint where processor = $5) end, switched_at = now() where name = $1 and version = $2 and build = $3`, [name, row.version, row.build, state, processor]);
    await setState(live, 'kept');
    await setState(kept, 'live');
    for (const { view } of live.tables) await client.query(`drop view if exists ${view}`);
    await switchViews(client, kept.tables);
    await client.query(`update ${schema}.checkpoint set position = least(position, $2), generation = generation + 1 where processor = $1`, [processor, kept.position]);
  });
}

/** Drops the tables kept for `rollback`. Returns how many builds there were. */
export function dropKept({ pool, schema, name }: { pool: Pool; schema: string; name: string }): Promise<number> {
  checkedName(schema);
  return inTransaction(pool, async (client) => {
    await installLock(client, schema);
    return dropBuilds(client, schema, name, 'kept');
  });
}
