import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { Client } from 'pg';
import { demoToken, loadDistricts, startPlatformProcess, type PlatformProcess } from '@gridcase-apps/standalone';
import { check, median, type Bench, type BenchOptions } from './bench';

const CONNECTIONS = 64;
const ROUND_SECONDS = 4;
const REPORT = JSON.stringify({
  district: '610524', channel: 'hotline', description: '东关十字东北角有个井盖没了,晚上看不见', itemCode: 'manhole',
  place: { address: '合阳县东关十字东北角', gridCode: '610524001001001', longitude: 110.14555, latitude: 35.22966 },
});

/** A report received over REST (token, validation, gRPC to intake, decision, group commit, projections beside it) against a POST that does nothing. */
export const commandsBench: Bench = {
  name: 'commands',
  about: 'commands a second over REST ÷ POSTs a second that do nothing, Nest and fastify both',
  async run(options) {
    let platform: PlatformProcess | undefined;
    let noOp: { url: string; child: ChildProcess } | undefined;
    try {
      platform = await startPlatformProcess({ dataDir: join(options.dir, 'data'), env: { GRIDCASE_CALLS_MIN: String(CONNECTIONS) } });
      noOp = await startNoOp();
      await loadDistricts(platform.url);
      return await measure(platform, noOp.url, options);
    } finally {
      noOp?.child.kill('SIGTERM');
      await platform?.stop();
    }
  },
};

async function measure(platform: PlatformProcess, noOpUrl: string, { dir, rounds = 5, log }: BenchOptions) {
  const token = await hotlineToken(platform.url);
  const ratios: number[] = [];
  let accepted = 0;
  let peakMiB = 0;
  let sent = 0;
  const round = async (url: string, name: string) => {
    const result = await autocannon({
      url: `${url}/v1/reports`, method: 'POST', connections: CONNECTIONS, duration: ROUND_SECONDS,
      requests: [{ body: REPORT, setupRequest: (request) => ({ ...request, headers: { ...request.headers, 'content-type': 'application/json', authorization: `Bearer ${token}`, 'idempotency-key': `bench-${(sent += 1)}` } }) }],
    });
    if (result.non2xx > 0 || result.errors > 0) throw new Error(`${name}: ${result.non2xx} refused, ${result.errors} errors`);
    log(`  ${name}: ${Math.round(result['2xx'] / result.duration)}/s, p50 ${result.latency.p50} ms, p99 ${result.latency.p99} ms`);
    return { answered: result['2xx'], rate: result['2xx'] / result.duration };
  };
  // Round 0 warms both sides up and is not counted; which side goes first changes with the round.
  for (let n = 0; n <= rounds; n++) {
    log(n === 0 ? 'warm-up' : `round ${n}`);
    const rates = new Map<string, number>();
    for (const side of n % 2 ? ['no-op', 'command'] : ['command', 'no-op']) {
      const { answered, rate } = await round(side === 'no-op' ? noOpUrl : platform.url, side);
      rates.set(side, rate);
      if (side === 'command') accepted += answered;
    }
    if (n > 0) ratios.push(rates.get('command')! / rates.get('no-op')!);
    peakMiB = Math.max(peakMiB, residentMiB(platform.child.pid!));
  }
  log(`resident memory of the platform, largest seen between rounds: ${peakMiB} MiB`);
  return { verified: await verify(dir, accepted, log), checks: [check('REST command ÷ no-op POST', median(ratios), 0.12)] };
}

/** Every answer is one event in a stream of its own, and one row of the read model; requests cut off at a round's end may add to it. */
async function verify(dir: string, accepted: number, log: (line: string) => void): Promise<boolean> {
  const db = new Client({ connectionString: readFileSync(join(dir, 'data', 'database-url'), 'utf8').trim() });
  await db.connect();
  try {
    const count = async (sql: string) => Number((await db.query<{ n: string }>(sql)).rows[0]!.n);
    const events = await count(`select count(*) n from event_store.events where category = 'report'`);
    const streams = await count(`select count(distinct stream) n from event_store.events where category = 'report' and revision = 0`);
    let rows = 0;
    for (let wait = 0; wait < 300 && rows < events; wait++) {
      rows = await count('select count(*) n from intake.report_board');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    log(`answered ${accepted}, events ${events}, streams ${streams}, rows of the read model ${rows}`);
    return events === streams && rows === events && events >= accepted && events <= accepted + CONNECTIONS * 12;
  } finally {
    await db.end();
  }
}

const hotlineToken = (url: string): Promise<string> => demoToken(url, { sub: 'hot-610524-1', role: 'hotline-operator', jurisdiction: '610524' });

const startNoOp = () => new Promise<{ url: string; child: ChildProcess }>((resolve, reject) => {
  const child = spawn(process.execPath, [join(__dirname, 'no-op-server.js')], { stdio: ['ignore', 'pipe', 'inherit'] });
  child.once('error', reject).once('exit', (code) => reject(new Error(`the no-op server ended with ${code}`)));
  child.stdout.once('data', (line: Buffer) => resolve({ url: line.toString().trim(), child }));
});

/** Linux; 0 elsewhere. */
function residentMiB(pid: number): number {
  try {
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024);
  } catch {
    return 0;
  }
}
