/** Those who wait until a position is passed: read-your-writes. */
export class PositionWaiters {
  private current = 0n;
  private readonly waiting = new Set<{ position: bigint; resolve(passed: boolean): void; timer: NodeJS.Timeout }>();

  get position(): bigint {
    return this.current;
  }

  /** Goes back only after a rollback to older tables. */
  set(position: bigint): void {
    this.current = position;
    for (const waiter of [...this.waiting]) if (waiter.position <= position) this.end(waiter, true);
  }

  /** False when the time is over first. */
  waitFor(position: bigint, timeoutMs: number): Promise<boolean> {
    if (this.current >= position) return Promise.resolve(true);
    return new Promise((resolve) => {
      const waiter = { position, resolve, timer: setTimeout(() => this.end(waiter, false), timeoutMs) };
      this.waiting.add(waiter);
    });
  }

  close(): void {
    for (const waiter of [...this.waiting]) this.end(waiter, false);
  }

  private end(waiter: { resolve(passed: boolean): void; timer: NodeJS.Timeout; position: bigint }, passed: boolean): void {
    clearTimeout(waiter.timer);
    this.waiting.delete(waiter);
    waiter.resolve(passed);
  }
}
