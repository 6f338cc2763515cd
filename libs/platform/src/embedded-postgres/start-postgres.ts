import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync, chownSync, closeSync, cpSync, existsSync, mkdirSync, openSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { freePort } from '../free-port';
import { findBinaries, type PostgresBinaries } from './binaries';
import { isProcessAlive, isSameProcess, processIdentity, type ProcessIdentity } from './process-identity';
import { canReach, runAs, serverAccount, throughClosedDirectories, type ServerAccount } from './server-account';

export interface StartPostgresOptions {
  /** Holds everything: cluster, password, log, socket. Made on first use. */
  dataDir: string;
  /** TCP port on 127.0.0.1; a free one when absent. */
  port?: number;
  /** Made when it does not exist. Default `postgres`. */
  database?: string;
  /** Server settings (`postgresql.conf` names). The defaults are durable: fsync and synchronous_commit on. */
  settings?: Record<string, string>;
  /** Gets one line per step of the server's life; the server's own log is `<dataDir>/postgres.log`. */
  log?: (line: string) => void;
  /** Limit for becoming ready; generous, because recovery after a crash takes its time. Default 120 000. */
  readyTimeoutMs?: number;
  /** Ends the wait for another try. */
  signal?: AbortSignal;
}

export interface RunningPostgres {
  url: string;
  port: number;
  /** Process id of the postmaster. */
  pid: number;
  /** Resolves when the server process has ended, for whatever reason. */
  exited: Promise<void>;
  /** Fast shutdown: open transactions are rolled back, everything committed is on disk. Safe to call twice. */
  stop(): Promise<void>;
  /** SIGKILL, for fault tests. */
  kill(): Promise<void>;
}

/** Another living process uses this data directory. */
export class DataDirInUse extends Error {
  constructor(dataDir: string, pid: number) {
    super(`data directory ${dataDir} is in use by process ${pid}`);
    this.name = 'DataDirInUse';
  }
}

const DEFAULT_SETTINGS: Record<string, string> = {
  fsync: 'on',
  synchronous_commit: 'on',
  shared_buffers: '128MB',
  max_connections: '100',
  max_wal_size: '1GB',
  timezone: 'UTC',
  log_timezone: 'UTC',
};
const STOP_FAST_TIMEOUT_MS = 30_000;
const LOG_SIZE_MAX_BYTES = 10_000_000;
const PORT_TRIES_MAX = 5;
/** sun_path holds 108 bytes on Linux and 104 on macOS, with the name `.s.PGSQL.65535` and a final zero. */
const SOCKET_DIR_LENGTH_MAX = 104 - '/.s.PGSQL.65535'.length - 1;
const USER = 'gridcase';

/** Starts a real PostgreSQL server as a child process and waits until it answers. */
export async function startPostgres(options: StartPostgresOptions): Promise<RunningPostgres> {
  const log = options.log ?? (() => undefined);
  const { dir, account } = prepareDataDir(options.dataDir, serverAccount());
  claim(dir);
  try {
    return await startClaimed(options, dir, account, log);
  } catch (error) {
    rmSync(dir.owner, { force: true });
    throw error;
  }
}

