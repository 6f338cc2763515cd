import { readFileSync, writeFileSync } from 'node:fs';
import type { CaseReport, FaultCase } from './fault-case';

const BEGIN = '<!-- results: written by `npm run faults -- --page` -->';
const END = '<!-- end of results -->';
const HEAD = ['| case | profile | what happens | runs (seeds) | acknowledged | sent again | lost | twice | recovered in | longest silence |', '|---|---|---|---|---|---|---|---|---|---|'];

/** Writes what came of these cases into the page; rows of other cases stay as they are. */
export function writePage(file: string, cases: readonly FaultCase[], reports: readonly CaseReport[]): void {
  const page = readFileSync(file, 'utf8');
  const [before, rest] = page.split(BEGIN);
  const [standing, after] = (rest ?? '').split(END);
  if (before === undefined || standing === undefined || after === undefined) throw new Error(`${file} has no place for results: ${BEGIN} … ${END}`);
  const rows = new Map<string, string>(standing.split('\n').flatMap((line) => { const [, name, profile] = line.split('|').map((cell) => cell.trim()); return name && profile && name !== 'case' && !name.startsWith('-') ? [[`${name} ${profile}`, line] as const] : []; }));
  for (const [key, of] of grouped(reports)) rows.set(key, rowOf(of, cases.find(({ name }) => name === of[0]!.case)?.about ?? ''));
  const order = cases.flatMap(({ name, profiles }) => profiles.map((profile) => `\`${name}\` ${profile}`));
  const known = order.flatMap((key) => rows.get(key) ?? []);
  writeFileSync(file, `${before}${BEGIN}\n${[...HEAD, ...known].join('\n')}\n${END}${after}`);
}

function grouped(reports: readonly CaseReport[]): Map<string, CaseReport[]> {
  const groups = new Map<string, CaseReport[]>();
  for (const report of reports) {
    const key = `\`${report.case}\` ${report.profile}`;
    groups.set(key, [...(groups.get(key) ?? []), report]);
  }
  return groups;
}

function rowOf(runs: readonly CaseReport[], about: string): string {
  const sum = (of: (run: CaseReport) => number) => runs.reduce((total, run) => total + of(run), 0);
  const seeds = runs.map(({ seed }) => seed);
  const failed = runs.filter(({ held }) => !held).length;
  const slowest = (of: (run: CaseReport) => number) => `${(Math.max(...runs.map(of)) / 1_000).toFixed(1)} s`;
  return `| \`${runs[0]!.case}\` | ${runs[0]!.profile} | ${about} | ${runs.length} (${seeds.length > 1 ? `${Math.min(...seeds)} to ${Math.max(...seeds)}` : seeds[0]})${failed > 0 ? `, **${failed} FAILED**` : ''} | ${sum((r) => r.acknowledged)} | ${sum((r) => r.retried)} | ${sum((r) => r.lost)} | ${sum((r) => r.twice)} | ${slowest((r) => r.recoveryMs)} | ${slowest((r) => r.silenceMs)} |`;
}
