import { fork } from 'node:child_process';
import { join } from 'node:path';
import { CALLS_MIN } from '@gridcase-apps/gateway';
import { demoToken } from '@gridcase-apps/standalone';
import type { World } from '../fault-case';
import { residentMiB } from '../platform/resident-memory';
import type { CrowdPlan, CrowdReport, Kind } from './crowd';

const PEOPLE = 16;
const UNLOADED: Pick<CrowdPlan, 'seconds' | 'pace'> = { seconds: 4, pace: { atATime: 2 } };
/** As many as are always let in: what it can do is not measured by callers who are turned away and come back at once. */
const BUSY = { atATime: CALLS_MIN };
const WARM_UP: Pick<CrowdPlan, 'seconds' | 'pace'> = { seconds: 8, pace: BUSY };
const CAPACITY: Pick<CrowdPlan, 'seconds' | 'pace'> = { seconds: 5, pace: BUSY };
const OVERLOAD_S = 20;
const TIMES = 4;
/** Far more than it lets in at a time. */
const CONNECTIONS = 400;
const LATENCY_TIMES_MAX = 5;
/** Beyond what it took while it was busy without being overloaded. */
const MEMORY_GROWTH_MAX_MIB = 256;
const SAMPLE_MS = 1_000;
const KINDS: readonly Kind[] = ['command', 'query'];

/** What it can do, then four times as much. */
export async function overload(world: World): Promise<void> {
  const { platform, note, problem, random, lives } = world;
  const tokens = await Promise.all(Array.from({ length: PEOPLE }, (_, nth) => demoToken(platform.url, { sub: personOf(nth), role: 'hotline-operator', jurisdiction: '610524', hours: 2 })));
  const send = async (name: string, { seconds, pace }: Pick<CrowdPlan, 'seconds' | 'pace'>) => {
    const report = await crowd({ url: platform.url, tokens, run: `${name}-${random.seed}`, seconds, pace });
    for (const { key, id, revision } of report.noted) lives.acknowledged.push({ key, operation: 'reports', id, stream: `report-${id}`, revision, person: personOf(Number(key.split('-').at(-1)) % PEOPLE) });
    return report;
  };
  await send('warm-up', WARM_UP);
  const capacity = await send('capacity', CAPACITY);
  const perSecond = Math.round(KINDS.reduce((sum, kind) => sum + capacity.accepted[kind].length, 0) / capacity.seconds);
  const unloaded = await send('unloaded', UNLOADED);
  note(`it can do ${perSecond} calls a second; unloaded, ${p99s(unloaded)}`);
  const before = await residentMiB(world.platform);
  const sampling = sampleMemory(world, OVERLOAD_S);
  const flooded = await send('overload', { seconds: OVERLOAD_S, pace: { perSecond: perSecond * TIMES, connections: CONNECTIONS } });
  const largest = Math.max(...await sampling);
  const accepted = KINDS.reduce((sum, kind) => sum + flooded.accepted[kind].length, 0);
  note(`asked ${Math.round((flooded.sent + flooded.held) / OVERLOAD_S)} times a second for ${OVERLOAD_S} s (${flooded.held} found none of ${CONNECTIONS} connections free): ${Math.round(accepted / flooded.seconds)} a second accepted, ${p99s(flooded)}; refused ${JSON.stringify(flooded.refused)}, p99 ${p99(flooded.refusedMs)} ms; ${flooded.unanswered} without an answer`);
  note(`memory ${before} MiB before, ${largest} MiB at most`);

  for (const [wrong, times] of Object.entries(flooded.wrong)) problem(`${times} refusals were ${wrong}`);
  if (flooded.unanswered > 0) problem(`${flooded.unanswered} calls got no answer at all`);
  if (Object.keys(flooded.refused).length === 0) problem('nothing was refused: it was not overloaded');
  if (accepted === 0) problem('nothing was accepted any more');
  for (const kind of KINDS) {
    const [usual, most] = [p99(unloaded.accepted[kind]), p99(flooded.accepted[kind])];
    if (most > usual * LATENCY_TIMES_MAX) problem(`p99 of an accepted ${kind} was ${most} ms, unloaded ${usual} ms: more than ${LATENCY_TIMES_MAX} times as long`);
  }
  if (largest > before + MEMORY_GROWTH_MAX_MIB) problem(`memory grew from ${before} to ${largest} MiB`);
}

const personOf = (nth: number): string => `hot-610524-crowd-${nth}`;
const at = (share: number) => (sorted: readonly number[]): number => Math.round((sorted[Math.ceil(sorted.length * share) - 1] ?? 0) * 10) / 10;
const p99 = at(0.99);
const p50 = at(0.5);
const p99s = ({ accepted }: CrowdReport): string => KINDS.map((kind) => `${kind} p50 ${p50(accepted[kind])} ms, p99 ${p99(accepted[kind])} ms (${accepted[kind].length})`).join(', ');

/** In a process of its own. */
function crowd(plan: CrowdPlan): Promise<CrowdReport> {
  return new Promise((resolve, reject) => {
    const child = fork(join(__dirname, 'crowd.js'));
    child.once('message', (report) => resolve(report as CrowdReport)).once('error', reject).once('exit', (code) => reject(new Error(`the callers ended with ${code}`)));
    child.send(plan);
  });
}

async function sampleMemory(world: World, seconds: number): Promise<number[]> {
  const samples: number[] = [];
  for (const until = performance.now() + seconds * 1_000; performance.now() < until; await world.pause(SAMPLE_MS)) samples.push(await residentMiB(world.platform));
  return samples;
}
