import type { Pool } from 'pg';
import type { EventStore } from '@gridcase/event-store';
import { identifier, instantToMs, type Clock, type Metrics } from '@gridcase/platform';

/** Who follows the record. `position`: of one that keeps its position in memory; else it stands in the table of checkpoints. */
export interface Follower { id: string; categories: readonly string[]; position?(): bigint }

export interface ProcessorFigures {
  metrics: Metrics;
  pool: Pool;
  schema: string;
  store: EventStore;
  clock: Clock;
  followers: readonly Follower[];
  /** Ids under which streams may be parked. */
  parkers: readonly string[];
}

/**
 * How far behind each processor is, and what is parked now. Of the group and not of this process: by the tables its members share, so
 * that one that stands by, and one that has just started, tell the same as the one that reads. The returned function ends it.
 */
export function watchProcessors({ metrics, pool, schema, store, clock, followers, parkers }: ProcessorFigures): () => void {
  const lag = metrics.gauge('processor_lag_seconds', 'Age of the oldest event a processor has not handled yet, 0 when there is none', ['processor']);
  const parkedNow = metrics.gauge('parked_streams', 'Streams that are parked now', ['processor']);
  const waiting = new Map(followers.map(({ id, categories }) => [id, new OldestWaiting(store, categories)]));
  const tabled = followers.filter(({ position }) => !position).map(({ id }) => id);

  const lookAtLag = async () => {
    const positions = new Map(followers.flatMap(({ id, position }) => (position ? [[id, position()]] : [])));
    if (tabled.length > 0) {
      const { rows } = await pool.query<{ processor: string; position: string }>(`select processor, position from ${identifier(schema)}.checkpoint where processor = any($1)`, [tabled]);
      for (const { processor, position } of rows) positions.set(processor, BigInt(position));
    }
    await Promise.all([...positions].map(async ([processor, position]) => {
      const recordedAt = await waiting.get(processor)!.after(position);
      lag.set({ processor }, recordedAt === undefined ? 0 : Math.max(0, (instantToMs(clock.now()) - instantToMs(recordedAt)) / 1_000));
    }));
  };
  const lookAtParked = async () => {
    const { rows } = await pool.query<{ processor: string; streams: number }>(`select processor, count(*)::integer as streams from ${identifier(schema)}.parked where processor = any($1) group by processor`, [parkers]);
    for (const processor of parkers) parkedNow.set({ processor }, rows.find((row) => row.processor === processor)?.streams ?? 0);
  };
  const ends = [metrics.beforeScrape(lookAtLag), ...(parkers.length > 0 ? [metrics.beforeScrape(lookAtParked)] : [])];
  return () => { for (const end of ends) end(); };
}

/** The oldest event of some categories behind a position. Looks at no event twice, however long the position stands still. */
class OldestWaiting {
  private found: { position: bigint; recordedAt: string } | undefined;
  private searched = 0n;
  private last = 0n;

  constructor(private readonly store: EventStore, private readonly categories: readonly string[]) {}

  /** When it was recorded. */
  async after(position: bigint): Promise<string | undefined> {
    if (position < this.last) this.forget(); // tables of before, or another store
    this.last = position;
    if (!this.found || this.found.position <= position) {
      const { events: [event], checkpoint } = await this.store.readAll({ after: position > this.searched ? position : this.searched, limit: 1, categories: this.categories });
      this.found = event && { position: event.position, recordedAt: event.metadata.recordedAt };
      this.searched = checkpoint;
    }
    return this.found?.recordedAt;
  }

  private forget(): void {
    this.found = undefined;
    this.searched = 0n;
  }
}
