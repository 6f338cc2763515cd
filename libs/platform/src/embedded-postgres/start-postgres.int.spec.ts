import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '@gridcase/testing';
import { transformFileSync } from '@swc/core';
import { Client } from 'pg';
import { DataDirInUse, isAbandoned, startPostgres } from './start-postgres';
import { isProcessAlive, processIdentity } from './process-identity';
import { runAs, serverAccount, throughClosedDirectories } from './server-account';

const WAIT = { timeoutMs: 30_000 };

const query = async (url: string, sql: string): Promise<any[]> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
};

/** A node process of its own that starts a server and knows of no signals. */
async function startInOwnProcess(dataDir: string): Promise<{ url: string; postgres: number; end(signal: NodeJS.Signals): Promise<NodeJS.Signals | null> }> {
  const program = mkdtempSync(join(tmpdir(), 'gridcase-pg-parent-'));
  mkdirSync(join(program, 'embedded-postgres'));
  for (const file of ['free-port', ...['start-postgres', 'binaries', 'process-identity', 'server-account'].map((name) => `embedded-postgres/${name}`)]) {
    const { code } = transformFileSync(join(__dirname, `../${file}.ts`), { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } });
    writeFileSync(join(program, `${file}.js`), code);
  }
  writeFileSync(
    join(program, 'main.js'),
    `require('./embedded-postgres/start-postgres').startPostgres({ dataDir: process.argv[2], settings: { fsync: 'off' } }).then(({ url, pid }) => console.log(JSON.stringify({ url, pid })));
     setInterval(() => undefined, 1000);`,
  );
  const child = spawn(process.execPath, [join(program, 'main.js'), dataDir], {
    env: { ...process.env, NODE_PATH: join(dirname(require.resolve('pg/package.json')), '..') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise<NodeJS.Signals | null>((done) => child.once('exit', (_code, signal) => done(signal)));
  const line = await Promise.race([
    new Promise<string>((done) => child.stdout.once('data', (data: Buffer) => done(data.toString()))),
    exited.then(() => Promise.reject(new Error('the parent process ended before its server was ready'))),
  ]);
  rmSync(program, { recursive: true, force: true });
  const { url, pid } = JSON.parse(line) as { url: string; pid: number };
  return { url, postgres: pid, end: (signal) => { child.kill(signal); return exited; } };
}

/** In the file that a server leaves behind when it is killed. */
function givePid(dataDir: string, pid: number): void {
  const file = join(dataDir, 'cluster/postmaster.pid');
  writeFileSync(file, [pid, ...readFileSync(file, 'utf8').split('\n').slice(1)].join('\n'));
}

describe('startPostgres', () => {
  let dataDir: string;
  beforeEach(() => (dataDir = mkdtempSync(join(tmpdir(), 'gridcase-pg-'))));
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));
  const settings = { fsync: 'off' };

  it('keeps what was committed over a clean stop and over a SIGKILL of the server', async () => {
    const first = await startPostgres({ dataDir, settings, database: 'grid' });
    await query(first.url, 'create table kept (n int); insert into kept values (1)');
    await first.stop();
    expect(isProcessAlive(first.pid)).toBe(false);

    const second = await startPostgres({ dataDir, settings, database: 'grid' });
    await query(second.url, 'insert into kept values (2)');
    await second.kill();

    const third = await startPostgres({ dataDir, settings, database: 'grid' });
    expect(await query(third.url, 'select n from kept order by n')).toEqual([{ n: 1 }, { n: 2 }]);
    await third.stop();
    await third.stop();
  });

  it('is durable, UTF-8 and UTC unless told otherwise, and refuses a wrong password', async () => {
    const server = await startPostgres({ dataDir });
    const [row] = await query(
      server.url,
      `select current_setting('fsync') fsync, current_setting('synchronous_commit') sync, current_setting('server_encoding') enc,
              current_setting('timezone') tz, current_setting('listen_addresses') listen, lower('ÄÖ') low`,
    );
    expect(row).toEqual({ fsync: 'on', sync: 'on', enc: 'UTF8', tz: 'UTC', listen: '127.0.0.1', low: 'äö' });
    await expect(query(server.url.replace(/:[^:@/]+@/, ':wrong@'), 'select 1')).rejects.toThrow(/password/);
    await server.stop();
  });

  it('refuses a second server on the same directory while the first one lives', async () => {
    const server = await startPostgres({ dataDir, settings });
    await expect(startPostgres({ dataDir, settings })).rejects.toThrow(DataDirInUse);
    expect(await query(server.url, 'select 1 one')).toEqual([{ one: 1 }]);
    await server.stop();
  });

  it('gives the directory to one of several that start at once', async () => {
    const starts = await Promise.allSettled([1, 2, 3].map(() => startPostgres({ dataDir, settings })));
    const started = starts.filter((one) => one.status === 'fulfilled').map((one) => one.value);
    expect(started).toHaveLength(1);
    for (const one of starts) if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(DataDirInUse);
    expect(await query(started[0]!.url, 'select 1 one')).toEqual([{ one: 1 }]);
    await started[0]!.stop();
  });

  it('copes with the orphan after a SIGKILL of the parent: stops it and starts anew on the same data', async () => {
    const parent = await startInOwnProcess(dataDir);
    await query(parent.url, 'create table kept (n int); insert into kept values (7)');
    expect(isAbandoned(dataDir)).toBe(false);
    await expect(startPostgres({ dataDir, settings })).rejects.toThrow(DataDirInUse);

    await parent.end('SIGKILL');
    expect(isProcessAlive(parent.postgres)).toBe(true);
    expect(isAbandoned(dataDir)).toBe(true);
    const lines: string[] = [];
    const next = await startPostgres({ dataDir, settings, log: (line) => lines.push(line) });
    expect(lines.join('\n')).toContain(`server ${parent.postgres} that a killed process left behind`);
    expect(isProcessAlive(parent.postgres)).toBe(false);
    expect(await query(next.url, 'select n from kept')).toEqual([{ n: 7 }]);
    await next.stop();
  });

  it('leaves the server of another directory alone, should it have the number of the one that was killed', async () => {
    const other = await startPostgres({ dataDir: join(dataDir, 'other'), settings });
    const killed = await startPostgres({ dataDir: join(dataDir, 'killed'), settings });
    await killed.kill();
    givePid(join(dataDir, 'killed'), other.pid);
    const next = await startPostgres({ dataDir: join(dataDir, 'killed'), settings });
    for (const { url } of [other, next]) expect(await query(url, 'select 1 one')).toEqual([{ one: 1 }]);
    await Promise.all([other.stop(), next.stop()]);
  });

  it.each(['an innocent process', 'a zombie'])('starts though the number of the server that was killed belongs to %s', async (whose) => {
    const killed = await startPostgres({ dataDir, settings });
    await query(killed.url, 'create table kept (n int); insert into kept values (7)');
    await killed.kill();
    // Of the server's account: PostgreSQL takes no notice of processes that it may not signal.
    const { command, args, credentials } = runAs(serverAccount(), '/bin/sh', ['-c', 'sleep 60 & echo $!; exec sleep 61']);
    const parent = spawn(command, args, { ...credentials, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
    try {
      const pid = Number(await new Promise<string>((done) => parent.stdout!.once('data', (data: Buffer) => done(data.toString()))));
      if (whose === 'a zombie') {
        // The shell would reap it; what takes its place does not.
        await waitUntil(() => processIdentity(parent.pid!).command === 'sleep 61', WAIT);
        process.kill(pid, 'SIGKILL');
        await waitUntil(() => process.platform !== 'linux' || !isProcessAlive(pid), WAIT);
      }
      givePid(dataDir, pid);
      const next = await startPostgres({ dataDir, settings });
      expect(() => process.kill(pid, 0)).not.toThrow();
      expect(await query(next.url, 'select n from kept')).toEqual([{ n: 7 }]);
      await next.stop();
    } finally {
      process.kill(-parent.pid!, 'SIGKILL');
    }
  });

  it('waits until the backends of a server that was killed have ended, a long statement too', async () => {
    const killed = await startPostgres({ dataDir, settings });
    const client = new Client({ connectionString: killed.url });
    client.on('error', () => undefined);
    await client.connect();
    const { rows: [{ pid }] } = await client.query('select pg_backend_pid() pid');
    process.kill(pid, 'SIGSTOP'); // as one that does not look up from its work
    await killed.kill();
    const goesOn = delay(3_000).then(() => process.kill(pid, 'SIGCONT'));
    const lines: string[] = [];
    const next = await startPostgres({ dataDir, settings, log: (line) => lines.push(line) });
    await goesOn;
    expect(lines).toContain('backends of the server that was killed still run: waiting for their end');
    expect(await query(next.url, 'select 1 one')).toEqual([{ one: 1 }]);
    await next.stop();
    await client.end().catch(() => undefined);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends with its parent on %s', async (signal) => {
    const parent = await startInOwnProcess(dataDir);
    expect(await parent.end(signal)).toBe(signal);
    expect(isProcessAlive(parent.postgres)).toBe(false);
    expect(isAbandoned(dataDir)).toBe(false);
  });

  it('runs below a directory that only its owner may enter, also as root, where the server has an account of its own', async () => {
    const closed = join(dataDir, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    const account = serverAccount();
    // Without setpriv, or without the capability (a container may lack it), root gets the hint.
    if (account && !throughClosedDirectories(account)) {
      await expect(startPostgres({ dataDir: join(closed, 'data'), settings })).rejects.toThrow(/choose a data directory elsewhere/);
      return;
    }
    for (let start = 1; start <= 2; start++) {
      const server = await startPostgres({ dataDir: join(closed, 'data'), settings });
      await query(server.url, 'create table if not exists kept (n int); insert into kept values (1)');
      expect(await query(server.url, 'select count(*)::int n from kept')).toEqual([{ n: start }]);
      await server.stop();
      expect(isProcessAlive(server.pid)).toBe(false);
    }
  });

  it('says why when the server cannot start', async () => {
    await expect(startPostgres({ dataDir, settings: { shared_buffers: 'plenty' } })).rejects.toThrow(/shared_buffers/);
  });
});
