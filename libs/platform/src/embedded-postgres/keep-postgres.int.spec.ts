import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from '@gridcase/testing';
import { Client } from 'pg';
import { keepPostgres } from './keep-postgres';
import { isProcessAlive } from './process-identity';

const settings = { fsync: 'off' };
const WAIT = { timeoutMs: 30_000 };

describe('keepPostgres', () => {
  let dataDir: string;
  let stopping: AbortController;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'gridcase-kept-'));
    stopping = new AbortController();
  });
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));
  const postmaster = () => Number(readFileSync(join(dataDir, 'cluster/postmaster.pid'), 'utf8').split('\n')[0]);
  const query = async (url: string, sql: string): Promise<unknown[]> => {
    const client = new Client({ connectionString: url });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return (await client.query(sql)).rows as unknown[];
    } finally {
      await client.end().catch(() => undefined);
    }
  };

  it('killed, again and again, it comes back at the same address with what was committed', async () => {
    let ended = 0;
    let starts = 0;
    const kept = await keepPostgres({ dataDir, settings, signal: stopping.signal, onEnded: () => ended++, log: (line) => { if (line.includes('is ready')) starts++; } });
    await query(kept.url, 'create table kept (n int)');
    for (let kill = 1; kill <= 2; kill++) {
      await query(kept.url, `insert into kept values (${kill})`);
      process.kill(postmaster(), 'SIGKILL');
      await waitUntil(() => starts === kill + 1, WAIT);
    }
    expect(await query(kept.url, 'select n from kept order by n')).toEqual([{ n: 1 }, { n: 2 }]);
    const pid = postmaster();
    stopping.abort();
    await kept.stop();
    await kept.stop();
    expect(isProcessAlive(pid)).toBe(false);
    expect(ended).toBe(2);
  });

  it('one that ends while everything is being stopped stays ended', async () => {
    const kept = await keepPostgres({ dataDir, settings, signal: stopping.signal, onEnded: () => { throw new Error('started again'); } });
    stopping.abort();
    process.kill(postmaster(), 'SIGKILL');
    await kept.stop();
    await expect(query(kept.url, 'select 1')).rejects.toThrow(/ECONNREFUSED/);
  });

  it('asked to stop while it is being started again, it ends', async () => {
    let ended = false;
    const kept = await keepPostgres({ dataDir, settings, signal: stopping.signal, onEnded: () => { ended = true; } });
    process.kill(postmaster(), 'SIGKILL');
    await waitUntil(() => ended, WAIT);
    stopping.abort();
    await kept.stop();
    await expect(query(kept.url, 'select 1')).rejects.toThrow(/ECONNREFUSED/);
  });

  it('asked to stop while it waits for the backends of the one that was killed, it ends at once and tells nothing', async () => {
    const lines: string[] = [];
    let told = false;
    const kept = await keepPostgres({ dataDir, settings, signal: stopping.signal, log: (line) => lines.push(line) });
    void kept.lost.then(() => { told = true; });
    const client = new Client({ connectionString: kept.url });
    client.on('error', () => undefined);
    await client.connect();
    const { rows: [{ pid }] } = await client.query('select pg_backend_pid() pid');
    process.kill(pid, 'SIGSTOP');
    try {
      process.kill(postmaster(), 'SIGKILL');
      await waitUntil(() => lines.some((line) => line.startsWith('backends of the server that was killed')), WAIT);
      stopping.abort();
      await kept.stop();
      expect(told).toBe(false);
    } finally {
      process.kill(pid, 'SIGCONT');
      await client.end().catch(() => undefined);
    }
  });

  it('gives up one that ends soon after every start', async () => {
    let starts = 0;
    const kept = await keepPostgres({ dataDir, settings, signal: stopping.signal, shortLifeMs: 600_000, log: (line) => { if (line.includes('is ready')) starts++; } });
    for (let life = 1; life <= 5; life++) {
      await waitUntil(() => starts === life, WAIT);
      process.kill(postmaster(), 'SIGKILL');
    }
    await expect(kept.lost).resolves.toMatchObject({ message: 'PostgreSQL ended 5 times in a row within 600 s of its start' });
    await kept.stop();
  }, 60_000);

  it('tells when it cannot be started again, and why', async () => {
    const kept = await keepPostgres({ dataDir, settings, signal: stopping.signal });
    appendFileSync(join(dataDir, 'cluster/postgresql.conf'), '\nnonsense = on\n');
    process.kill(postmaster(), 'SIGKILL');
    await expect(kept.lost).resolves.toMatchObject({ message: expect.stringMatching(/did not start:[^]*nonsense/) });
    await kept.stop();
  });
});
