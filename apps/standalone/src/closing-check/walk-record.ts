import type { Batch, EventStore } from '@gridcase/event-store';
import type { StoredEvent } from '@gridcase/events';

export interface WalkOptions {
  /** Exclusive. */
  after?: bigint;
  /** Inclusive. */
  until: bigint;
  categories?: readonly string[];
  pageEvents?: number;
  signal?: AbortSignal;
  onProgress?: (position: bigint) => void;
}
const PAGE_EVENTS = 1_000;

/** Every event in the order of the record, a page at a time. The next page is read while the last one is looked at. */
export async function walkRecord(store: EventStore, { after = 0n, until, categories, pageEvents = PAGE_EVENTS, signal, onProgress }: WalkOptions, see: (event: StoredEvent) => void | Promise<void>): Promise<void> {
  const read = (from: bigint): Promise<Batch> => store.readAll({ after: from, limit: pageEvents, ...(categories && { categories }) });
  let next = after < until ? read(after) : undefined;
  while (next) {
    const { events, checkpoint } = await next;
    signal?.throwIfAborted();
    next = checkpoint < until ? read(checkpoint) : undefined;
    next?.catch(() => undefined); // awaited in the next round; a throw before that must not leave it unhandled
    for (const event of events) {
      if (event.position > until) break; // written after the check began
      const seen = see(event);
      if (seen) await seen;
    }
    onProgress?.(checkpoint < until ? checkpoint : until);
  }
}
