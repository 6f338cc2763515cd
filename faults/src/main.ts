/** `npm run faults`: the platform under load, hurt, healed and checked, case by case. Exit 0 only if every case held. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { outliveReader, whyNoKafka } from '@gridcase/platform';
import { cases } from './cases';
import type { CaseReport, FaultCase } from './fault-case';
import { profiles, type Profile } from './platform/under-test';
import { writePage } from './reliability-page';
import { runTogether } from './run-together';

interface Options { case?: string[]; profile?: Profile; short?: boolean; seed: number; minutes?: number; runs: number; report?: string; page?: string; keep?: boolean; list?: boolean }
/** Before the fault, and after it. */
const LOAD_MS = 3_000;
const LOAD_SHORT_MS = 1_500;
const DEFAULT_SEED = 20251001;

const whole = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value <= 0) throw new InvalidArgumentError('a positive whole number');
  return value;
};
const say = (line = ''): void => void process.stdout.write(`${line}\n`);
const shown = (one: FaultCase): string => `${one.name.padEnd(36)} ${one.profiles.join(', ').padEnd(20)} ${one.short ? `short: ${one.short.join(', ')}` : ''}\n    ${one.about}`;

function chosen(profile: Profile, options: Options): FaultCase[] {
  return cases.filter((one) => one.profiles.includes(profile) && (options.case ? options.case.includes(one.name) : !options.short || one.short?.includes(profile)));
}

async function main(options: Options): Promise<void> {
  if (options.list) { for (const one of cases) say(shown(one)); return; }
  const unknown = (options.case ?? []).filter((name) => !cases.some((one) => one.name === name));
  if (unknown.length > 0) throw new Error(`no case ${unknown.join(', ')}: npm run faults -- --list`);
  const reports: CaseReport[] = [];
  const write = (soFar: readonly CaseReport[]) => { if (options.report) writeFileSync(options.report, `${JSON.stringify(soFar, undefined, 1)}\n`); };
  let scratch: string | undefined;
  process.once('exit', () => { if (scratch && !options.keep) rmSync(scratch, { recursive: true, force: true }); });
  for (const profile of options.profile ? [options.profile] : profiles) {
    const wanted = chosen(profile, options);
    if (wanted.length === 0) continue;
    const none = profile === 'cluster' ? whyNoKafka() : undefined;
    if (none) { say(`${profile}: ${wanted.length} cases NOT RUN: ${none}`); process.exitCode = 1; continue; }
    for (let run = 0; run < options.runs; run++) {
      const dir = scratch = mkdtempSync(join(tmpdir(), `gridcase-faults-${profile}-`));
      chmodSync(dir, 0o711); // the database server runs under an account of its own when we are root
      const seed = options.seed + run;
      // Shared out among the cases, half before the fault and half after it.
      const loadMs = options.minutes ? (options.minutes * 60_000) / wanted.length / 2 : options.short ? LOAD_SHORT_MS : LOAD_MS;
      const more = await runTogether(profile, wanted, { dir, seed, loadMs, say, onReports: (soFar) => write([...reports, ...soFar]) });
      reports.push(...more);
      if (options.keep || more.some(({ held }) => !held)) say(`  kept: ${dir}`);
      else rmSync(dir, { recursive: true, force: true });
      scratch = undefined;
    }
  }
  say();
  for (const report of reports) say(line(report));
  const failed = reports.filter(({ held }) => !held);
  say(`${reports.length - failed.length} of ${reports.length} held${failed.length > 0 ? `; again: ${failed.map((r) => `npm run faults -- --case ${r.case} --profile ${r.profile} --seed ${r.seed}`).join(' · ')}` : ''}`);
  write(reports);
  if (options.page) writePage(options.page, cases, reports);
  if (failed.length > 0 || reports.length === 0) process.exitCode = 1;
}

const line = (r: CaseReport): string => `${r.held ? 'held  ' : 'FAILED'} ${r.profile.padEnd(10)} ${r.case.padEnd(36)} seed ${r.seed}  acknowledged ${r.acknowledged}, sent again ${r.retried}, refused ${Object.values(r.refused).reduce((a, b) => a + b, 0)}, lost ${r.lost}, twice ${r.twice}, recovered in ${(r.recoveryMs / 1_000).toFixed(1)} s, longest silence ${(r.silenceMs / 1_000).toFixed(1)} s`;

outliveReader();
void new Command('faults').description('The fault suite: starts the platform, keeps a load going, injects faults, lets it heal, checks that nothing is lost and nothing is there twice.')
  .option('--case <names...>', 'only these')
  .addOption(new Option('--profile <profile>', 'only this one').choices([...profiles]))
  .option('--short', 'the set that runs with every change')
  .option('--seed <n>', 'of everything that is left to chance', whole, DEFAULT_SEED)
  .option('--minutes <m>', 'of load, shared out among the cases', whole)
  .option('--runs <n>', 'so many times, each with the next seed', whole, 1)
  .option('--report <file>', 'what came of each case so far, as JSON')
  .option('--page <file>', 'write the results into this page, docs/reliability.md')
  .option('--keep', 'keep data and logs also when all held')
  .option('--list', 'the cases, and nothing else')
  .action(main)
  .parseAsync()
  .catch((error: unknown) => { process.stderr.write(`${(error as Error).stack ?? String(error)}\n`); process.exit(2); });
