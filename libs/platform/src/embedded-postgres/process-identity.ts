import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process id alone is used again by the system; with its start it names one process. */
export interface ProcessIdentity { pid: number; startedAt: string; command: string }

export function processIdentity(pid: number): ProcessIdentity {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // Field 22, counted behind the command name, which may itself hold blanks and brackets.
      const startedAt = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
      return { pid, startedAt, command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() };
    }
    if (process.platform === 'win32') {
      const line = execFileSync('tasklist', ['/FI', `PID eq ${pid}`, '/FO', 'CSV', '/NH'], { encoding: 'utf8' });
      return { pid, startedAt: '', command: line.split(',')[0] ?? '' };
    }
    const ps = (column: string) => execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    return { pid, startedAt: ps('lstart'), command: ps('args') };
  } catch {
    return { pid, startedAt: '', command: '' };
  }
}

export function isSameProcess(known: ProcessIdentity): boolean {
  return isProcessAlive(known.pid) && processIdentity(known.pid).startedAt === known.startedAt;
}

/** A zombie (ended, not yet reaped by its parent) counts as ended. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  if (process.platform !== 'linux') return true;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat[stat.lastIndexOf(')') + 2] !== 'Z';
  } catch {
    return false;
  }
}
