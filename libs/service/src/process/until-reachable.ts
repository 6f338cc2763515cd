import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessHost } from './host-process';

const RETRY_FIRST_MS = 250;
const RETRY_MAX_MS = 5_000;

export interface ReachOptions {
  /** Whether it is only away. Anything else (a wrong password, a newer schema) waiting does not cure, and is thrown at once. */
  isAway(error: unknown): boolean;
  retryFirstMs?: number;
}

/**
 * A process that starts while one of its stores is away waits for it, alive and not ready, and says for what. Would it end, its
 * supervisor would start it again after ever longer pauses, and it would come back minutes after the store did.
 * @throws whatever `attempt` throws that is not being away, and when the process is told to stop meanwhile
 */
export async function untilReachable<T>(what: string, attempt: () => Promise<T>, { health, logger, shutdown }: Pick<ProcessHost, 'health' | 'logger' | 'shutdown'>, { isAway, retryFirstMs = RETRY_FIRST_MS }: ReachOptions): Promise<T> {
  let reason = 'not asked yet';
  const asked = health.addReadiness(`${what}, at the start`, () => { throw new Error(reason); });
  try {
    for (let failures = 0; ; failures++) {
      try {
        const reached = await attempt();
        if (failures > 0) logger.info({ what }, `the ${what} can be reached now`);
        return reached;
      } catch (error) {
        if (!isAway(error)) throw error;
        reason = error instanceof Error ? error.message : String(error);
        if (failures === 0) logger.warn({ what, err: error }, `the ${what} cannot be reached: waiting for it`);
        await delay(Math.min(retryFirstMs * 2 ** Math.min(failures, 10), RETRY_MAX_MS), undefined, { signal: shutdown.signal });
      }
    }
  } finally {
    asked();
  }
}
