/** The demo's input as data (apps/standalone/demo-data): reports, what people do and when, and what must come of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type District = '610524' | '211103';
export interface ScenarioReport {
  id: string; district: District; /** Local time `2025-09-26 08:32`. */ at: string; foundBy: 'citizen' | 'worker' | 'inspector'; by: string; channel: string;
  place: { address: string; gridCode: string; longitude: number; latitude: number }; description: string; itemCode?: string; evidence?: object[]; reporter?: object; channelId?: string;
  story?: string; /** Also played in the short run. */ short?: boolean;
}
export interface Step {
  id: string; at: string; do: string; by: string | null; /** The report it is about, and by it the case. */ on?: string; body?: Record<string, any>;
  /** Code of the refusal that must come; absent = accepted. */ expect?: string;
}
export interface Cast {
  people: Record<string, { name: string; role: string; jurisdiction: string; unit?: string }>;
  districts: Record<District, { name: string; pack: string }>;
  units: Record<District, Record<string, string>>;
}
export interface ExpectedClock { clock: string; startedAt?: string; dueAt: string; breached: boolean; stoppedAt?: string; late?: boolean; outcome?: string; state?: string }
export interface ExpectedCase {
  phase: string; level: string; pack: string; version: number; lead?: string; round: number; repeats: number; onTime?: boolean; lights: Record<string, string>;
  supervisions: { unit: string; cause: string; dueAt: string; state: string }[]; accountability: string[]; clocks: ExpectedClock[];
}
export interface ScoreCardOf { base: number; total: number; lines: { code: string; count: number; total: number; arithmetic: string }[] }
type Counts = Record<string, number>;
export interface ExpectedRun {
  reports: Counts; cases: Counts; breaches: number;
  lights: Record<string, { street: Record<string, Counts>; unit: Record<string, Counts> }>;
  /** `unit/u-610524-water`, `worker/w-610524-021`. */
  scores: Record<string, ScoreCardOf>;
  quota: { worker: string; week: string; found: number; weeksWithout: number; advice: 'warn' | 'replace' | null }[];
}
export interface Expected { states: Record<string, string>; full: ExpectedRun; short: ExpectedRun; stories: Record<string, string>; cases: Record<string, ExpectedCase> }
export interface Scenario { reports: Map<string, ScenarioReport>; steps: Step[]; cast: Cast; expected: Expected; run: ExpectedRun; short: boolean }

/** The same place from `src/demo` and from `dist/demo`. */
export const demoDataDir = join(__dirname, '..', '..', 'demo-data');
export const policiesDir = join(__dirname, '..', '..', '..', '..', 'policies');

export function readScenario(short = false, directory = demoDataDir): Scenario {
  const text = (name: string): string => readFileSync(join(directory, name), 'utf8');
  const lines = <T>(name: string): T[] => text(name).split('\n').filter(Boolean).map((line) => JSON.parse(line) as T);
  const reports = new Map(lines<ScenarioReport>('reports.jsonl').filter((report) => !short || report.short).map((report) => [report.id, report]));
  const expected = JSON.parse(text('expected.json')) as Expected;
  return {
    reports, steps: lines<Step>('scenario.jsonl').filter((step) => step.on === undefined || reports.has(step.on)), cast: JSON.parse(text('cast.json')) as Cast, expected, run: short ? expected.short : expected.full, short,
  };
}

/** Beijing time of the data (UTC+8, no DST since 1991) → instant. */
export const instantOf = (local: string): string => new Date(Date.parse(`${local.replace(' ', 'T')}:00.000Z`) - 8 * 3_600_000).toISOString();
export const localOf = (instant: string): string => new Date(Date.parse(instant) + 8 * 3_600_000).toISOString().slice(0, 16).replace('T', ' ');
