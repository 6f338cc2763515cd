import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { EventStore } from '@gridcase/event-store';
import { inTransaction } from '@gridcase/platform';
import type { BusSubscription, EventBus } from './port';

export interface StoreBusOptions {
  store: EventStore;
  /** Where positions of groups are kept. Not needed when every consumer keeps its own (`from`). */
  positions?: { pool: Pool; schema: string };
  retryDelayMs?: number;
  retryDelayMaxMs?: number;
}

const NAME = /^[a-z_][a-z0-9_]{0,39}$/;

/** The bus of the standalone profile: the event store read in order. */
export function createStoreBus({ store, positions, retryDelayMs = 100, retryDelayMaxMs = 5_000 }: StoreBusOptions): EventBus {
  if (positions && !NAME.test(positions.schema)) throw new RangeError(`not a schema name: ${positions.schema}`);
  const table = positions && `${positions.schema}.bus_position`;
  let installed = false;

  const install = async () => {
    if (installed) return;
    const { pool, schema } = positions!;
    await inTransaction(pool, async (client) => {
      // Concurrent CREATE IF NOT EXISTS collide without a lock.
      await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`${schema}.bus`]);
      await client.query(`create schema if not exists ${schema}; create table if not exists ${table} (consumer_group text primary key, position bigint not null)`);
    });
    installed = true;
  };
  const load = async (group: string): Promise<bigint> => {
    await install();
    await positions!.pool.query(`insert into ${table} values ($1, 0) on conflict do nothing`, [group]);
    return BigInt((await positions!.pool.query<{ position: string }>(`select position from ${table} where consumer_group = $1`, [group])).rows[0]!.position);
  };
  /** By compare-and-set: a second consumer of the group is noticed, and neither moves the position back. */
  const save = async (group: string, from: bigint, to: bigint): Promise<void> => {
    const { rowCount } = await positions!.pool.query(`update ${table} set position = $3 where consumer_group = $1 and position = $2`, [group, from, to]);
    if (rowCount === 0) throw new Error(`another consumer moved the position of ${group}`);
  };

  const consume = async ({ group, categories, batchSizeMax, handler, signal, from }: BusSubscription, onProgress: () => void): Promise<void> => {
    let position = from ? await from() : await load(group);
    for await (const batch of store.subscribe({ after: position, categories, batchSizeMax, signal })) {
      await handler(batch);
      if (!from && batch.checkpoint > position) await save(group, position, batch.checkpoint);
      position = batch.checkpoint;
      onProgress();
    }
  };

  return {
    async subscribe(subscription) {
      const { group, from, signal, onError = () => undefined } = subscription;
      if (!positions && !from) throw new Error(`${group} has no position of its own, so the bus needs to keep one: give createStoreBus \`positions\``);
      for (let failures = 0; !signal.aborted; ) {
        try {
          await consume(subscription, () => { failures = 0; });
        } catch (error) {
          onError(error);
          await delay(Math.min(retryDelayMs * 2 ** failures++, retryDelayMaxMs), undefined, { signal }).catch(() => undefined);
        }
      }
    },
  };
}
