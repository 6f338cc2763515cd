import { testDatabase, type TestDatabase } from '@gridcase/testing';
import { createPool, inTransaction, migrate, MigrationChanged, SchemaTooNew, type Migration } from '.';

const first: Migration = { version: 1, name: 'cases', up: 'create table cases (id text primary key); insert into cases values (gen_random_uuid()::text)' };
const second: Migration = { version: 2, name: 'light', up: `alter table cases add column light text not null default 'green'` };
const third: Migration = { version: 3, name: 'fill', up: async (client) => void (await client.query(`update cases set light = $1`, ['red'])) };

let db: TestDatabase;
beforeEach(async () => (db = await testDatabase()));
afterEach(() => db.drop());

describe('migrate', () => {
  it('applies what is missing, in order, and nothing twice', async () => {
    expect(await migrate(db.pool, 'grid', [first])).toEqual({ from: 0, to: 1 });
    expect(await migrate(db.pool, 'grid', [first, second, third])).toEqual({ from: 1, to: 3 });
    expect(await migrate(db.pool, 'grid', [first, second, third])).toEqual({ from: 3, to: 3 });
    expect((await db.pool.query('select light from grid.cases')).rows).toEqual([{ light: 'red' }]);
    expect((await db.pool.query(`select current_setting('search_path') path`)).rows[0].path).not.toContain('grid');
  });

  it('20 concurrent installs do the work once', async () => {
    const pools = Array.from({ length: 20 }, (_, index) => createPool({ url: db.url, applicationName: `install-${index}`, max: 1 }));
    try {
      const results = await Promise.all(pools.map((pool) => migrate(pool, 'grid', [first, second, third])));
      expect(results.filter((result) => result.from === 0)).toHaveLength(1);
      expect(results.filter((result) => result.from === 3)).toHaveLength(19);
      expect((await db.pool.query('select light from grid.cases')).rows).toEqual([{ light: 'red' }]);
      expect((await db.pool.query('select timestamp::int as version from grid.schema_migrations order by 1')).rows).toEqual([{ version: 1 }, { version: 2 }, { version: 3 }]);
    } finally {
      await Promise.all(pools.map((pool) => pool.end()));
    }
  });

  it('leaves nothing behind when one fails, and names it', async () => {
    const broken: Migration = { version: 2, name: 'broken', up: 'create table half (n int); select no_such_function()' };
    await expect(migrate(db.pool, 'grid', [first, broken])).rejects.toThrow(/migration 2 \(broken\) of schema grid failed: .*no_such_function/);
    expect((await db.pool.query(`select to_regclass('grid.cases') found`)).rows).toEqual([{ found: null }]);
    expect(await migrate(db.pool, 'grid', [first])).toEqual({ from: 0, to: 1 });
  });

  it('refuses a newer schema, a changed migration and a gap in the numbers', async () => {
    await migrate(db.pool, 'grid', [first, second]);
    await expect(migrate(db.pool, 'grid', [first])).rejects.toThrow(SchemaTooNew);
    await expect(migrate(db.pool, 'grid', [{ ...first, up: `${first.up as string} -- and more` }, second])).rejects.toThrow(MigrationChanged);
    await expect(migrate(db.pool, 'grid', [{ ...first, name: 'files' }, second])).rejects.toThrow(MigrationChanged);
    await expect(migrate(db.pool, 'grid', [first, third])).rejects.toThrow('has number 3, expected 2');
    expect((await db.pool.query('select count(*)::int as cases from grid.cases')).rows).toEqual([{ cases: 1 }]);
  });

  it('keeps two schemas of one database apart', async () => {
    await Promise.all([migrate(db.pool, 'intake', [first]), migrate(db.pool, 'dispatch', [first, second])]);
    expect((await db.pool.query(`select (select count(*) from intake.schema_migrations)::int a, (select count(*) from dispatch.schema_migrations)::int b`)).rows).toEqual([{ a: 1, b: 2 }]);
  });
});

describe('createPool and inTransaction', () => {
  it('sets every limit it names on the server side', async () => {
    const pool = createPool({ url: db.url, applicationName: 'dispatch.board', max: 2, statementTimeoutMs: 50, lockTimeoutMs: 40, idleInTransactionTimeoutMs: 70_000 });
    try {
      const { rows } = await pool.query(`select current_setting('application_name') app, current_setting('lock_timeout') lock, current_setting('idle_in_transaction_session_timeout') idle`);
      expect(rows).toEqual([{ app: 'dispatch.board', lock: '40ms', idle: '70s' }]);
      await expect(pool.query('select pg_sleep(5)')).rejects.toThrow(/statement timeout/);
    } finally {
      await pool.end();
    }
    expect(() => createPool({ url: db.url, applicationName: 'x', max: 0 })).toThrow(RangeError);
  });

  it('commits what returns and rolls back what throws', async () => {
    await db.pool.query('create table kept (n int)');
    expect(await inTransaction(db.pool, async (client) => (await client.query('insert into kept values (1) returning n')).rows)).toEqual([{ n: 1 }]);
    await expect(inTransaction(db.pool, async (client) => { await client.query('insert into kept values (2)'); throw new Error('no'); })).rejects.toThrow('no');
    expect((await db.pool.query('select n from kept')).rows).toEqual([{ n: 1 }]);
  });

  it('survives a connection that is cut in the middle', async () => {
    await expect(
      inTransaction(db.pool, async (client) => {
        const { pid } = (await client.query<{ pid: number }>('select pg_backend_pid() pid')).rows[0]!;
        await db.pool.query('select pg_terminate_backend($1)', [pid]);
        await client.query('select 1');
      }),
    ).rejects.toThrow();
    expect((await db.pool.query('select 1 one')).rows).toEqual([{ one: 1 }]);
  });
});
