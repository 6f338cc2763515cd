interface Waiting { position: bigint; pass(): void; fail(error: unknown): void }

/** A position that only grows, and those who wait for it. */
export class PositionGate {
  private passed = 0n;
  private failure: { error: unknown } | undefined;
  private readonly waiting = new Set<Waiting>();

  get position(): bigint {
    return this.passed;
  }

  pass(position: bigint): void {
    if (position <= this.passed) return;
    this.passed = position;
    for (const one of [...this.waiting]) if (one.position <= position) one.pass();
  }

  /** Nothing will pass any more: everybody who waits gets the error, and who asks later. */
  fail(error: unknown): void {
    this.failure = { error };
    for (const one of [...this.waiting]) one.fail(error);
  }

  /** True when the position was passed within the time. @throws the failure */
  waitFor(position: bigint, timeoutMs: number): Promise<boolean> {
    if (position <= this.passed) return Promise.resolve(true);
    const { failure } = this;
    return new Promise((resolve, reject) => {
      if (failure) return reject(failure.error);
      const end = () => { clearTimeout(timer); this.waiting.delete(one); };
      const one: Waiting = { position, pass: () => { end(); resolve(true); }, fail: (error) => { end(); reject(error); } };
      const timer = setTimeout(() => { end(); resolve(false); }, timeoutMs);
      this.waiting.add(one);
    });
  }
}
