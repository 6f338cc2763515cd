import type { EventStore } from '@gridcase/event-store';
import type { StoredEvent } from '@gridcase/events';
import { checkEvent, type Difference, type DifferenceKind, type StreamTail } from './stream-check';

export interface RecordReport {
  ok: boolean;
  events: number;
  streams: number;
  /** Position up to which the record was checked, decimal. */
  head: string;
  byKind: Partial<Record<DifferenceKind, number>>;
  /** In the order of the record; at most `differencesMax` of them, `differenceCount` counts all. */
  differences: Difference[];
  differenceCount: number;
}
export interface CheckProgress { position: bigint; head: bigint; /** Which walk over the record this is, and how many are foreseen. */ pass: number; passes: number }
export interface CheckOptions {
  signal?: AbortSignal;
  onProgress?: (progress: CheckProgress) => void;
  /** Positions follow each other without a hole, as the PostgreSQL adapter numbers them: a hole is an event that was taken out. */
  densePositions?: boolean;
  /** Streams remembered at the same time. With more, the record is walked several times, each time for a part of the streams. */
  streamsMax?: number;
  pageEvents?: number;
  differencesMax?: number;
}

const defaults = { streamsMax: 500_000, pageEvents: 1_000, differencesMax: 1_000 };

/**
 * Walks the whole record up to the head of the moment it starts. Memory is bounded by `streamsMax` and `differencesMax`, not by the
 * size of the record. It finds what was changed, exchanged, inserted or taken out of the middle. That the very end of a stream was cut off
 * shows as a hole in the positions; that a whole end of the record was cut off, or a chain computed anew from some event
 * on, shows only against a hash kept elsewhere.
 * @rule X18
 */
export async function checkRecord(store: EventStore, options: CheckOptions = {}): Promise<RecordReport> {
  const { streamsMax, pageEvents, differencesMax } = { ...defaults, ...options };
  const head = await store.head();
  const report = new Report(differencesMax);
  const parts: Part[] = [{ mask: 0, value: 0 }];
  for (let pass = 1; parts.length > 0; pass++) {
    const part = parts.shift()!;
    const walk = new Walk(part, streamsMax, differencesMax, Boolean(options.densePositions));
    const finished = await walkAll(store, head, pageEvents, walk, options, { pass, passes: pass + parts.length });
    if (finished) report.add(walk);
    else parts.unshift(...halves(part));
  }
  return report.result(head);
}

/** One stream alone. */
export async function checkStream(store: EventStore, stream: string, options: Pick<CheckOptions, 'pageEvents' | 'differencesMax' | 'signal'> = {}): Promise<RecordReport> {
  const { pageEvents, differencesMax } = { ...defaults, ...options };
  const walk = new Walk({ mask: 0, value: 0 }, 1, differencesMax, false);
  const report = new Report(differencesMax);
  let head = 0n;
  for (let from = 0; ; ) {
    options.signal?.throwIfAborted();
    const events = await store.readStream(stream, { from, limit: pageEvents });
    for (const event of events) walk.see(event);
    if (events.length > 0) head = events.at(-1)!.position;
    if (events.length < pageEvents) break;
    from = events.at(-1)!.revision + 1;
  }
  report.add(walk);
  return report.result(head);
}

/** The streams whose hash ends like `value` in the bits of `mask`. */
interface Part { mask: number; value: number }
const halves = ({ mask, value }: Part): Part[] => {
  const bit = mask + 1;
  return [{ mask: mask | bit, value }, { mask: mask | bit, value: value | bit }];
};
/** FNV-1a, mixed so that its low bits are good. */
function streamHash(stream: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < stream.length; i++) hash = Math.imul(hash ^ stream.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** False when the part has more streams than may be remembered. */
async function walkAll(store: EventStore, head: bigint, pageEvents: number, walk: Walk, { signal, onProgress }: CheckOptions, counting: { pass: number; passes: number }): Promise<boolean> {
  for (let after = 0n; after < head; ) {
    signal?.throwIfAborted();
    const { events, checkpoint } = await store.readAll({ after, limit: pageEvents });
    for (const event of events) {
      if (event.position > head) break; // written after the check began
      if (!walk.see(event)) return false;
    }
    after = checkpoint;
    onProgress?.({ position: after < head ? after : head, head, ...counting });
  }
  return true;
}

class Walk {
  readonly tails = new Map<string, StreamTail>();
  readonly differences: Difference[] = [];
  differenceCount = 0;
  readonly byKind: Partial<Record<DifferenceKind, number>> = {};
  events = 0;
  private position = 0n;

  constructor(private readonly part: Part, private readonly streamsMax: number, private readonly differencesMax: number, private readonly dense: boolean) {}

  /** False when it would remember too many streams. */
  see(event: StoredEvent): boolean {
    this.checkPosition(event);
    if ((streamHash(event.stream) & this.part.mask) !== this.part.value) return true;
    const tail = this.tails.get(event.stream);
    if (!tail && this.tails.size >= this.streamsMax) return false;
    this.events++;
    for (const difference of checkEvent(event, tail)) this.differ(difference);
    // One that stands too late does not take the place of what came after it.
    if (!tail || event.revision > tail.revision) this.tails.set(event.stream, { revision: event.revision, hash: event.hash });
    return true;
  }

  /** Every walk passes all positions; one of them tells. */
  private checkPosition({ position, stream, revision }: StoredEvent): void {
    const expected = this.position + 1n;
    this.position = position;
    if (!this.dense || position === expected || this.part.value !== 0) return;
    const detail = position < expected ? `stands behind position ${expected - 1n}` : `nothing stands at ${expected === position - 1n ? `position ${expected}` : `positions ${expected} to ${position - 1n}`} before it`;
    this.differ({ kind: 'position', stream, revision, position: String(position), detail });
  }

  private differ(difference: Difference): void {
    this.differenceCount++;
    this.byKind[difference.kind] = (this.byKind[difference.kind] ?? 0) + 1;
    if (this.differences.length < this.differencesMax) this.differences.push(difference);
  }
}

class Report {
  private events = 0;
  private streams = 0;
  private differences: Difference[] = [];
  private differenceCount = 0;
  private readonly byKind: Partial<Record<DifferenceKind, number>> = {};

  constructor(private readonly differencesMax: number) {}

  add(walk: Walk): void {
    this.events += walk.events;
    this.streams += walk.tails.size;
    this.differenceCount += walk.differenceCount;
    for (const [kind, count] of Object.entries(walk.byKind) as [DifferenceKind, number][]) this.byKind[kind] = (this.byKind[kind] ?? 0) + count;
    this.differences = [...this.differences, ...walk.differences].sort((a, b) => Number(BigInt(a.position) - BigInt(b.position))).slice(0, this.differencesMax);
  }

  result(head: bigint): RecordReport {
    const { events, streams, byKind, differences, differenceCount } = this;
    return { ok: differenceCount === 0, events, streams, head: String(head), byKind, differences, differenceCount };
  }
}
