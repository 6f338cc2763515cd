import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isSameProcess, processIdentity, type ProcessIdentity } from '@gridcase/platform';

const fileIn = (dataDir: string): string => join(dataDir, 'processes.json');
const POLL_MS = 100;
const END_TIMEOUT_MS = 10_000;

/** So that a later start on the same folder finds what a runner left behind that was killed. */
export const noteProcesses = (dataDir: string, pids: readonly number[]): void => writeFileSync(fileIn(dataDir), JSON.stringify(pids.map(processIdentity)));

/** Ends them: they would answer calls and fire clocks beside the new ones. */
export async function endLeftOver(dataDir: string): Promise<void> {
  if (!existsSync(fileIn(dataDir))) return;
  const left = (JSON.parse(readFileSync(fileIn(dataDir), 'utf8')) as ProcessIdentity[]).filter(isSameProcess);
  for (const { pid } of left) process.kill(pid, 'SIGTERM');
  for (let waitedMs = 0; left.some(isSameProcess); waitedMs += POLL_MS) {
    if (waitedMs === END_TIMEOUT_MS) for (const { pid } of left.filter(isSameProcess)) process.kill(pid, 'SIGKILL');
    if (waitedMs > 2 * END_TIMEOUT_MS) throw new Error(`processes of an earlier start do not end: ${left.map(({ pid }) => pid).join(', ')}`);
    await delay(POLL_MS);
  }
}
