import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { EventStore } from '@gridcase/event-store';
import { inTransaction } from '@gridcase/platform';
import { StoreReplaced, claimCheckpoint, installBookkeeping } from './bookkeeping';

const NOTE_INTERVAL_MS = 1_000;

/** Safe to call by many processes at once. */
export const installStanding = (pool: Pool, schema: string, follower: string): Promise<void> => inTransaction(pool, async (client) => {
  await installBookkeeping(client, schema);
  await client.query(`insert into ${schema}.checkpoint (processor) values ($1) on conflict do nothing`, [follower]);
});

export interface StandingOptions { pool: Pool; schema: string; store: EventStore; follower: string; /** Where it stands now. */ position(): bigint; signal: AbortSignal; onError?(error: unknown): void; intervalMs?: number }

/**
 * Who follows the record and keeps no table of it notes where it stands, once a second, so that it too tells this record from another one
 * or from an older state of it. Ends with the signal. @throws StoreReplaced
 */
export async function noteStanding({ pool, schema, store, follower, position, signal, onError, intervalMs = NOTE_INTERVAL_MS }: StandingOptions): Promise<void> {
  while (!signal.aborted) {
    try {
      const noted = await claimCheckpoint(pool, schema, follower, store);
      // A follower of EventStoreDB has also passed what is not of the record: as long as that is empty it stands beyond its end.
      const [stands, head] = [position(), await store.head()];
      const here = stands < head ? stands : head;
      if (here > noted) await pool.query(`update ${schema}.checkpoint set position = greatest(position, $2) where processor = $1`, [follower, here]);
    } catch (error) {
      if (error instanceof StoreReplaced) throw error;
      if (!signal.aborted) onError?.(error);
    }
    await delay(intervalMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
