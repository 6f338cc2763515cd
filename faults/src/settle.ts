import { setTimeout as delay } from 'node:timers/promises';
import type { PlatformUnderTest } from './platform/under-test';

/** Figures that are 0 when nothing is on its way any more; of those, the ones that stand for a group are the same from every process. */
const ZERO = ['gridcase_processor_lag_seconds', 'gridcase_relay_lag_events', 'gridcase_outbox_waiting', 'gridcase_clocks_due'];
const STILL_TIMES = 3;
const POLL_MS = 250;

/** Resolves when everything recorded has arrived everywhere, and no clock is due. @throws naming what is still on its way */
export async function settle(platform: PlatformUnderTest, timeoutMs: number): Promise<void> {
  let still = 0;
  for (const until = performance.now() + timeoutMs; still < STILL_TIMES;) {
    const left = await onItsWay(platform);
    still = left.length === 0 ? still + 1 : 0;
    if (still < STILL_TIMES && performance.now() > until) throw new Error(`not settled within ${timeoutMs} ms: ${left.join('; ')}`);
    await delay(POLL_MS);
  }
}

async function onItsWay(platform: PlatformUnderTest): Promise<string[]> {
  const told = await platform.metrics().catch((error: unknown) => new Map([['metrics', `# ${(error as Error).message}`]]));
  if (told.has('metrics')) return [told.get('metrics')!];
  return [...told].flatMap(([name, text]) => text.split('\n').filter((line) => ZERO.some((figure) => line.startsWith(`${figure}{`)) && !line.endsWith(' 0')).map((line) => `${name}: ${line}`));
}
