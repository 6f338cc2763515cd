import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import type { StoredEvent } from '@gridcase/events';
import { identifier, uuidFrom, type Migration } from '@gridcase/platform';
import { POOL, SCHEMA } from '../adapters';

/** The table, as the migration of that number in the service's schema. */
export const effectOutboxTable = (version: number): Migration => ({
  version, name: 'outbox of effects',
  up: `
    create table outbox (
      -- Follows from event and target: the same event again adds nothing.
      id uuid primary key,
      target text not null,
      kind text not null,
      payload jsonb not null,
      stream text not null,
      revision integer not null,
      position bigint not null,
      state text not null default 'waiting' check (state in ('waiting', 'delivered', 'given_up')),
      created_at timestamptz not null default now(),
      -- Since it was written, or since an operator asked for it again.
      waiting_since timestamptz not null default now(),
      next_attempt_at timestamptz not null default now(),
      -- A worker has it in hand until then; its successor takes it up after that.
      claimed_until timestamptz,
      attempts integer not null default 0,
      refusals integer not null default 0,
      -- A code, never words of the other side.
      last_error text,
      delivered_at timestamptz
    );
    create index outbox_due on outbox (target, next_attempt_at) where state = 'waiting';
    create index outbox_order on outbox (target, stream, revision) where state = 'waiting';
    create index outbox_delivered on outbox (delivered_at) where state = 'delivered';
    create index outbox_given_up on outbox (waiting_since) where state = 'given_up'`,
});

/** What is to be done outside because of an event. */
export interface Effect { target: string; kind: string; payload: object }

/** A row a worker has in hand, as it then stood. */
export interface ClaimedEffect {
  id: string; kind: string; payload: any; stream: string; revision: number;
  /** This one included. */
  attempts: number;
  /** Attempts that the other side refused for good. */
  refusals: number;
  waitedMs: number;
  /** Seconds since 1970 by PostgreSQL, the one clock all replicas share: it also runs while the platform's is simulated. */
  claimedAtSeconds: number;
}
export interface ListedEffect { id: string; target: string; kind: string; stream: string; revision: number; attempts: number; lastError: string | null; createdAt: Date }
/** As it stands: for whoever compares the outbox with the record. */
export interface OutboxRow {
  id: string; target: string; kind: string; stream: string; revision: number; position: bigint;
  state: 'waiting' | 'delivered' | 'given_up';
  attempts: number; lastError: string | null; waitedMs: number;
}
export interface OutboxFigures { waiting: number; oldestSeconds: number; givenUp: number }

/** The id of the row of an event and target: one row, however often it is written. */
export const effectId = (event: Pick<StoredEvent, 'id'>, target: string): string => uuidFrom('gridcase.outbox', event.id, target);

/**
 * Effects on the outside that wait to be carried out, in the service's own schema: every statement on the table stands here. Effects of one
 * stream on one target are handed out one after the other, in the order of its events.
 */
@Injectable()
export class EffectOutbox {
  private readonly table: string;

  constructor(@Inject(POOL) private readonly pool: Pool, @Inject(SCHEMA) schema: string) {
    this.table = `${identifier(schema)}.outbox`;
  }

  /** Once for one event and target, however often it is called. Not due before those of its stream that stand before it. */
  async add(event: Pick<StoredEvent, 'id' | 'stream' | 'revision' | 'position'>, { target, kind, payload }: Effect): Promise<void> {
    await this.pool.query(
      `insert into ${this.table} (id, target, kind, payload, stream, revision, position, next_attempt_at)
       values ($1, $2, $3, $4, $5, $6, $7, greatest(now(), (select max(next_attempt_at) from ${this.table} where target = $2 and stream = $5 and state = 'waiting')))
       on conflict (id) do nothing`,
      [effectId(event, target), target, kind, JSON.stringify(payload), event.stream, event.revision, event.position.toString()],
    );
  }

  /** Takes what is due in hand. A claim that is not answered for in time goes to whoever asks next. */
  async claim(target: string, limit: number, claimMs: number): Promise<ClaimedEffect[]> {
    const { rows } = await this.pool.query(
      `with due as materialized (
         select o.id from ${this.table} o
         where o.target = $1 and o.state = 'waiting' and o.next_attempt_at <= now() and (o.claimed_until is null or o.claimed_until <= now())
           and not exists (select 1 from ${this.table} e where e.target = o.target and e.stream = o.stream and e.state = 'waiting' and e.revision < o.revision)
         order by o.next_attempt_at, o.position limit $2 for update of o skip locked)
       update ${this.table} o set attempts = o.attempts + 1, claimed_until = clock_timestamp() + $3 * interval '1 millisecond' from due where o.id = due.id
       returning o.id, o.kind, o.payload, o.stream, o.revision, o.attempts, o.refusals,
         (extract(epoch from now() - o.waiting_since) * 1000)::float8 as waited_ms, floor(extract(epoch from clock_timestamp()))::float8 as claimed_at`,
      [target, limit, claimMs],
    );
    return rows.map((row) => ({
      id: row.id, kind: row.kind, payload: row.payload, stream: row.stream, revision: row.revision, attempts: row.attempts, refusals: row.refusals,
      waitedMs: row.waited_ms, claimedAtSeconds: row.claimed_at,
    }));
  }

  /** Whoever has it in hand by now: it has happened. */
  async delivered({ id }: ClaimedEffect): Promise<void> {
    await this.pool.query(`update ${this.table} set state = 'delivered', delivered_at = now(), claimed_until = null, last_error = null where id = $1 and state <> 'delivered'`, [id]);
  }

