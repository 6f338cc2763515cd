import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import { ManualClock, identifier, migrate, msToInstant, type Instant, type Migration } from '@gridcase/platform';

/** A clock that calls move: only where the composition root asked for a simulated one. */
export interface SimulatedClock {
  readonly clock: ManualClock;
  /** Never back: an earlier moment changes nothing. */
  moveTo(to: Instant): Promise<void>;
}
export interface SimulatedClockOptions { pool: Pool; /** Of its own. */ schema: string; start: Instant; signal: AbortSignal; onError?(error: unknown): void; lookIntervalMs?: number }

const migrations: Migration[] = [{ version: 1, name: 'simulated-clock', up: 'create table clock (only_row boolean primary key check (only_row), stands_at timestamptz not null)' }];

/**
 * Kept in the service's own database: a process that starts anew goes on where it stood, and a replica that was not told follows
 * within a moment.
 */
export async function openSimulatedClock({ pool, schema, start, signal, onError, lookIntervalMs = 500 }: SimulatedClockOptions): Promise<SimulatedClock> {
  await migrate(pool, schema, migrations);
  const table = `${identifier(schema)}.clock`;
  const instantIn = (rows: { stands_at: Date }[]): Instant => msToInstant(rows[0]!.stands_at.getTime());
  const keep = async (at: Instant): Promise<Instant> => instantIn((await pool.query<{ stands_at: Date }>(
    `insert into ${table} as kept values (true, $1) on conflict (only_row) do update set stands_at = greatest(kept.stands_at, excluded.stands_at) returning stands_at`, [at])).rows);
  const clock = new ManualClock(await keep(start));
  // Instants of one form compare as text.
  const follow = (at: Instant) => { if (at > clock.now()) clock.set(at); };
  const look = async () => {
    while (!signal.aborted) {
      await delay(lookIntervalMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (!signal.aborted) await pool.query<{ stands_at: Date }>(`select stands_at from ${table}`).then(({ rows }) => follow(instantIn(rows)), (error: unknown) => onError?.(error));
    }
  };
  void look();
  // Kept before it is shown: what was recorded at a moment is never later than what the next start finds.
  return { clock, moveTo: async (to) => follow(await keep(to)) };
}
