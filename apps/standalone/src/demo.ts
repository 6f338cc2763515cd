import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { outliveReader } from '@gridcase/platform';
import { startScratchCluster } from './cluster/scratch-cluster';
import { demoStart, runDemo } from './demo/index';
import { demoToken } from './demo-token';
import { startFailure } from './start-failure';
import { startPlatformProcess, type PlatformProcess } from './platform-process';

/** As a shell tells that a program was interrupted. */
const INTERRUPTED = 130;

interface Options { short?: boolean; keep?: boolean; report?: string; cluster?: boolean }

/** `npm run demo`: a platform in a scratch folder, a played week, its expectations. */
async function main({ short, keep, report, cluster }: Options): Promise<number> {
  const dataDir = mkdtempSync(join(tmpdir(), 'gridcase-demo-'));
  chmodSync(dataDir, 0o711); // the database server runs under an account of its own when we are root
  const say = (line = '') => void process.stdout.write(`${line}\n`);
  const interrupt = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => interrupt.abort());
  const interrupted = new Promise<typeof INTERRUPTED>((resolve) => interrupt.signal.addEventListener('abort', () => resolve(INTERRUPTED)));
  let platform: Pick<PlatformProcess, 'url' | 'grpcAddress' | 'stop'> | undefined;
  const tidy = () => rmSync(dataDir, { recursive: true, force: true });
  try {
    say(cluster ? 'Starting the cluster (every service a process, Kafka, simulated clock) · 正在启动集群 …' : 'Starting the platform (embedded PostgreSQL, simulated clock) · 正在启动平台 …');
    const ports = keep ? { restPort: 8080, grpcPort: 50051 } : {};
    platform = cluster
      ? await startScratchCluster({ dataDir, clockStart: demoStart, say, ...ports })
      : await startPlatformProcess({ dataDir, apart: true, env: { GRIDCASE_CLOCK: 'simulated', GRIDCASE_CLOCK_START: demoStart }, ...ports });
    const code = await Promise.race([runDemo({ baseUrl: platform.url, short, report, print: (line) => { if (!interrupt.signal.aborted) say(line); } }), interrupted]);
    if (!keep || interrupt.signal.aborted) return code;
    await showAccess(platform, say);
    if (!cluster) say(`Check everything · 全面校验:  GRIDCASE_DATA_DIR=${dataDir} npm run gridcase -- audit check --now record`);
    say('Ctrl-C stops it.');
    await interrupted;
    return code;
  } finally {
    await platform?.stop();
    tidy();
  }
}

async function showAccess({ url, grpcAddress }: Pick<PlatformProcess, 'url' | 'grpcAddress'>, say: (line?: string) => void): Promise<void> {
  say();
  say(`Still running · 继续运行中:  REST ${url}/v1   API page ${url}/docs   gRPC ${grpcAddress}`);
  for (const [role, area] of [['centre-director', '610524'], ['auditor', '610524'], ['centre-director', '211103'], ['registry-admin', '610524']] as const) say(`  ${role} ${area}: ${await demoToken(url, { sub: `demo-${role}`, role, jurisdiction: area, hours: 24 })}`);
}

const program = new Command('demo')
  .description('Plays a week of two jurisdictions through the gateway of a fresh platform and checks what comes of it. Exit 0 only if every expectation held.')
  .option('--short', 'about sixty reports, every story among them')
  .option('--cluster', 'on the cluster profile: every service a process of its own, with Kafka (see docs/runbooks/cluster-on-one-machine.md)')
  .option('--keep', 'leave it running, print URLs, tokens, and how to check it')
  .option('--report <file>', 'write every expectation, what was expected and what was seen, as JSON')
  .action(async (options: Options) => {
    process.exitCode = await main(options);
    if (process.exitCode === INTERRUPTED) process.exit(); // what was being played is not waited for
  });
outliveReader();
program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${startFailure(error) ?? (error as Error).stack ?? String(error)}\n`);
  process.exitCode = 1;
});
