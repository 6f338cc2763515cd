import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { instantToMs, msToInstant, SystemClock, type Instant } from '@gridcase/platform';
import { chinaDate } from '@gridcase-apps/standalone';
import type { FaultCase } from '../fault-case';
import { asAdmin } from './as-admin';
import { Signs } from './signs';

const HOUR_MS = 3_600_000;
const system = new SystemClock();
const signs = new Signs('clock');
let hostAwayMs = 0;

const later = (at: Instant, ms: number): Instant => msToInstant(instantToMs(at) + ms);
const set = (name: string, ms: number): void => signs.put(name, String(hostAwayMs + ms));

/** The machine's, but two hours ahead where an hour back would be yesterday: a policy is in force from the day on which it is adopted. */
function hostClock(): Instant {
  const now = system.now();
  hostAwayMs = chinaDate(later(now, -HOUR_MS)) === chinaDate(now) ? 0 : 2 * HOUR_MS;
  set('all', 0);
  return later(now, hostAwayMs);
}

const shifted = { NODE_OPTIONS: `--require ${join(__dirname, '../preload/shifted-clock.js')}`, FAULTS_CLOCK_DIR: signs.dir };
const DEMO = join(dirname(require.resolve('@gridcase-apps/standalone')), 'demo.js');

export const timeCases: readonly FaultCase[] = [
  {
    name: 'host-clock-jumps', profiles: ['standalone', 'cluster'], platform: { env: shifted, hostClock },
    about: 'the clock of the host jumps an hour forth, back, an hour back, and right again: commands go on, and an hour that never was breaches nothing',
    async inject({ platform, note, pause, problem }) {
      const stand = async (ms: number) => {
        set('all', ms);
        note(`the clock stands ${ms} ms away`);
        await pause(4_000);
      };
      await stand(HOUR_MS);
      await stand(0);
      // No limit is shorter than this. Of what begins while the clock is behind the record says itself that it began an hour ago.
      const { rows: [row] } = await asAdmin(platform, 'event-store', (client) => client.query<{ breaches: number }>(`select count(*)::int as breaches from event_store.events where type = 'ClockBreached'`));
      if (row!.breaches > 0) problem(`${row!.breaches} breaches on record by a clock that was wrong`);
      await stand(-HOUR_MS);
      await stand(0);
    },
  },
  {
    name: 'clocks-of-services-differ', profiles: ['cluster'], platform: { env: shifted, hostClock },
    about: 'dispatch is five seconds ahead of the others, sla-monitor five behind',
    async inject({ note, pause }) {
      set('dispatch', 5_000);
      set('sla-monitor', -5_000);
      note('dispatch +5 s, sla-monitor -5 s');
      await pause(10_000);
      set('dispatch', 0);
      set('sla-monitor', 0);
    },
  },
  {
    name: 'host-in-new-york', profiles: ['standalone', 'cluster'], platform: { env: { TZ: 'America/New_York' } },
    about: 'the host is set to America/New_York; deadlines and working days are those of Beijing, which the short demo looks at, on such a host too',
    async inject({ note, problem }) {
      const { code, end } = await new Promise<{ code: number | null; end: string }>((done) => {
        const child = execFile(process.execPath, [DEMO, '--short'], { env: { ...process.env, TZ: 'America/New_York' }, maxBuffer: 64 * 1024 * 1024 }, (_, stdout) => done({ code: child.exitCode, end: stdout.trim().split('\n').at(-1) ?? '' }));
      });
      note(`demo --short on a host in New York ended with ${code}: ${end.trim()}`);
      if (code !== 0) problem(`the demo ended with ${code}`);
    },
  },
];