async function startClaimed(options: StartPostgresOptions, dir: DataDir, account: ServerAccount | undefined, log: (line: string) => void): Promise<RunningPostgres> {
  await stopOrphan(dir, log);
  freePidOfDead(dir, account);
  const existingMajor = existsSync(join(dir.cluster, 'PG_VERSION')) ? Number(readFileSync(join(dir.cluster, 'PG_VERSION'), 'utf8')) : undefined;
  const binaries = reachable(findBinaries(existingMajor), dir, account);
  const settings = { ...DEFAULT_SETTINGS, ...options.settings };
  if (existingMajor === undefined) {
    log(`creating a PostgreSQL ${binaries.major} cluster in ${dir.root}`);
    await createCluster(binaries, dir, account, settings['fsync'] === 'off');
  }
  const password = readFileSync(dir.password, 'utf8');
  const readyTimeoutMs = options.readyTimeoutMs ?? 120_000;
  const deadline = performance.now() + readyTimeoutMs;

  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort());
    const { server, logFrom } = launch(binaries, dir, account, { ...settings, port: String(port) });
    try {
      const url = (database: string) => `postgres://${USER}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
      await waitUntilReady(server, url('postgres'), readyTimeoutMs);
      const database = options.database ?? 'postgres';
      if (database !== 'postgres') await ensureDatabase(url('postgres'), database);
      log(`PostgreSQL ${binaries.major} is ready on 127.0.0.1:${port}, process ${server.pid}`);
      return handle(server, binaries, dir, account, { url: url(database), port }, log);
    } catch (error) {
      await endProcess(server.pid, 'SIGKILL', 5_000);
      const message = `${(error as Error).message}\n${logSince(dir, logFrom)}`;
      const portTaken = options.port === undefined && attempt < PORT_TRIES_MAX && /could not bind|Address already in use/i.test(message);
      // After a SIGKILL the old backends hold the shared memory for some moments more, a long statement of theirs until its end.
      const oldBackends = performance.now() < deadline && /pre-existing shared memory block/.test(message);
      if (!(portTaken || oldBackends)) throw new Error(`PostgreSQL did not start: ${message}`, { cause: error });
      if (oldBackends && attempt === 1) log('backends of the server that was killed still run: waiting for their end');
      await delay(Math.min(200 * attempt, 1_000), undefined, { signal: options.signal });
    }
  }
}

/**
 * True when the process that owned the server of this data directory is gone: left over by a SIGKILL.
 * `false` also for a directory that never held a server.
 */
export function isAbandoned(dataDir: string): boolean {
  const owner = readOwner(join(dataDir, 'owner.json'));
  return owner !== undefined && !isSameProcess(owner);
}

/** Stops a server that its owner left behind, if one still runs. @throws DataDirInUse when the owner lives. */
export async function stopAbandonedPostgres(dataDir: string, log: (line: string) => void = () => undefined): Promise<void> {
  const dir = layout(existsSync(dataDir) ? realpathSync(dataDir) : resolve(dataDir));
  const owner = readOwner(dir.owner);
  if (owner && isSameProcess(owner)) throw new DataDirInUse(dir.root, owner.pid);
  await stopOrphan(dir, log);
}

interface DataDir { root: string; cluster: string; password: string; owner: string; log: string; socketDir: string }

function layout(root: string): DataDir {
  return {
    root,
    cluster: join(root, 'cluster'),
    password: join(root, 'password'),
    owner: join(root, 'owner.json'),
    log: join(root, 'postgres.log'),
    // No socket where the path would not fit: TCP on loopback is enough.
    socketDir: process.platform === 'win32' || Buffer.byteLength(root) > SOCKET_DIR_LENGTH_MAX ? '' : root,
  };
}

function prepareDataDir(dataDir: string, preferred: ServerAccount | undefined): { dir: DataDir; account: ServerAccount | undefined } {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const root = realpathSync(dataDir);
  let account = preferred;
  if (account) {
    const { name } = account;
    account = canReach(account, root) ? account : throughClosedDirectories(account);
    if (!account) {
      throw new Error(`running as root, PostgreSQL runs as user ${name}, which may not enter the directories above ${root}: choose a data directory elsewhere, for example /var/lib/gridcase`);
    }
    chownSync(root, account.uid, account.gid);
  }
  return { dir: layout(root), account };
}

function readOwner(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined; // none, or torn by a crash of the machine
  }
}

/** One living process owns a data directory. The record of one that was killed gives way. */
function claim(dir: DataDir): void {
  const record = JSON.stringify(processIdentity(process.pid));
  for (let attempt = 1; ; attempt++) {
    try {
      writeFileSync(dir.owner, record, { mode: 0o600, flag: 'wx' });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt === 3) throw error;
      const owner = readOwner(dir.owner);
      if (owner && isSameProcess(owner)) throw new DataDirInUse(dir.root, owner.pid);
      rmSync(dir.owner, { force: true });
    }
  }
}

/** A server whose owner was killed is an orphan: it is stopped cleanly, so that ours starts with our settings as our child. */
async function stopOrphan(dir: DataDir, log: (line: string) => void): Promise<void> {
  const pid = readPidFile(dir)?.pid;
  // The number may belong to an innocent process since the machine was restarted: the server of another directory, too.
  if (!pid || !isProcessAlive(pid) || !processIdentity(pid).command.includes(process.platform === 'win32' ? 'postgres' : `-D ${dir.cluster} `)) return;
  log(`stopping the PostgreSQL server ${pid} that a killed process left behind`);
  await endProcess(pid, 'SIGINT', STOP_FAST_TIMEOUT_MS);
}

/**
 * PostgreSQL refuses to start while anybody has the number of the server that was killed: an innocent process since (in a container the numbers
 * are small and come again), or that server as a zombie that its new parent has not reaped yet. The number of the parent it takes for a dead one's,
 * and then still looks whether old backends hold the shared memory, which it would not if the file were removed.
 */
function freePidOfDead(dir: DataDir, account: ServerAccount | undefined): void {
  const known = readPidFile(dir);
  if (!known || process.platform === 'win32') return;
  const next = `${known.file}.new`;
  writeFileSync(next, [process.pid, ...known.rest].join('\n'), { mode: 0o600 });
  if (account) chownSync(next, account.uid, account.gid);
  renameSync(next, known.file);
}

function readPidFile(dir: DataDir): { file: string; pid: number; rest: string[] } | undefined {
  const file = join(dir.cluster, 'postmaster.pid');
  if (!existsSync(file)) return undefined;
  const [first, ...rest] = readFileSync(file, 'utf8').split('\n');
  const pid = Number(first);
  return Number.isInteger(pid) && pid > 0 ? { file, pid, rest } : undefined;
}

/** Binaries below a directory the account may not enter (say /root) are copied into the data directory. */
function reachable(binaries: PostgresBinaries, dir: DataDir, account: ServerAccount | undefined): PostgresBinaries {
  if (!account || account.via || canReach(account, binaries.postgres)) return binaries;
  if (!binaries.relocatableRoot) throw new Error(`user ${account.name} may not run ${binaries.postgres}`);
  const copy = join(dir.root, `postgresql-${binaries.major}`);
  if (!existsSync(copy)) {
    rmSync(`${copy}.new`, { recursive: true, force: true });
    cpSync(binaries.relocatableRoot, `${copy}.new`, { recursive: true, verbatimSymlinks: true });
    renameSync(`${copy}.new`, copy);
  }
  const moved = (path: string) => path.replace(binaries.relocatableRoot!, copy);
  return { ...binaries, postgres: moved(binaries.postgres), initdb: moved(binaries.initdb), pgCtl: moved(binaries.pgCtl), relocatableRoot: copy };
}

/** Built beside and renamed, so that a crash half way leaves no half cluster. */
async function createCluster(binaries: PostgresBinaries, dir: DataDir, account: ServerAccount | undefined, scratch: boolean): Promise<void> {
  const building = `${dir.cluster}.new`;
  rmSync(building, { recursive: true, force: true });
  writeFileSync(dir.password, randomBytes(24).toString('base64url'), { mode: 0o600 });
  if (account) chownSync(dir.password, account.uid, account.gid);
  // From 17 on the server brings its own C.UTF-8; before, and on machines that have it, it is the system's.
  const locale = binaries.major >= 17 ? ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : ['--locale=C.UTF-8'];
  await new Promise<void>((done, failed) => {
    const { command, args, credentials } = runAs(account, binaries.initdb,
      ['-D', building, '-U', USER, '-E', 'UTF8', ...locale, '-A', 'scram-sha-256', `--pwfile=${dir.password}`, ...(scratch ? ['--no-sync'] : [])]);
    execFile(
      command, args, { ...credentials, cwd: dir.root, env: serverEnvironment() },
      (error, stdout, stderr) => (error ? failed(new Error(`initdb failed: ${stderr || stdout || error.message}`)) : done()),
    );
  });
  renameSync(building, dir.cluster);
}

/** PG* variables of the caller must not reach the server's tools. */
function serverEnvironment(): NodeJS.ProcessEnv {
  const { PATH, SystemRoot, TMPDIR, TEMP } = process.env;
  return { PATH, SystemRoot, TMPDIR, TEMP, LC_ALL: 'C' };
}

function launch(binaries: PostgresBinaries, dir: DataDir, account: ServerAccount | undefined, settings: Record<string, string>): { server: ChildProcess & { pid: number }; logFrom: number } {
  if (existsSync(dir.log) && statSync(dir.log).size > LOG_SIZE_MAX_BYTES) renameSync(dir.log, `${dir.log}.1`);
  // The log is a file and no pipe: it must outlive a killed parent.
  const logFile = openSync(dir.log, 'a', 0o600);
  const logFrom = statSync(dir.log).size;
  const fixed: Record<string, string> = { listen_addresses: '127.0.0.1', unix_socket_directories: dir.socketDir };
  const args = Object.entries({ ...settings, ...fixed }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = runAs(account, binaries.postgres, ['-D', dir.cluster, ...args]);
  const child = spawn(server.command, server.args, {
    ...server.credentials,
    cwd: dir.root,
    env: serverEnvironment(),
    stdio: ['ignore', logFile, logFile],
    // Its own process group: Ctrl-C reaches us first, and we stop it after our own connections are drained.
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  closeSync(logFile);
  child.on('error', () => undefined); // shows as a missing pid or an exit below
  if (child.pid === undefined) throw new Error(`cannot run ${binaries.postgres}`);
  return { server: child as ChildProcess & { pid: number }, logFrom };
}

async function waitUntilReady(server: ChildProcess, url: string, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  while (performance.now() < deadline) {
    if (server.exitCode !== null || server.signalCode !== null) throw new Error(`the server ended with ${server.signalCode ?? `code ${server.exitCode}`}`);
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000, application_name: 'gridcase-start' });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('select 1');
      return;
    } catch (error) {
      last = error;
    } finally {
      await client.end().catch(() => undefined);
    }
    await delay(25);
  }
  throw new Error(`not ready within ${timeoutMs} ms: ${(last as Error | undefined)?.message ?? 'no answer'}`);
}

async function ensureDatabase(adminUrl: string, database: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl, application_name: 'gridcase-start' });
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [database]);
    if (!rowCount) await client.query(`create database "${database.replaceAll('"', '""')}"`);
  } finally {
    await client.end();
  }
}

