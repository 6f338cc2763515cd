import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  timeoutMs: number;
  pollIntervalMs?: number;
  /** Named in the error. */
  what?: string;
}

/** Polls until the condition gives something truthy, and returns it. A condition that throws counts as not yet true. */
export async function waitUntil<T>(condition: () => T | Promise<T>, options: WaitOptions): Promise<NonNullable<T>> {
  const deadline = performance.now() + options.timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() >= deadline) {
      throw new Error(`${options.what ?? 'the condition'} did not hold within ${options.timeoutMs} ms`, lastError === undefined ? {} : { cause: lastError });
    }
    await delay(options.pollIntervalMs ?? 10);
  }
}
