import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import type { EventStore } from '@gridcase/event-store';
import { inTransaction } from '@gridcase/platform';
import type { StreamProjection } from './port';
import { ReadModelTable, checkedName } from './read-model-table';

export const installLock = (client: PoolClient, schema: string) => client.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [`${schema}.read-models`]);

/** Checkpoints, parked streams and the register of read-model tables of one service. Safe to call by many processes at once. */
export async function installBookkeeping(client: PoolClient, schema: string): Promise<void> {
  checkedName(schema);
  await installLock(client, schema);
  await client.query(`
    create schema if not exists ${schema};
    create table if not exists ${schema}.checkpoint (
      processor text primary key,
      position bigint not null default 0,
      -- Changes with the tables or parked streams: a runner that holds an older one loads them anew.
      generation integer not null default 0,
      epoch text
    );
    -- Where and when a reactor began, as it was first installed. Asked first: altering a table waits for whoever uses it.
    do $$ begin
      if not exists (select from pg_attribute where attrelid = '${schema}.checkpoint'::regclass and attname = 'begun' and not attisdropped) then
        alter table ${schema}.checkpoint add column begun bigint, add column begun_at timestamptz;
      end if;
    end $$;
    create table if not exists ${schema}.parked (
      processor text not null,
      stream text not null,
      revision integer not null,
      error text not null,
      parked_at timestamptz not null default now(),
      release_requested boolean not null default false,
      primary key (processor, stream)
    );
    create table if not exists ${schema}.read_model (
      name text not null,
      version integer not null,
      build integer not null,
      state text not null check (state in ('live', 'building', 'kept')),
      shape text not null,
      -- [{table, view}]: known also to a program that has the definition no more.
      tables jsonb not null,
      -- Where the tables stood when they were switched away from.
      position bigint,
      switched_at timestamptz,
      primary key (name, version, build)
    );
    create unique index if not exists one_live_build on ${schema}.read_model (name) where state = 'live';
  `);
}

/** The checkpoint belongs to another event store, or to a later state of this one (an older backup was restored). */
export class StoreReplaced extends Error {
  constructor(processor: string, detail: string) { super(`the checkpoint of ${processor} does not belong to this event store: ${detail}`); this.name = 'StoreReplaced'; }
}

/** Where a processor stands in this very store. @throws StoreReplaced */
export async function claimCheckpoint(pool: Pool, schema: string, processor: string, store: EventStore): Promise<bigint> {
  const epoch = await store.epoch();
  const { rows: [row] } = await pool.query<{ position: string; epoch: string | null }>(`update ${schema}.checkpoint set epoch = coalesce(epoch, $2) where processor = $1 returning position, epoch`, [processor, epoch]);
  const position = BigInt(row!.position);
  // After the checkpoint: another member may be moving it, and the head with it.
  assertSame(processor, { position, epoch: row!.epoch }, { epoch, head: await store.head() });
  return position;
}

/** Before a service writes anything: whether every processor of it stands in this very store. @throws StoreReplaced */
export async function checkStore(pool: Pool, schema: string, store: EventStore): Promise<void> {
  const { rows: [there] } = await pool.query<{ table: string | null }>('select to_regclass($1) as table', [`${checkedName(schema)}.checkpoint`]);
  if (!there!.table) return;
  const epoch = await store.epoch();
  const { rows } = await pool.query<{ processor: string; position: string; epoch: string | null }>(`select processor, position, epoch from ${schema}.checkpoint order by processor`);
  const head = rows.length > 0 ? await store.head() : 0n;
  for (const { processor, position, epoch: own } of rows) assertSame(processor, { position: BigInt(position), epoch: own ?? epoch }, { head, epoch });
}

function assertSame(processor: string, own: { position: bigint; epoch: string | null }, store: { head: bigint; epoch: string }): void {
  if (own.epoch !== store.epoch) throw new StoreReplaced(processor, `epoch ${store.epoch} instead of ${own.epoch}`);
  if (own.position > store.head) throw new StoreReplaced(processor, `it ends at ${store.head}, the checkpoint is ${own.position}`);
}

/**
 * After a restore, by an operator: reactors go on in the store as it is now. What they did after the backup was taken they do
 * not do again unless the events come again. Read models, of the processor `readModels`, are rebuilt instead.
 * @returns the processors
 */
export async function adoptStore(pool: Pool, schema: string, store: EventStore, readModels = defaultProcessor(schema)): Promise<string[]> {
  const { rows } = await pool.query<{ processor: string }>(
    `update ${checkedName(schema)}.checkpoint set epoch = $2, position = least(position, $3), begun = least(begun, $3), generation = generation + 1 where processor <> $1 returning processor`,
    [readModels, await store.epoch(), await store.head()],
  );
  return rows.map(({ processor }) => processor).sort();
}

