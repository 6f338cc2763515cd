import { join } from 'node:path';
import { Shutdown } from '@gridcase/platform';
import { loadDistricts } from '@gridcase-apps/standalone';
import type { CaseReport, FaultCase } from './fault-case';
import { MovedClock, startReceiver, type LoadRun } from './load-run';
import { startClusterUnderTest } from './platform/cluster';
import { startStandaloneUnderTest } from './platform/standalone';
import type { PlatformUnderTest, Profile } from './platform/under-test';
import { runCase } from './run-case';
import { Seeded } from './seeded';

const start = { standalone: startStandaloneUnderTest, cluster: startClusterUnderTest };
/** 08:40 of a Monday in Beijing: limits in working time run from the beginning. */
const START = '2025-09-22T00:40:00.000Z';
/** As a shell says it of Ctrl-C. */
const INTERRUPTED = 130;
const INTERRUPTED_WITHIN_MS = 120_000;
const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

interface Standing { platform: PlatformUnderTest; receiver: Awaited<ReturnType<typeof startReceiver>>; clock?: MovedClock; dataDir: string; startedFor: string; before: LoadRun['lives']['acknowledged'] }
interface Options { dir: string; seed: number; loadMs: number; say: (line?: string) => void; /** Told after every case. */ onReports: (soFar: readonly CaseReport[]) => void }

/** One after the other, on one platform as long as each leaves it whole: a start takes longer than most faults. */
export async function runTogether(profile: Profile, cases: readonly FaultCase[], { dir, seed, loadMs, say, onReports }: Options): Promise<CaseReport[]> {
  const reports: CaseReport[] = [];
  let standing: Standing | undefined;
  let starting: Promise<Standing> | undefined;
  const endStanding = async () => {
    const ending = standing;
    standing = undefined;
    if (ending) await end(ending, reports);
  };
  // Ended from outside, it leaves nothing running.
  const shutdown = new Shutdown({ timeoutMs: INTERRUPTED_WITHIN_MS, log: (line) => say(`  ${line}`), exit: () => process.exit(INTERRUPTED) });
  shutdown.onStop('servers', 'the platform', async () => {
    standing ??= await starting?.catch(() => undefined);
    await endStanding();
  });
  const unlisten = shutdown.listen();
  for (const [nth, one] of cases.entries()) {
    if (standing && standing.startedFor !== startOf(one)) await endStanding();
    if (shutdown.signal.aborted) break;
    try {
      if (!standing) standing = await (starting = begin(profile, one, join(dir, String(nth)), seed, say));
    } catch (error) {
      say(`  the platform did not start: ${(error as Error).message}`);
      reports.push({ case: one.name, profile, seed, held: false, done: [], acknowledged: 0, retried: 0, refused: {}, statuses: {}, lost: 0, twice: 0, recoveryMs: 0, silenceMs: 0, seconds: 0, problems: [`the platform did not start: ${(error as Error).message}`] });
      continue;
    } finally {
      starting = undefined;
    }
    say(`  ${profile} ${one.name}, seed ${seed}: ${one.about}`);
    const report = await runCase(one, { ...standing, seed, loadMs, say });
    if (shutdown.signal.aborted) break;
    reports.push(report);
    onReports(reports);
    say(`    ${report.held ? 'held' : 'FAILED'}: acknowledged ${report.acknowledged}, sent again ${report.retried}, refused ${JSON.stringify(report.refused)}, recovered in ${report.recoveryMs} ms, longest silence ${report.silenceMs} ms, ${report.seconds} s`);
    for (const problem of report.problems.slice(0, 20)) say(`      ${problem}`);
    // Left as it is for whoever looks; the next case gets one of its own.
    if (!report.held) await endStanding();
  }
  if (shutdown.signal.aborted) await shutdown.stop();
  await endStanding();
  unlisten();
  return reports;
}

const startOf = ({ platform }: FaultCase): string => JSON.stringify({ ...platform, hostClock: platform?.hostClock !== undefined });

async function begin(profile: Profile, one: FaultCase, dataDir: string, seed: number, say: Options['say']): Promise<Standing> {
  const { hostClock, ...own } = one.platform ?? {};
  const receiver = await startReceiver(new Seeded(seed));
  const hostShows = hostClock?.();
  const clock = hostShows ? undefined : new MovedClock(START);
  const webhook = { GRIDCASE_WEBHOOK_URL: receiver.url, GRIDCASE_WEBHOOK_SECRET: WEBHOOK_SECRET };
  let platform: PlatformUnderTest | undefined;
  try {
    platform = await start[profile]({ dataDir, clockStart: clock?.start, ...own, env: { ...webhook, ...own.env }, say: () => undefined });
    await loadDistricts(platform.url, hostShows ?? START);
    say(`${profile}: started, ${platform.names.join(', ')}`);
    return { platform, receiver, clock, dataDir, startedFor: startOf(one), before: [] };
  } catch (error) {
    await platform?.stop();
    await receiver.stop();
    throw error;
  }
}

/** What was hurt and healed must still be able to end in order. */
async function end({ platform, receiver }: Standing, reports: CaseReport[]): Promise<void> {
  const bad = await platform.stop().catch((error: unknown) => [(error as Error).message]);
  await receiver.stop();
  const last = reports.at(-1);
  if (bad.length > 0 && last) {
    last.problems.push(...bad);
    last.held = false;
  }
}
