import { readFileSync } from 'node:fs';

/** What Linux says of a process: most memory it ever had resident, in MiB. */
export function peakMemoryMiB(pid: number): number {
  const peak = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (!peak) throw new Error(`process ${pid} has no VmHWM`);
  return Math.round(Number(peak) / 1_024);
}
