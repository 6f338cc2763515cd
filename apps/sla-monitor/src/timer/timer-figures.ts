import type { Pool } from 'pg';
import { identifier, instantToMs, type Clock, type Metrics } from '@gridcase/platform';

/** So many are counted: the cost of a scrape has a bound also when the timers stood still for days. */
const COUNTED_MAX = 10_000;

/** What is due and has not fired, and calendars on their way. By tables that all replicas share: each tells the same. The returned function ends it. */
export function watchTimers(metrics: Metrics, pool: Pool, schema: string, clock: Clock): () => void {
  const due = metrics.gauge('clocks_due', `Clocks that are due and have not fired yet, counted up to ${COUNTED_MAX}`);
  const late = metrics.gauge('clocks_late_seconds', 'How long the oldest clock has been due without having fired, 0 when none is');
  const left = metrics.gauge('calendar_cases_left', 'Open cases a published calendar was not applied to yet', ['district']);
  const lookAtClocks = async () => {
    const now = clock.now();
    const { rows: [row] } = await pool.query<{ due: number; oldest: Date | null }>(
      `select count(*)::integer as due, min(fire_at) as oldest from (select fire_at from ${identifier(schema)}.clock_due where fire_at <= $1 order by fire_at limit ${COUNTED_MAX}) as due`, [now],
    );
    due.set(row!.due);
    late.set(row!.oldest ? (instantToMs(now) - row!.oldest.getTime()) / 1_000 : 0);
  };
  const lookAtCalendars = async () => {
    const { rows } = await pool.query<{ district: string; cases: number }>(
      `select district, sum(case when done then 0 else greatest(total - applied, 0) end)::integer as cases from ${identifier(schema)}.calendar_runs group by district`,
    );
    for (const { district, cases } of rows) left.set({ district }, cases);
  };
  const ends = [metrics.beforeScrape(lookAtClocks), metrics.beforeScrape(lookAtCalendars)];
  return () => { for (const end of ends) end(); };
}
