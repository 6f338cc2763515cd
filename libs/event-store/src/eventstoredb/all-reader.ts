import { BACKWARDS, END, START, type AllStreamResolvedEvent, type ReadPosition } from '@eventstore/db-client';
import { categoryOf, type StoredEvent } from '@gridcase/events';
import type { Batch, ReadAllOptions } from '../port';
import type { Connection } from './connection';
import { fromRecord, isSystem, type RecordedEvent } from './stored-record';

/** A batch and, beside the checkpoint given out, how far the server's log was looked through (system events lie behind the last own one). */
export interface ScannedBatch extends Batch { scanned: bigint }

const PAGE_EVENTS_MIN = 32;
const PAGE_EVENTS_MAX = 1_000;

export const at = (position: bigint): ReadPosition => (position === 0n ? START : { commit: position, prepare: position });

/** Reads `$all` as the port sees it: without system events, without the epoch, without what other programs keep on the server. */
export class AllReader {
  /** Highest position of an own event this process has seen. */
  private lastOwn = 0n;

  constructor(private readonly connection: Connection, private readonly onReplaced: () => void) {}

  note(position: bigint): void {
    if (position > this.lastOwn) this.lastOwn = position;
  }

  ownEvent({ event, commitPosition }: AllStreamResolvedEvent): StoredEvent | undefined {
    if (!event || isSystem(event)) return undefined;
    const record = fromRecord(event as RecordedEvent, event.position?.commit ?? commitPosition);
    if (record) this.note(record.event.position);
    return record?.event;
  }

  async readPage({ after, limit, categories }: ReadAllOptions, signal?: AbortSignal): Promise<ScannedBatch> {
    const wanted = categories && new Set(categories);
    const { client, credentials } = this.connection;
    const events: StoredEvent[] = [];
    let checkpoint = after;
    let scanned = after;
    for (;;) {
      // Reading forwards includes the position itself.
      const maxCount = Math.min(Math.max(limit - events.length + 1, PAGE_EVENTS_MIN), PAGE_EVENTS_MAX);
      const from = scanned;
      const page = await this.connection.collect(() => client.readAll({ fromPosition: at(from), maxCount, credentials }), signal);
      for (const [i, resolved] of page.entries()) {
        const position = positionOf(resolved);
        if (position <= scanned) continue;
        scanned = position;
        const event = this.ownEvent(resolved);
        if (!event) continue;
        checkpoint = position;
        if (wanted && !wanted.has(categoryOf(event.stream))) continue;
        events.push(event);
        if (events.length >= limit) return { events, checkpoint, scanned, caughtUp: page.length < maxCount && i === page.length - 1 };
      }
      if (page.length < maxCount) return { events, checkpoint, scanned, caughtUp: true };
    }
  }

  /** Position of the last own event. Backwards over system events, no further than to the last one known. */
  async head(): Promise<bigint> {
    const { client, credentials } = this.connection;
    let from: ReadPosition = END;
    for (let maxCount = PAGE_EVENTS_MIN; ; maxCount = Math.min(maxCount * 2, PAGE_EVENTS_MAX)) {
      const fromPosition = from;
      // Events noted while the answer is under way may well be newer than what it shows.
      const known = this.lastOwn;
      // Of the leader: a head behind an own append would break read-your-writes.
      const page: AllStreamResolvedEvent[] = await this.connection.collect(() => client.readAll({ direction: BACKWARDS, fromPosition, maxCount, requiresLeader: true, credentials }));
      if (from === END && known > 0n && (page.length === 0 || positionOf(page[0]!) < known)) {
        // The log is shorter than it was: an older or another store stands in its place.
        this.lastOwn = 0n;
        this.onReplaced();
      }
      for (const resolved of page) {
        if (positionOf(resolved) <= this.lastOwn) return this.lastOwn;
        const event = this.ownEvent(resolved);
        if (event) return event.position;
      }
      if (page.length < maxCount) return 0n;
      from = at(positionOf(page.at(-1)!));
    }
  }

  /**
   * What may be given out as a checkpoint for a position of the server: never beyond the last own event, or a follower's checkpoint
   * would look as if it came from a longer store.
   */
  async checkpointFor(scanned: bigint): Promise<bigint> {
    if (scanned <= this.lastOwn) return scanned;
    const head = await this.head();
    return scanned < head ? scanned : head;
  }
}

const positionOf = ({ event, link, commitPosition }: AllStreamResolvedEvent): bigint => commitPosition ?? (link ?? event)!.position.commit;
