/** An instant, ISO 8601 in UTC with milliseconds: `2025-09-29T01:30:00.000Z`. */
export type Instant = string;

/** Time is an input: everything that needs the time is given a clock. */
export interface Clock {
  now(): Instant;
  /** For measuring durations only: never goes back, has no meaning as a date. */
  monotonicMs(): number;
}

/** The one place that reads the wall clock. */
export class SystemClock implements Clock {
  now(): Instant {
    return new Date().toISOString();
  }

  monotonicMs(): number {
    return performance.now();
  }
}

export interface SteadyClockOptions {
  /** A wall clock that was set is believed when it has stood there for so long. */
  holdMs?: number;
  /** Corrections up to this are taken at once. */
  toleranceMs?: number;
  /** Told once each time: by how much the wall clock is away from where it should stand. */
  onSet?(awayMs: number): void;
}

/**
 * For what must not be done too early. When the wall clock is set forward, this one goes on by monotonic time until that has stood for a
 * while; when it is set back, this one follows at once. A clock that was set by mistake and is put right again makes nothing due. To be
 * asked often enough that drift since the last time stays within the tolerance.
 */
export class SteadyClock implements Clock {
  private wallMs: number;
  private atMs: number;
  /** Where the wall clock stands instead, and since when. */
  private set: { awayMs: number; sinceMs: number } | undefined;

  constructor(private readonly clock: Clock, private readonly options: SteadyClockOptions = {}) {
    this.wallMs = instantToMs(clock.now());
    this.atMs = clock.monotonicMs();
  }

  now(): Instant {
    const { holdMs = 5 * 60_000, toleranceMs = 5_000, onSet = () => undefined } = this.options;
    const wallMs = instantToMs(this.clock.now());
    const atMs = this.clock.monotonicMs();
    const expectedMs = this.wallMs + Math.round(atMs - this.atMs);
    const awayMs = wallMs - expectedMs;
    if (Math.abs(awayMs) > toleranceMs && Math.abs(awayMs - (this.set?.awayMs ?? 0)) > toleranceMs) {
      this.set = { awayMs, sinceMs: atMs };
      onSet(awayMs);
    }
    if (Math.abs(awayMs) > toleranceMs && atMs - this.set!.sinceMs < holdMs) return msToInstant(Math.min(wallMs, expectedMs));
    this.wallMs = wallMs;
    this.atMs = atMs;
    this.set = undefined;
    return msToInstant(wallMs);
  }

  monotonicMs(): number {
    return this.clock.monotonicMs();
  }
}

export type ClockListener = (now: Instant) => void;

/** A clock that stands still until it is set or advanced, and never goes back. */
export class ManualClock implements Clock {
  private readonly startMs: number;
  private nowMs: number;
  private readonly listeners = new Set<ClockListener>();

  constructor(start: Instant) {
    this.startMs = this.nowMs = instantToMs(start);
  }

  now(): Instant {
    return new Date(this.nowMs).toISOString();
  }

  monotonicMs(): number {
    return this.nowMs - this.startMs;
  }

  set(to: Instant): void {
    const toMs = instantToMs(to);
    if (toMs < this.nowMs) throw new RangeError(`a clock never goes back: ${this.now()} → ${to}`);
    if (toMs === this.nowMs) return;
    this.nowMs = toMs;
    const now = this.now();
    for (const listener of [...this.listeners]) listener(now);
  }

  advance(ms: number): void {
    if (!(ms >= 0)) throw new RangeError(`a clock never goes back: ${ms} ms`);
    this.set(new Date(this.nowMs + ms).toISOString());
  }

  /** Calls the listener after every change; the returned function ends that. */
  onChange(listener: ClockListener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** @throws RangeError when the text is not an instant with milliseconds in UTC, or names no real moment. */
export function instantToMs(instant: Instant): number {
  const ms = INSTANT.test(instant) ? Date.parse(instant) : NaN;
  // Date.parse rolls 02-30 over to 03-02: only a round trip shows that the moment is real.
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== instant) throw new RangeError(`not an instant: ${JSON.stringify(instant)}`);
  return ms;
}

export function msToInstant(ms: number): Instant {
  return new Date(ms).toISOString();
}