  /** What stands behind it in its stream is put off with it: it would only be looked at in vain. */
  async postponed({ id, attempts }: ClaimedEffect, { code, refused, delayMs }: { code: string; refused: boolean; delayMs: number }): Promise<void> {
    await this.pool.query(
      `with failed as (select id, target, stream, revision from ${this.table} where id = $1 and attempts = $2 and state = 'waiting')
       update ${this.table} o set
         next_attempt_at = greatest(o.next_attempt_at, now() + $3 * interval '1 millisecond'),
         last_error = case when o.id = failed.id then $4 else o.last_error end,
         claimed_until = case when o.id = failed.id then null else o.claimed_until end,
         refusals = case when o.id = failed.id then o.refusals + $5 else o.refusals end
       from failed where o.target = failed.target and o.stream = failed.stream and o.state = 'waiting' and o.revision >= failed.revision`,
      [id, attempts, delayMs, code, refused ? 1 : 0],
    );
  }

  /** No further attempt unless an operator asks for it; what stands behind it in its stream is due. */
  async givenUp({ id, attempts }: ClaimedEffect, code?: string): Promise<void> {
    await this.pool.query(
      `with given_up as (
         update ${this.table} set state = 'given_up', claimed_until = null, last_error = coalesce($3, last_error, 'EXPIRED') where id = $1 and attempts = $2 and state = 'waiting' returning target, stream)
       update ${this.table} o set next_attempt_at = now() from given_up where o.target = given_up.target and o.stream = given_up.stream and o.state = 'waiting' and o.id <> $1`,
      [id, attempts, code ?? null],
    );
  }

  /** Given back unanswered: the next one may take it at once. */
  async released({ id, attempts }: ClaimedEffect): Promise<void> {
    await this.pool.query(`update ${this.table} set claimed_until = null where id = $1 and attempts = $2 and state = 'waiting'`, [id, attempts]);
  }

  async figures(): Promise<OutboxFigures> {
    const { rows: [row] } = await this.pool.query(
      `select (select count(*) from ${this.table} where state = 'given_up')::int as given_up, count(*)::int as waiting,
         coalesce(extract(epoch from now() - min(waiting_since)), 0)::float8 as oldest from ${this.table} where state = 'waiting'`,
    );
    return { waiting: row.waiting, oldestSeconds: row.oldest, givenUp: row.given_up };
  }

  /** Deletes what ended long ago, at most `limit` of each kind. @returns how many */
  async prune({ deliveredKeptMs, givenUpKeptMs, limit }: { deliveredKeptMs: number; givenUpKeptMs: number; limit: number }): Promise<number> {
    let deleted = 0;
    for (const [state, ended, keptMs] of [['delivered', 'delivered_at', deliveredKeptMs], ['given_up', 'waiting_since', givenUpKeptMs]] as const) {
      const { rowCount } = await this.pool.query(
        `delete from ${this.table} where id in (select id from ${this.table} where state = '${state}' and ${ended} < now() - $1 * interval '1 millisecond' order by ${ended} limit $2)`,
        [keptMs, limit],
      );
      deleted += rowCount ?? 0;
    }
    return deleted;
  }

  /** The given-up ones, oldest first. */
  async listGivenUp(limit: number): Promise<ListedEffect[]> {
    const { rows } = await this.pool.query(`select id, target, kind, stream, revision, attempts, last_error, created_at from ${this.table} where state = 'given_up' order by created_at, position limit $1`, [limit]);
    return rows.map((row) => ({ id: row.id, target: row.target, kind: row.kind, stream: row.stream, revision: row.revision, attempts: row.attempts, lastError: row.last_error, createdAt: row.created_at }));
  }

  /** The first row of each kind: those written within the time, from which nothing was deleted yet, or all that are left. */
  async firstPositions(target: string, withinMs: number | null): Promise<Map<string, bigint>> {
    const { rows } = await this.pool.query<{ kind: string; first: string }>(
      `select kind, min(position) as first from ${this.table} where target = $1 and ($2::float8 is null or created_at > now() - $2 * interval '1 millisecond') group by kind`, [target, withinMs],
    );
    return new Map(rows.map(({ kind, first }) => [kind, BigInt(first)]));
  }

  /** Every row of a target as of one moment, in the order of the record, page by page. */
  async *inOrder(target: string, pageRows = 1_000): AsyncGenerator<OutboxRow[]> {
    const client = await this.pool.connect();
    try {
      await client.query('begin isolation level repeatable read read only');
      await client.query(
        `declare rows_in_order no scroll cursor for
         select id, target, kind, stream, revision, position, state, attempts, last_error, (extract(epoch from now() - waiting_since) * 1000)::float8 as waited_ms from ${this.table} where target = $1 order by position, id`, [target],
      );
      for (;;) {
        const { rows } = await client.query(`fetch ${Math.trunc(pageRows)} from rows_in_order`);
        if (rows.length > 0) yield rows.map((row) => ({
          id: row.id, target: row.target, kind: row.kind, stream: row.stream, revision: row.revision, position: BigInt(row.position), state: row.state,
          attempts: row.attempts, lastError: row.last_error, waitedMs: row.waited_ms,
        }));
        if (rows.length < pageRows) return;
      }
    } finally {
      await client.query('rollback').then(() => client.release(), () => client.release(true));
    }
  }

  /** By an operator: given-up effects wait anew, as if just written. All of them, or one. @returns how many */
  async retry(id?: string): Promise<number> {
    const { rowCount } = await this.pool.query(
      `update ${this.table} set state = 'waiting', waiting_since = now(), next_attempt_at = now(), attempts = 0, refusals = 0 where state = 'given_up' and ($1::uuid is null or id = $1)`,
      [id ?? null],
    );
    return rowCount ?? 0;
  }
}
