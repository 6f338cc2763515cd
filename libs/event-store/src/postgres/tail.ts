import { setTimeout as delay } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';
import { categoryOf, type StoredEvent } from '@gridcase/events';
import type { Batch } from '../port';

export interface TailLimits {
  /** NOTIFY only wakes: what it misses is found by polling. */
  pollIntervalMs: number;
  /** Under load the tail is read at most this often: one event after a pause is delivered at once, a stream of them in batches. */
  readIntervalMs: number;
  ringEventsMax: number;
  ringBytesMax: number;
  retryDelayMs: number;
}
/** A page of the store with the size of each event in characters of its JSON. */
export interface SizedPage { events: StoredEvent[]; sizes: number[]; checkpoint: bigint; caughtUp: boolean }

const PAGE_EVENTS_MAX = 1_000;

/**
 * The newest events, read once for all subscribers of this process. A subscriber within the ring is served from memory,
 * one that is behind it reads the table. Runs only while somebody is subscribed.
 */
export class Tail {
  private subscribers = 0;
  private loop: Promise<void> | undefined;
  private stop = new AbortController();
  private ring: StoredEvent[] = [];
  private sizes: number[] = [];
  private bytes = 0;
  /** The ring holds everything in (ringAfter, ringEnd]; undefined until the first read. */
  private ringAfter: bigint | undefined;
  private ringEnd = 0n;
  private woken = false;
  private wakeLoop: () => void = () => undefined;
  private readonly waiting = new Set<() => void>();

  constructor(
    private readonly pool: Pool, private readonly channel: string, private readonly limits: TailLimits,
    private readonly readPage: (after: bigint, limit: number) => Promise<SizedPage>, private readonly readHead: () => Promise<bigint>,
  ) {}

  attach(): void {
    if (this.subscribers++ === 0) {
      this.stop = new AbortController();
      const previous = this.loop;
      const { signal } = this.stop;
      this.loop = (async () => {
        await previous;
        await this.run(signal);
      })();
    }
  }

  detach(): void {
    if (--this.subscribers === 0) {
      this.stop.abort();
      this.wakeLoop();
    }
  }

  async close(): Promise<void> {
    this.stop.abort();
    this.wakeLoop();
    await this.loop;
  }

  /** Something was appended: look now instead of at the next poll. */
  wake(): void {
    this.woken = true;
    this.wakeLoop();
  }

  /** The next events after a position from memory; undefined when the ring does not reach back that far. */
  next(after: bigint, limit: number, categories: ReadonlySet<string> | undefined): Batch | undefined {
    if (this.ringAfter === undefined || after < this.ringAfter) return undefined;
    if (after >= this.ringEnd) return { events: [], checkpoint: after, caughtUp: true };
    let index = this.indexAfter(after);
    const events: StoredEvent[] = [];
    for (; index < this.ring.length && events.length < limit; index++) {
      const event = this.ring[index]!;
      if (!categories || categories.has(categoryOf(event.stream))) events.push(event);
    }
    const atEnd = index >= this.ring.length;
    return { events, checkpoint: atEnd ? this.ringEnd : this.ring[index - 1]!.position, caughtUp: atEnd };
  }

  /** Resolves when there is something after the position, or the signal fires. */
  waitBeyond(position: bigint, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (!signal.aborted && (this.ringAfter === undefined || this.ringEnd <= position)) return;
        this.waiting.delete(check);
        signal.removeEventListener('abort', check);
        resolve();
      };
      this.waiting.add(check);
      signal.addEventListener('abort', check);
      check();
    });
  }

  private indexAfter(after: bigint): number {
    let low = 0;
    let high = this.ring.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.ring[middle]!.position <= after) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private async run(signal: AbortSignal): Promise<void> {
    let listener: PoolClient | undefined;
    const dropListener = (error?: unknown) => {
      listener?.release(error ? true : undefined);
      listener = undefined;
    };
    this.ringAfter = undefined;
    this.ring = [];
    this.sizes = [];
    this.bytes = 0;
    let nextReadMs = 0;
    while (!signal.aborted) {
      try {
        if (!listener) listener = await this.listen(() => this.wake());
        await this.sleepUntil(nextReadMs, signal);
        this.woken = false;
        if (this.ringAfter === undefined) {
          this.ringEnd = await this.readHead();
          this.ringAfter = this.ringEnd;
          this.tell();
        }
        nextReadMs = performance.now() + this.limits.readIntervalMs;
        const page = await this.readPage(this.ringEnd, PAGE_EVENTS_MAX);
        if (!page.caughtUp) nextReadMs = 0;
        this.push(page);
        if (page.caughtUp && !this.woken) await this.sleep(this.limits.pollIntervalMs, signal);
      } catch (error) {
        dropListener(error);
        await this.sleep(this.limits.retryDelayMs, signal);
      }
    }
    // UNLISTEN by closing: the pool must not hand out a connection that still listens.
    dropListener(true);
    this.ringAfter = undefined;
  }

  private async listen(onNotification: () => void): Promise<PoolClient> {
    const client = await this.pool.connect();
    client.on('error', () => onNotification());
    client.on('notification', onNotification);
    try {
      await client.query(`listen ${this.channel}`);
      return client;
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  private push(page: SizedPage): void {
    if (page.checkpoint <= this.ringEnd) return;
    for (let i = 0; i < page.events.length; i++) {
      this.ring.push(page.events[i]!);
      this.sizes.push(page.sizes[i]!);
      this.bytes += page.sizes[i]!;
    }
    this.ringEnd = page.checkpoint;
    if (this.ring.length > this.limits.ringEventsMax || this.bytes > this.limits.ringBytesMax) this.trim();
    this.tell();
  }

  /** Down to three quarters, so that the cost of moving the rest is spread. */
  private trim(): void {
    let drop = 0;
    while (drop < this.ring.length && (this.ring.length - drop > this.limits.ringEventsMax * 0.75 || this.bytes > this.limits.ringBytesMax * 0.75)) this.bytes -= this.sizes[drop++]!;
    this.ringAfter = drop > 0 ? this.ring[drop - 1]!.position : this.ringAfter;
    this.ring = this.ring.slice(drop);
    this.sizes = this.sizes.slice(drop);
  }

  private tell(): void {
    for (const check of [...this.waiting]) check();
  }

  /** Not woken by events. */
  private async sleepUntil(moment: number, signal: AbortSignal): Promise<void> {
    const ms = moment - performance.now();
    if (ms > 0) await delay(ms, undefined, { signal }).catch(() => undefined);
  }

  private sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const timer = setTimeout(done, ms);
      this.wakeLoop = done;
      function done() {
        clearTimeout(timer);
        resolve();
      }
    });
  }
}
