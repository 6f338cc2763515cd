import { uuidFrom } from '@gridcase/platform';

export interface RetryTimes { firstMs: number; maxMs: number }
export const RETRY_TIMES: RetryTimes = { firstMs: 1_000, maxMs: 300_000 };
/** A receiver may ask for patience, not for ever. */
export const RETRY_AFTER_MAX_MS = 3_600_000;

/**
 * From the end of attempt `attempts` (1 for the first) to the next one: doubles up to the maximum, and its second half is spread by what
 * row it is, so that rows that failed together do not come back together. Never earlier than the receiver asked.
 */
export function retryDelayMs(id: string, attempts: number, { firstMs, maxMs }: RetryTimes, retryAfterMs = 0): number {
  const fullMs = Math.min(firstMs * 2 ** (attempts - 1), maxMs);
  const share = Number.parseInt(uuidFrom('gridcase.outbox.retry', id, String(attempts)).slice(0, 8), 16) / 2 ** 32;
  return Math.round(Math.max(fullMs * (1 + share) / 2, Math.min(retryAfterMs, RETRY_AFTER_MAX_MS)));
}
