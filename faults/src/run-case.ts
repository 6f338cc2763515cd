import { setTimeout as delay } from 'node:timers/promises';
import type { WebhookReceiver } from '@gridcase/testing';
import type { Finding } from '@gridcase-apps/standalone';
import { closingCheck } from './closing-check';
import type { CaseReport, FaultCase, World } from './fault-case';
import { LoadRun, writeAcknowledged, writeReceived, type MovedClock } from './load-run';
import type { PlatformUnderTest } from './platform/under-test';
import { Seeded } from './seeded';
import { settle } from './settle';

export interface RunOptions {
  platform: PlatformUnderTest;
  receiver: WebhookReceiver;
  /** Absent: the machine's. */
  clock?: MovedClock;
  dataDir: string;
  seed: number;
  /** Of load before the fault and after it; the cases' own times come on top. */
  loadMs: number;
  /** Acknowledged by the cases before on the same platform. */
  before: LoadRun['lives']['acknowledged'];
  say: (line: string) => void;
}

const LANES = 8;
const SETTLE_TIMEOUT_MS = 180_000;
const RECOVER_TIMEOUT_MS = 240_000;
const POLL_MS = 50;

/** Load, the fault, healing, the end of every life, stillness, the closing check over everything that was ever acknowledged. */
export async function runCase(one: FaultCase, options: RunOptions): Promise<CaseReport> {
  const { platform, seed, say } = options;
  const load = new LoadRun(platform, { run: `${one.name}-${seed}`, lanes: one.load?.lanes ?? LANES, kinds: one.load?.kinds, clock: options.clock, clockMoves: one.load?.clock !== 'stands' });
  const done: CaseReport['done'] = [];
  const problems: string[] = [];
  const world = worldOf(load, platform, new Seeded(seed), (what) => {
    done.push({ atS: seconds(load.startedMs), what });
    say(`    ${seconds(load.startedMs)} s: ${what}`);
  }, problems);
  let recoveryMs = 0;
  let findings: Finding[] = [];
  try {
    await world.pause(options.loadMs);
    await one.inject(world);
    recoveryMs = await recovered(world, load);
    if (options.clock && one.load?.clock !== 'stands') await moved(world, load);
    await world.pause(options.loadMs);
    await load.end();
    await settle(platform, SETTLE_TIMEOUT_MS);
    findings = await closingCheck(platform, { acknowledged: writeAcknowledged(options.dataDir, [...options.before, ...load.lives.acknowledged]), received: writeReceived(options.receiver, options.dataDir) }, options.clock?.now());
  } catch (error) {
    problems.push((error as Error).message);
    await load.end().catch(() => undefined);
  }
  if (load.lives.acknowledged.length === 0) problems.push('nothing was acknowledged: there was no load');
  options.before.push(...load.lives.acknowledged);
  for (const finding of findings) problems.push(Object.entries(finding).map(([name, value]) => `${name} ${String(value)}`).join(', '));
  return {
    case: one.name, profile: platform.profile, seed, held: problems.length === 0, done,
    acknowledged: load.lives.acknowledged.length, retried: load.lives.retries, refused: count(load.lives.refused.map(({ code }) => code)), statuses: Object.fromEntries(load.lives.statuses),
    lost: countOf(findings, /missing$|acknowledged-elsewhere/), twice: countOf(findings, /twice$/),
    recoveryMs: Math.round(recoveryMs), silenceMs: Math.round(load.lives.longestSilenceMs), seconds: seconds(load.startedMs), problems,
  };
}

function worldOf(load: LoadRun, platform: PlatformUnderTest, random: Seeded, note: (what: string) => void, problems: string[]): World {
  const acknowledged = () => load.lives.acknowledged.length;
  const stillLoaded = () => { if (load.failure) throw load.failure; };
  return {
    platform, random, note, lives: load.lives, acknowledged,
    serverErrors: () => new Map([...load.lives.statuses].filter(([status]) => status.startsWith('5'))),
    problem: (text) => void problems.push(text),
    pause: async (ms) => {
      for (const until = performance.now() + ms; performance.now() < until; await delay(Math.min(POLL_MS, ms))) stillLoaded();
    },
    moreAcknowledged: async (more, timeoutMs = RECOVER_TIMEOUT_MS) => {
      const wanted = acknowledged() + more;
      for (const until = performance.now() + timeoutMs; acknowledged() < wanted; await delay(POLL_MS)) {
        stillLoaded();
        if (performance.now() > until) throw new Error(`${wanted - acknowledged()} of ${more} commands were not acknowledged within ${timeoutMs} ms`);
      }
    },
  };
}

async function recovered(world: World, load: LoadRun): Promise<number> {
  const healed = performance.now();
  await Promise.all([world.platform.ready(RECOVER_TIMEOUT_MS), world.moreAcknowledged(1)]);
  if (load.failure) throw load.failure;
  return performance.now() - healed;
}

/** What fell due is part of every load, also after the fault. */
async function moved(world: World, load: LoadRun): Promise<void> {
  const before = load.clockMoves;
  for (const until = performance.now() + RECOVER_TIMEOUT_MS; load.clockMoves === before; await world.pause(POLL_MS)) {
    if (performance.now() > until) throw new Error(`the clock of the platform could not be moved on within ${RECOVER_TIMEOUT_MS} ms: nothing falls due`);
  }
}

const countOf = (findings: readonly Finding[], kind: RegExp): number => findings.filter((finding) => kind.test(finding.kind)).length;
const seconds = (sinceMs: number): number => Math.round((performance.now() - sinceMs) / 100) / 10;
const count = (list: readonly string[]): Record<string, number> => list.reduce<Record<string, number>>((counted, one) => ({ ...counted, [one]: (counted[one] ?? 0) + 1 }), {});
