import type { Pool } from 'pg';
import type { EventStore } from '@gridcase/event-store';
import { identifier, WITHOUT_DISK } from '@gridcase/platform';

/** Somebody else leads now: whoever gets this stops at once. */
export class Fenced extends Error {
  constructor(fence: bigint) { super(`the lease of epoch ${fence} has been taken over`); this.name = 'Fenced'; }
}

/** The checkpoint was made in another event store, or in a later state of this one. */
export class CheckpointOfAnotherStore extends Error {
  constructor(detail: string) { super(`the relay's checkpoint does not belong to this event store: ${detail}. After a restore an operator lets it go on in the store as it is now (gridcase adopt-record)`); this.name = 'CheckpointOfAnotherStore'; }
}

const NAME = 'relay';

/** How far the topics hold the record. Moves only under the fence of the present lease. */
export class RelayCheckpoint {
  private readonly table: string;

  constructor(private readonly pool: Pool, schema: string, private readonly store: Pick<EventStore, 'epoch' | 'head'>) {
    this.table = `${identifier(schema)}.relay_checkpoint`;
  }

  /** From now on no smaller fence moves it. @throws Fenced, CheckpointOfAnotherStore */
  async claim(fence: bigint): Promise<bigint> {
    const epoch = await this.store.epoch();
    const { rows: [row] } = await this.pool.query<{ position: string; store_epoch: string }>(
      `insert into ${this.table} as c (name, position, store_epoch, fence) values ($1, 0, $2, $3)
       on conflict (name) do update set fence = excluded.fence where c.fence <= excluded.fence returning position, store_epoch`,
      [NAME, epoch, fence],
    );
    if (!row) throw new Fenced(fence);
    if (row.store_epoch !== epoch) throw new CheckpointOfAnotherStore(`epoch ${epoch} instead of ${row.store_epoch}`);
    // After the checkpoint: who led until now may have moved it just before, and the head with it.
    const head = await this.store.head();
    if (BigInt(row.position) > head) throw new CheckpointOfAnotherStore(`it ends at ${head}, the checkpoint is ${row.position}`);
    return BigInt(row.position);
  }

  /** Where the topics stand, whoever leads; `0n` before the first did. */
  async position(): Promise<bigint> {
    const { rows: [row] } = await this.pool.query<{ position: string }>(`select position from ${this.table} where name = $1`, [NAME]);
    return BigInt(row?.position ?? 0);
  }

  /** After the acknowledgement. A crash of the server may take the newest: what they tell of is published again (ADR 19). @throws Fenced */
  async save(fence: bigint, position: bigint): Promise<void> {
    const { rows: [done] } = await this.pool.query<{ moved: number }>(
      `with moved as (update ${this.table} set position = greatest(position, $3) where name = $1 and fence = $2 returning name)
       select (select count(*)::int from moved) as moved, ${WITHOUT_DISK}`, [NAME, fence, position],
    );
    if (done!.moved !== 1) throw new Fenced(fence);
  }

  /**
   * By an operator, after a restore: it goes on in the store as it is now, from where it stood, at most from its head.
   * @returns from where; undefined when no relay has run yet
   */
  async adoptStore(): Promise<bigint | undefined> {
    const { rows: [row] } = await this.pool.query<{ position: string }>(
      `update ${this.table} set position = least(position, $2), store_epoch = $3 where name = $1 returning position`, [NAME, await this.store.head(), await this.store.epoch()],
    );
    return row && BigInt(row.position);
  }
}
