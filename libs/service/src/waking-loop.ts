import { setTimeout as delay } from 'node:timers/promises';

export interface WakingLoopOptions {
  /** Longest sleep: the backstop for whatever did not wake it. */
  pollIntervalMs: number;
  /** A turn failed; the next one is in `retryInMs`. */
  onError(error: unknown, retryInMs: number): void;
}

const FAILURE_SLEEP_MAX_MS = 30_000;

/** Work that is done now and then: when it is woken, when its time has come, and later and later while it fails. */
export class WakingLoop {
  private readonly stopping = new AbortController();
  private wakeUp: () => void = () => undefined;
  private running: Promise<void> | undefined;

  /** `turn`: does what there is to do and resolves to the time until it should look again, if that is sooner than the poll interval. */
  constructor(private readonly turn: () => Promise<number | void>, private readonly options: WakingLoopOptions) {}

  get signal(): AbortSignal { return this.stopping.signal; }

  start(): void { this.running ??= this.run(); }

  /** There is something to do, or may be; also while a turn is running. */
  wake(): void { this.wakeUp(); }

  /** Resolves when the turn in hand, which sees the signal, has ended. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.wakeUp();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal, options: { pollIntervalMs, onError } } = this;
    for (let failures = 0; !signal.aborted;) {
      const woken = new Promise<void>((resolve) => (this.wakeUp = resolve));
      let sleepMs = pollIntervalMs;
      try {
        sleepMs = Math.min((await this.turn()) ?? pollIntervalMs, pollIntervalMs);
        failures = 0;
      } catch (error) {
        failures += 1;
        sleepMs = Math.min(pollIntervalMs * 2 ** failures, FAILURE_SLEEP_MAX_MS);
        if (!signal.aborted) onError(error, sleepMs);
      }
      if (signal.aborted) return;
      const sleep = new AbortController();
      await Promise.race([woken, delay(sleepMs, undefined, { signal: sleep.signal, ref: false }).catch(() => undefined)]);
      sleep.abort();
    }
  }
}