export interface ReactorSpan {
  /** Everything behind it and up to `position` was handed to the reactor, or its stream is parked. Null: it began before this was noted. */
  begun: bigint | null;
  begunAgoMs: number | null;
  position: bigint;
}
/** Which part of the record a reactor has handled; undefined when it is not installed, or was switched off. */
export async function reactorSpan(pool: Pool, schema: string, processor: string): Promise<ReactorSpan | undefined> {
  const { rows: [row] } = await pool.query<{ begun: string | null; begun_ago: number | null; position: string }>(
    `select begun, (extract(epoch from now() - begun_at) * 1000)::float8 as begun_ago, position from ${checkedName(schema)}.checkpoint where processor = $1`, [processor],
  );
  return row && { begun: row.begun === null ? null : BigInt(row.begun), begunAgoMs: row.begun_ago, position: BigInt(row.position) };
}

/** Of a reactor that is switched off: switched on again it begins anew, where `startAt` says. */
export async function forgetReactor(pool: Pool, schema: string, processor: string): Promise<void> {
  await inTransaction(pool, async (client) => {
    await installBookkeeping(client, schema);
    for (const table of ['checkpoint', 'parked']) await client.query(`delete from ${schema}.${table} where processor = $1`, [processor]);
  });
}

/** Changes with everything that changes the tables. */
export const shapeOf = ({ columns, indexes, details }: StreamProjection): string =>
  createHash('sha256').update(JSON.stringify([columns, indexes ?? [], (details ?? []).map((detail) => [detail.name, detail.columns, detail.primaryKey, detail.indexes ?? []])])).digest('hex');

/** Default id of a service's projection runner. */
export const defaultProcessor = (schema: string): string => `${schema}.read-models.v1`;

export interface Installed {
  /** Names whose tables do not exist in this version yet, beside a read model that runs: they must be rebuilt first. */
  toRebuild: string[];
}

/**
 * Makes tables, indexes and views of projections that are new in a fresh schema. A new version, or a new projection beside
 * ones that already stand somewhere, is left to a rebuild (`runProjections` does it before it starts).
 */
export async function installProjections(pool: Pool, schema: string, projections: readonly StreamProjection[], processor = defaultProcessor(schema)): Promise<Installed> {
  const names = projections.flatMap((projection) => [projection.name, ...(projection.details ?? []).map((detail) => detail.name)]);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice) throw new Error(`two read models are named ${twice}`);
  return inTransaction(pool, async (client) => {
    await installBookkeeping(client, schema);
    await client.query(`insert into ${schema}.checkpoint (processor) values ($1) on conflict do nothing`, [processor]);
    const fresh = (await client.query<{ position: string }>(`select position from ${schema}.checkpoint where processor = $1`, [processor])).rows[0]!.position === '0';
    const toRebuild: string[] = [];
    for (const projection of projections) {
      const { rows: [live] } = await client.query<{ version: number; shape: string }>(`select version, shape from ${schema}.read_model where name = $1 and state = 'live'`, [projection.name]);
      const shape = shapeOf(projection);
      if (live?.version === projection.version) {
        if (live.shape !== shape) throw new Error(`the tables of ${projection.name} version ${projection.version} were made from another definition: give it a new version`);
      } else if (live || !fresh) {
        toRebuild.push(projection.name);
      } else {
        const table = new ReadModelTable(schema, projection, 0);
        await table.create(client);
        await table.createIndexes(client);
        await switchViews(client, table.tables);
        await register(client, table, 'live');
      }
    }
    return { toRebuild };
  });
}

export const register = (client: PoolClient, table: ReadModelTable, state: 'live' | 'building') =>
  client.query(`insert into ${table.schema}.read_model (name, version, build, state, shape, tables) values ($1, $2, $3, $4, $5, $6)`, [
    table.projection.name, table.projection.version, table.build, state, shapeOf(table.projection), JSON.stringify(table.tables.map(({ table, view }) => ({ table, view }))),
  ]);

export interface TableAndView { table: string; view: string }

export async function switchViews(client: PoolClient, tables: readonly TableAndView[]): Promise<void> {
  for (const { table, view } of tables) {
    await client.query(`drop view if exists ${view}`);
    await client.query(`create view ${view} as select * from ${table}`);
  }
}

/** The live build of each projection. @throws when one has none */
export async function liveTables(client: PoolClient | Pool, schema: string, projections: readonly StreamProjection[]): Promise<ReadModelTable[]> {
  const { rows } = await client.query<{ name: string; version: number; build: number }>(`select name, version, build from ${schema}.read_model where state = 'live'`);
  return projections.map((projection) => {
    const live = rows.find(({ name, version }) => name === projection.name && version === projection.version);
    if (!live) throw new Error(`read model ${projection.name} version ${projection.version} is not installed in ${schema}: rebuild it`);
    return new ReadModelTable(schema, projection, live.build);
  });
}
