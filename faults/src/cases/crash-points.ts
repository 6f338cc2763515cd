import { join } from 'node:path';
import type { FaultCase, World } from '../fault-case';
import type { CrashPoint } from '../preload/crash-points';

const PRELOAD = join(__dirname, '../preload/crash-points.js');
/** For a process that is to die there. */
export const dyingAt = (point: CrashPoint, times: number): Record<string, string> => ({ NODE_OPTIONS: `--require ${PRELOAD}`, FAULTS_CRASH_AT: `${point}@${times}` });
const DIES_WITHIN_MS = 60_000;

/** The process starts anew, dies at the point, and starts as always. */
async function dieAt({ platform, note, pause, random, problem }: World, name: string, point: CrashPoint): Promise<void> {
  await platform.kill(name, 'SIGTERM');
  const times = 1 + random.below(5);
  platform.start(name, dyingAt(point, times));
  const died = platform.ended(name).then(() => true);
  const until = performance.now() + DIES_WITHIN_MS;
  while (platform.isRunning(name) && performance.now() < until) await pause(50);
  if (platform.isRunning(name)) {
    problem(`${name} did not come to the point ${point} ${times} times within ${DIES_WITHIN_MS} ms`);
    await platform.kill(name);
  }
  await died;
  note(`${name} died: ${point}, the ${times}. time`);
  platform.start(name);
  await platform.ready();
}

const atPoint = (name: string, about: string, dies: string, point: CrashPoint, more: Pick<FaultCase, 'profiles' | 'short'>): FaultCase => ({
  name: `die-${name}`, about, ...more,
  inject: (world) => dieAt(world, world.platform.profile === 'standalone' ? 'platform' : dies, point),
});

export const crashPointCases: readonly FaultCase[] = [
  atPoint('after-append-before-answer', 'the event is stored, nobody was told', 'intake', 'after-append-before-answer', { profiles: ['standalone', 'cluster'], short: ['standalone'] }),
  atPoint('after-append-before-publish', 'the event is stored, the relay dies before it publishes', 'relay', 'after-append-before-publish', { profiles: ['cluster'] }),
  atPoint('after-publish-before-checkpoint', 'published, the relay dies before it notes so: published again', 'relay', 'after-publish-before-checkpoint', { profiles: ['cluster'], short: ['cluster'] }),
  atPoint('after-effect-before-note', 'the receiver has it, dispatch dies before it notes so: sent again under the same key', 'dispatch', 'after-effect-before-note', { profiles: ['standalone', 'cluster'] }),
  atPoint('after-work-before-offset', 'the read model has it, the consumer dies before it commits its offset', 'dispatch', 'after-work-before-offset', { profiles: ['cluster'] }),
  atPoint('after-clock-claimed-before-event', 'the clock worker dies between finding a due clock and its event', 'sla-monitor', 'after-clock-claimed-before-event', { profiles: ['standalone', 'cluster'] }),
];
