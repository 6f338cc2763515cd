import { instantToMs, msToInstant, SystemClock, type Clock, type Instant, type ManualClock } from '@gridcase/platform';

/** Where a simulated clock stands, in memory that several threads see. */
export type ClockCell = SharedArrayBuffer;

/** Every change of the clock is seen by all threads at once. */
export function shareClock(clock: ManualClock): ClockCell {
  const cell = new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT);
  const show = (now: Instant) => Atomics.store(new BigInt64Array(cell), 0, BigInt(instantToMs(now)));
  show(clock.now());
  clock.onChange(show);
  return cell;
}

/** A simulated clock as another thread reads it; durations are real time. */
export class SharedClock implements Clock {
  private readonly cell: BigInt64Array;
  private readonly machine = new SystemClock();

  constructor(cell: ClockCell) {
    this.cell = new BigInt64Array(cell);
  }

  now(): Instant {
    return msToInstant(Number(Atomics.load(this.cell, 0)));
  }

  monotonicMs(): number {
    return this.machine.monotonicMs();
  }
}
