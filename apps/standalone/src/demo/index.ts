import { writeFileSync } from 'node:fs';
import { Player, type Played } from './player';
import { printPlayed } from './print';
import { showProgress } from './progress';
import type { TokenSource } from './rest-client';
import { readScenario } from './scenario';

export { demoStart, type Played } from './player';

export interface DemoOptions {
  /** Of a gateway whose clock is simulated and stands at or before `demoStart`. */
  baseUrl: string;
  /** About sixty reports, every story among them. */
  short?: boolean;
  /** File for every expectation, what was expected and what was seen, as JSON. */
  report?: string;
  tokenSource?: TokenSource;
  print?: (line: string) => void;
}

/** Plays, prints, writes the report. @returns the exit code: 0 only when every expectation held. */
export async function runDemo({ baseUrl, short = false, report, tokenSource, print = (line) => void process.stdout.write(`${line}\n`) }: DemoOptions): Promise<number> {
  const scenario = readScenario(short);
  const progress = showProgress();
  let played: Played;
  try {
    played = await new Player({ baseUrl, scenario, ...(tokenSource && { tokenSource }), onProgress: (done, of, what) => progress.update(done, of, what) }).play();
  } finally {
    progress.stop();
  }
  printPlayed(played, scenario, print);
  const { expectations, commands, requests, clockMoves, milliseconds, record } = played;
  if (report) writeFileSync(report, `${JSON.stringify({ held: expectations.held, count: expectations.all.length, failed: expectations.failed.length, commands, requests, clockMoves, milliseconds, record, expectations: expectations.all }, undefined, 1)}\n`);
  return expectations.held ? 0 : 1;
}
