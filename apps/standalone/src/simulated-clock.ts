import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ManualClock, type Instant } from '@gridcase/platform';

/** A manual clock that stands where it stood when the process ended, however it ended. */
export function openSimulatedClock(path: string, start: Instant): ManualClock {
  const kept = existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
  const clock = new ManualClock(kept && kept > start ? kept : start);
  mkdirSync(dirname(path), { recursive: true });
  clock.onChange((now) => {
    writeFileSync(`${path}.new`, now);
    renameSync(`${path}.new`, path);
  });
  return clock;
}
