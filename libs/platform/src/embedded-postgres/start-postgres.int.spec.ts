import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { DataDirInUse, isAbandoned, startPostgres } from './start-postgres';
import { isProcessAlive, processIdentity } from './process-identity';

const query = async (url: string, sql: string): Promise<any[]> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
};

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

  it('stops the orphan of a killed parent and starts anew on the same data', async () => {
    // `sleep` lives while it owns the directory; then the record says what a SIGKILL of the parent leaves behind.
    const parent = spawn('sleep', ['60']);
    const server = await startPostgres({ dataDir, settings });
    await query(server.url, 'create table kept (n int); insert into kept values (7)');
    writeFileSync(join(dataDir, 'owner.json'), JSON.stringify(processIdentity(parent.pid!)));
    await expect(startPostgres({ dataDir, settings })).rejects.toThrow(DataDirInUse);
    expect(isAbandoned(dataDir)).toBe(false);

    const parentGone = new Promise((done) => parent.once('exit', done));
    parent.kill('SIGKILL');
    await parentGone;
    expect(isAbandoned(dataDir)).toBe(true);
    const lines: string[] = [];
    const next = await startPostgres({ dataDir, settings, log: (line) => lines.push(line) });
    expect(isProcessAlive(server.pid)).toBe(false);
    expect(lines.join('\n')).toContain(`left behind`);
    expect(await query(next.url, 'select n from kept')).toEqual([{ n: 7 }]);
    await next.stop();
  });

  it('says why when the server cannot start', async () => {
    await expect(startPostgres({ dataDir, settings: { shared_buffers: 'plenty' } })).rejects.toThrow(/shared_buffers/);
  });
});
