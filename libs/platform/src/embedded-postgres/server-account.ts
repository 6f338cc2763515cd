import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';

export interface ServerAccount {
  name: string;
  uid: number;
  gid: number;
  /** Command and arguments that run a program as this account with the right to pass through any directory. */
  via?: readonly [string, ...string[]];
}

/** PostgreSQL refuses to run as root: as root we start it as `postgres`, else `nobody`. Undefined = as ourselves. */
export function serverAccount(): ServerAccount | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const uid = idOf('-u', name);
    const gid = idOf('-g', name);
    if (uid && gid) return { name, uid, gid };
  }
  throw new Error('running as root, and there is neither a user "postgres" nor "nobody" to run PostgreSQL as');
}

function idOf(flag: '-u' | '-g', name: string): number | undefined {
  try {
    return Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return undefined;
  }
}

/** True when the account may pass through every directory above `path` (for example not below /root). */
export function canReach(account: ServerAccount, path: string): boolean {
  for (let dir = dirname(path); ; dir = dirname(dir)) {
    const { mode, uid, gid } = statSync(dir);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if (!(mode & bit)) return false;
    if (dir === dirname(dir)) return true;
  }
}

/**
 * The account with leave to enter and read (never to write) what lies below directories closed to it, such as /root: setpriv of util-linux keeps
 * this one capability over the change of the user. Undefined where there is no setpriv, or we do not hold the capability ourselves.
 */
export function throughClosedDirectories(account: ServerAccount): ServerAccount | undefined {
  if (process.platform !== 'linux') return undefined;
  const via = ['setpriv', `--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups', '--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search'] as const;
  const [command, ...args] = via;
  try {
    execFileSync(command, [...args, 'true'], { stdio: 'ignore' });
    return { ...account, via };
  } catch {
    return undefined;
  }
}

/** How a program is run as the account; absent = as ourselves. */
export function runAs(account: ServerAccount | undefined, program: string, args: readonly string[]): { command: string; args: string[]; credentials: { uid?: number; gid?: number } } {
  if (!account) return { command: program, args: [...args], credentials: {} };
  if (!account.via) return { command: program, args: [...args], credentials: { uid: account.uid, gid: account.gid } };
  const [command, ...before] = account.via;
  return { command, args: [...before, program, ...args], credentials: {} };
}
