import { AccessDeniedError } from '@eventstore/db-client';
import { categoryOf, type StoredEvent } from '@gridcase/events';
import type { AllFilter, Batch } from '../port';
import type { AllReader, ScannedBatch } from './all-reader';
import { CatchUpFeed, type Taken } from './catch-up-feed';
import type { Connection } from './connection';

export interface SubscriptionLimits {
  /** A feed that is silent for so long is looked after by reading; doubled up to the maximum while nothing comes. */
  pollIntervalMs: number;
  pollIntervalMaxMs: number;
}
export interface SubscriptionOptions extends AllFilter { after: bigint; batchSizeMax?: number; signal: AbortSignal }
/** Told of each broken subscription before it is taken up again. */
export type OnResubscribe = (error: unknown, failures: number) => void;

/**
 * Subscribes, and again from where it stood whenever that ends: the client never does. A slow consumer is dropped by a 23.10 server
 * ("Consumer too slow") and fed from the log again by a 24.10 one; both arrive here as one ordered sequence. Reading when the feed is
 * silent moves the checkpoint over the last events that match no filter, for which the server gives none until its window is full, and
 * finds the end where the server does not tell of it (22.10).
 */
export async function* subscribeToRecord(connection: Connection, reader: AllReader, limits: SubscriptionLimits, options: SubscriptionOptions, onResubscribe: OnResubscribe): AsyncGenerator<Batch> {
  const { after, categories, batchSizeMax = 500, signal } = options;
  const progress = new Progress(after, reader, categories);
  let failures = 0;
  while (!signal.aborted) {
    const feed = new CatchUpFeed(connection, progress.scanned, categories, batchSizeMax);
    progress.live = false;
    let waitMs = limits.pollIntervalMs;
    try {
      while (!signal.aborted) {
        const taken = await feed.take(batchSizeMax, waitMs, signal);
        if (signal.aborted) return;
        const silent = taken.items.length === 0;
        const batch = silent ? progress.found(await reader.readPage({ after: progress.scanned, limit: batchSizeMax, categories }, signal)) : await progress.took(taken);
        waitMs = silent && !batch ? Math.min(waitMs * 2, limits.pollIntervalMaxMs) : limits.pollIntervalMs;
        failures = 0;
        if (batch) yield batch;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof AccessDeniedError) throw error;
      onResubscribe(error, ++failures);
      await connection.backOff(failures, signal).catch(() => undefined);
    } finally {
      feed.close();
    }
  }
}

/** How far one subscriber is: what was looked through and what it was told. */
class Progress {
  /** Where to go on from: includes positions of system events. */
  scanned: bigint;
  live = false;
  private told: bigint;
  private toldCaughtUp = false;
  private readonly wanted: ReadonlySet<string> | undefined;

  constructor(after: bigint, private readonly reader: AllReader, categories: readonly string[] | undefined) {
    this.scanned = after;
    this.told = after;
    this.wanted = categories && new Set(categories);
  }

  /** Items of the feed. Those that reading has found before are dropped. */
  async took({ items, drained }: Taken): Promise<Batch | undefined> {
    const events: StoredEvent[] = [];
    let checkpoint = this.told;
    let scanned = this.scanned;
    for (const item of items) {
      if ('live' in item) {
        this.live = item.live;
      } else if ('checkpoint' in item) {
        // A checkpoint may lie behind the last event.
        if (item.checkpoint > scanned) scanned = item.checkpoint;
      } else {
        const event = this.reader.ownEvent(item.event);
        if (!event || event.position <= scanned) continue;
        scanned = event.position;
        checkpoint = event.position;
        if (!this.wanted || this.wanted.has(categoryOf(event.stream))) events.push(event);
      }
    }
    if (scanned > checkpoint) checkpoint = max(checkpoint, await this.reader.checkpointFor(scanned));
    this.scanned = scanned;
    return this.tell({ events, checkpoint, caughtUp: this.live && drained });
  }

  found({ scanned, ...batch }: ScannedBatch): Batch | undefined {
    this.scanned = max(this.scanned, scanned);
    return this.tell(batch);
  }

  private tell({ events, checkpoint, caughtUp }: Batch): Batch | undefined {
    if (events.length === 0 && checkpoint <= this.told && (!caughtUp || this.toldCaughtUp)) return undefined;
    this.told = max(this.told, checkpoint);
    this.toldCaughtUp = caughtUp;
    return { events, checkpoint: this.told, caughtUp };
  }
}

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
