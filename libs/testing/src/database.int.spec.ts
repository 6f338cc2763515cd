import { Client } from 'pg';
import { testDatabase } from './database';
import { FakeClock } from './fake-clock';
import { waitUntil } from './wait-until';

describe('testDatabase', () => {
  it('gives each caller an empty database of its own, and drops it', async () => {
    const [one, two] = await Promise.all([testDatabase(), testDatabase()]);
    await one.pool.query(`create table ${one.schema}.mine (n int)`);
    expect((await two.pool.query(`select to_regclass($1) as found`, [`${two.schema}.mine`])).rows).toEqual([{ found: null }]);
    await two.drop();
    await one.drop();
    await expect(new Client({ connectionString: one.url }).connect()).rejects.toThrow(/does not exist/);
  });

  it('fails when a client is not released', async () => {
    const db = await testDatabase();
    const client = await db.pool.connect();
    client.on('error', () => undefined);
    await expect(db.drop()).rejects.toThrow('1 client(s) of the test pool were never released');
    client.release(true);
  });

  it('fails when a connection of the code under test stays open', async () => {
    const db = await testDatabase();
    const stray = new Client({ connectionString: db.url, application_name: 'stray' });
    stray.on('error', () => undefined);
    await stray.connect();
    await expect(db.drop()).rejects.toThrow(/1 connection\(s\) .* never closed:\n {2}stray/);
    await stray.end().catch(() => undefined);
  });
});

it('waitUntil returns what it waited for, and gives up with the reason', async () => {
  let calls = 0;
  expect(await waitUntil(() => (++calls === 3 ? 'there' : ''), { timeoutMs: 1_000, pollIntervalMs: 1 })).toBe('there');
  await expect(waitUntil(() => false, { timeoutMs: 20, what: 'the board' })).rejects.toThrow('the board did not hold within 20 ms');
  const failure = await waitUntil(() => { throw new Error('still down'); }, { timeoutMs: 20 }).catch((error: Error) => error);
  expect((failure as Error).cause).toEqual(new Error('still down'));
});

it('FakeClock moves by minutes, hours and days', () => {
  const clock = new FakeClock('2025-09-29T00:00:00.000Z');
  clock.advanceDays(1);
  clock.advanceHours(1);
  clock.advanceMinutes(1);
  expect(clock.now()).toBe('2025-09-30T01:01:00.000Z');
});
