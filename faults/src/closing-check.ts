import type { ClosingReport, Finding } from '@gridcase-apps/standalone';
import { gridcase } from './cli';
import type { PlatformUnderTest } from './platform/under-test';

/** `gridcase audit check`, as an operator runs it. */
export async function closingCheck(platform: PlatformUnderTest, files: { acknowledged: string; received: string }, now: string | undefined): Promise<Finding[]> {
  const { code, stdout, stderr } = await gridcase(platform, ['audit', 'check', '--json', '--acknowledged', files.acknowledged, '--received', files.received, ...(now ? ['--now', now] : [])]);
  if (code !== 0 && code !== 1) throw new Error(`gridcase audit check ended with ${code}: ${stderr.slice(-2_000)}`);
  const report = JSON.parse(stdout.trim().split('\n').at(-1)!) as ClosingReport;
  const findings = report.sections.flatMap((section) => section.findings);
  if (report.ok !== (code === 0) || report.ok !== (findings.length === 0)) throw new Error(`gridcase audit check contradicts itself: exit ${code}, ${JSON.stringify(report).slice(0, 500)}`);
  return findings;
}
