import { join } from 'node:path';
import type { FaultCase, World } from '../fault-case';
import { everyMessage } from './kafka';
import { headOf } from './readers';

const HURT_MS = 12_000;
const TIMES = 4;
/** More than the broker's clock is coarse, less than a pause between two partitions. */
const LATER_MS = 100;
const OVERTAKEN_MIN = 100;

const outOfStep = (seed: number): Record<string, string> => ({ NODE_OPTIONS: `--require ${join(__dirname, '../preload/out-of-step.js')}`, FAULTS_OUT_OF_STEP: String(seed) });

/** Events behind `after` that stood on Kafka noticeably later than one that was recorded after them, and by how much at most; of what was sent again, the first time counts. */
async function overtaken(world: World, after: bigint): Promise<{ events: number; byMs: number }> {
  const arrivedAt = new Map<number, number>();
  await everyMessage(world, ({ headers, timestamp }) => {
    const position = Number(headers?.['ce_position']);
    if (position > after) arrivedAt.set(position, Math.min(Number(timestamp), arrivedAt.get(position) ?? Infinity));
  });
  let firstOfLater = Infinity;
  let events = 0;
  let byMs = 0;
  for (const [, at] of [...arrivedAt].sort(([a], [b]) => b - a)) {
    if (at - firstOfLater > LATER_MS) events += 1;
    byMs = Math.max(byMs, at - firstOfLater);
    firstOfLater = Math.min(firstOfLater, at);
  }
  return { events, byMs };
}

export const outOfStepCase: FaultCase = {
  name: 'partitions-out-of-step', profiles: ['cluster'],
  about: 'what was recorded first arrives last: partitions get their part of a request one after the other in any order, some not at all before it is sent again, and the relay is killed in the midst of it',
  async inject(world) {
    const { platform, note, problem, pause, random } = world;
    const before = await headOf(platform);
    for (let time = 0; time < TIMES; time++) {
      await platform.kill('relay', time === 0 ? 'SIGTERM' : 'SIGKILL');
      platform.start('relay', outOfStep(random.below(1_000_000)));
      await pause(random.between(HURT_MS / 2, HURT_MS));
    }
    await platform.kill('relay');
    platform.start('relay');
    await platform.ready();
    const { events, byMs } = await overtaken(world, before);
    note(`${events} events stood on Kafka after a later one of another partition, by ${Math.round(byMs)} ms at most; the relay was killed ${TIMES} times meanwhile`);
    if (events < OVERTAKEN_MIN) problem(`only ${events} events were overtaken`);
  },
};