function handle(
  server: ChildProcess & { pid: number }, binaries: PostgresBinaries, dir: DataDir, account: ServerAccount | undefined,
  at: { url: string; port: number }, log: (line: string) => void,
): RunningPostgres {
  const exited = new Promise<void>((done) => {
    if (server.exitCode !== null || server.signalCode !== null) done();
    else server.once('exit', () => done());
  });
  const isRunning = () => server.exitCode === null && server.signalCode === null;
  let stopping: Promise<void> | undefined;
  const stop = () =>
    (stopping ??= (async () => {
      if (isRunning()) {
        if (process.platform === 'win32') await pgCtlStop(binaries, dir);
        else await endProcess(server.pid, 'SIGINT', STOP_FAST_TIMEOUT_MS);
      }
      await exited;
      log('PostgreSQL has stopped');
    })());

  // With no handler of the application beside ours we stop the server and then end as the signal would have.
  const signalled = (signal: NodeJS.Signals) => {
    if (process.listenerCount(signal) > 1) return;
    void stop().finally(() => {
      release();
      process.kill(process.pid, signal);
    });
  };
  const parentExits = () => {
    if (isRunning()) server.kill('SIGINT');
  };
  const release = () => {
    process.off('SIGINT', signalled).off('SIGTERM', signalled).off('exit', parentExits);
  };
  process.on('SIGINT', signalled).on('SIGTERM', signalled).on('exit', parentExits);
  void exited.then(() => {
    release();
    rmSync(dir.owner, { force: true });
  });

  return {
    ...at,
    pid: server.pid,
    exited,
    stop,
    kill: async () => {
      if (isRunning()) server.kill('SIGKILL');
      await exited;
    },
  };
}

function pgCtlStop(binaries: PostgresBinaries, dir: DataDir): Promise<void> {
  return new Promise((done, failed) => {
    execFile(binaries.pgCtl, ['stop', '-D', dir.cluster, '-m', 'fast', '-w'], (error) => (error ? failed(error) : done()));
  });
}

/** Asks with the given signal, then insists with SIGQUIT (immediate shutdown) and SIGKILL. */
async function endProcess(pid: number, first: NodeJS.Signals, timeoutMs: number): Promise<void> {
  for (const [signal, limitMs] of [[first, timeoutMs], ['SIGQUIT', 5_000], ['SIGKILL', 5_000]] as const) {
    try {
      process.kill(pid, signal);
    } catch {
      return; // gone
    }
    const deadline = performance.now() + limitMs;
    while (performance.now() < deadline) {
      if (!isProcessAlive(pid)) return;
      await delay(20);
    }
  }
  throw new Error(`process ${pid} does not end`);
}

/** The last lines of what the server said behind this byte of its log. */
function logSince(dir: DataDir, from: number): string {
  chmodSync(dir.log, 0o600);
  return readFileSync(dir.log).subarray(from).toString('utf8').split('\n').slice(-12).join('\n');
}
