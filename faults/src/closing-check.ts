import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import type { ClosingReport, Finding } from '@gridcase-apps/standalone';
import type { PlatformUnderTest } from './platform/under-test';

const CLI = join(dirname(require.resolve('@gridcase-apps/standalone')), 'cli.js');

/** `gridcase audit check`, as an operator runs it. */
export async function closingCheck(platform: PlatformUnderTest, files: { acknowledged: string; received: string }, now: string | undefined): Promise<Finding[]> {
  const args = [CLI, 'audit', 'check', '--json', '--acknowledged', files.acknowledged, '--received', files.received, ...(now ? ['--now', now] : [])];
  const { code, stdout, stderr } = await new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
    execFile(process.execPath, args, { env: { ...withoutSettings(), ...platform.toolsEnv }, maxBuffer: 256 * 1024 * 1024 }, (error, stdout, stderr) => done({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }));
  });
  if (code !== 0 && code !== 1) throw new Error(`gridcase audit check ended with ${code}: ${stderr.slice(-2_000)}`);
  const report = JSON.parse(stdout.trim().split('\n').at(-1)!) as ClosingReport;
  const findings = report.sections.flatMap((section) => section.findings);
  if (report.ok !== (code === 0) || report.ok !== (findings.length === 0)) throw new Error(`gridcase audit check contradicts itself: exit ${code}, ${JSON.stringify(report).slice(0, 500)}`);
  return findings;
}

const withoutSettings = (): NodeJS.ProcessEnv => Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(DATABASE_URL|EVENT_?STORE_|KAFKA_|GRIDCASE_|FAULTS_|NODE_OPTIONS)|_DATABASE_URL$/.test(name)));
