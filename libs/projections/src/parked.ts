import type { Pool, PoolClient } from 'pg';
import type { Poison } from './fold-stream';
import { checkedName } from './read-model-table';

export interface ParkedStream { processor: string; stream: string; revision: number; error: string; parkedAt: Date; releaseRequested: boolean }

export async function listParked(pool: Pool | PoolClient, schema: string): Promise<ParkedStream[]> {
  const { rows } = await pool.query(`select processor, stream, revision, error, parked_at, release_requested from ${checkedName(schema)}.parked order by parked_at, processor, stream`);
  return rows.map((row) => ({ processor: row.processor, stream: row.stream, revision: row.revision, error: row.error, parkedAt: row.parked_at, releaseRequested: row.release_requested }));
}

/**
 * Asks the runner to take parked streams up again from where they stopped: after the cause is gone (usually a new release).
 * The runner does it at its next look, in whatever process it runs, and parks them again if they fail again.
 */
export async function releaseParked(pool: Pool, schema: string, which: { processor?: string; stream?: string } = {}): Promise<number> {
  const { rowCount } = await pool.query(
    `update ${checkedName(schema)}.parked set release_requested = true where ($1::text is null or processor = $1) and ($2::text is null or stream = $2)`,
    [which.processor ?? null, which.stream ?? null],
  );
  return rowCount ?? 0;
}

export async function park(client: Pool | PoolClient, schema: string, processor: string, stream: string, { revision, error }: Poison): Promise<void> {
  await client.query(
    `insert into ${schema}.parked (processor, stream, revision, error) values ($1, $2, $3, $4)
     on conflict (processor, stream) do update set revision = excluded.revision, error = excluded.error, parked_at = now(), release_requested = false`,
    [processor, stream, revision, describe(error)],
  );
}

export const unpark = (client: Pool | PoolClient, schema: string, processor: string, stream: string) => client.query(`delete from ${schema}.parked where processor = $1 and stream = $2`, [processor, stream]);

const ERROR_LENGTH_MAX = 2_000;
const describe = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error)).replaceAll('\u0000', '').slice(0, ERROR_LENGTH_MAX);
