/** What only the PostgreSQL adapter can show. @rule X18 */
import { Client, type Pool, type PoolClient } from 'pg';
import { testDatabase, waitUntil, type TestDatabase } from '@gridcase/testing';
import { anEvent, events, follow, readEverything } from '../event-store.contract';
import { GENESIS_HASH, chainEvents } from '../hash-chain';
import { NO_STREAM, OutcomeUnknown, StoreOverloaded, type EventStore, type ExpectedHead } from '../port';
import { SchemaTooNew, grantAppender, migrateEventStore } from './migrations';
import { createPostgresEventStore } from './postgres-event-store';

let db: TestDatabase;
let store: EventStore;
beforeEach(async () => {
  db = await testDatabase();
  store = await createPostgresEventStore({ pool: db.pool });
});
afterEach(async () => {
  await store.close();
  await db.drop();
});

const connect = async (): Promise<Client> => {
  const client = new Client({ connectionString: db.url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
};
/** An append as another process would make it, on a connection whose transaction the test holds open. */
const appendBySql = (client: Client, stream: string) => {
  const [chained] = chainEvents(stream, NO_STREAM, events(1));
  const bytes = (hex: string) => [Buffer.from(hex, 'hex')];
  return client.query(`select * from event_store.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`, [
    [stream], [-1], bytes(GENESIS_HASH), [1], [stream], [0], [chained!.event.id], [chained!.event.type], [1], [chained!.dataText], [chained!.metadataText], bytes(chained!.hash), bytes(chained!.previousHash),
  ]);
};

describe('immutability', () => {
  it.each([
    `update event_store.events set type = 'Other'`, 'delete from event_store.events', 'truncate event_store.events', 'truncate event_store.events cascade',
    `set session_replication_role = replica; delete from event_store.events`, `update event_store.events set type = 'Other' where false`,
  ])('refused even for the owner: %s', async (sql) => {
    await store.append('case-1', NO_STREAM, events(2));
    const client = await connect();
    await expect(client.query(sql)).rejects.toMatchObject({ code: '42501', message: expect.stringContaining('append-only') });
    await client.end();
    expect(await store.readStream('case-1')).toHaveLength(2);
  });

  it('an appender may append and read, and nothing else', async () => {
    const role = `appender_${db.url.slice(-8)}`;
    await db.pool.query(`create role ${role}`);
    await grantAppender(db.pool, 'event_store', role);
    const client = await connect();
    try {
      await client.query(`set role ${role}`);
      expect((await appendBySql(client, 'case-1')).rows).toMatchObject([{ outcome: 'appended', head_revision: 0 }]);
      expect((await client.query('select count(*) as n from event_store.events')).rows).toEqual([{ n: '1' }]);
      for (const sql of [
        `insert into event_store.events select position + 1, stream, revision + 1, id, type, version, data, metadata, hash, previous_hash, category from event_store.events`,
        `update event_store.events set type = 'Other'`, 'delete from event_store.events', 'truncate event_store.events', 'alter table event_store.events disable trigger append_only', 'select event_store.renew_epoch()', `update event_store.epoch set id = gen_random_uuid()`,
      ]) await expect(client.query(sql)).rejects.toMatchObject({ code: '42501' });
    } finally {
      await client.end();
      await db.pool.query(`drop owned by ${role}; drop role ${role}`);
    }
  });
});

describe('a page of some categories', () => {
  it.each(['force_custom_plan', 'force_generic_plan'])('reads that page, however much lies between the rare ones: %s', async (mode) => {
    await db.pool.query(`insert into event_store.events
      select n, 'case-' || n, 0, gen_random_uuid(), 'CaseFiled', 1, '{}', '{}', '', '', case when n % 3000 = 0 then 'policy' when n % 4 = 0 then 'report' else 'case' end from generate_series(1, 12000) n;
      analyze event_store.events`);
    const asked = jest.spyOn(db.pool, 'query');
    const { events: page } = await store.readAll({ after: 100n, limit: 50, categories: ['case', 'policy', 'report'] });
    const { text, values } = asked.mock.calls[0]![0] as unknown as { text: string; values: unknown[] };
    asked.mockRestore();
    expect(page.map(({ position }) => Number(position))).toEqual(Array.from({ length: 50 }, (_, i) => 101 + i));

    const client = await connect();
    await client.query(`set plan_cache_mode = ${mode}; prepare page (bigint, int, text[]) as ${text}`);
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain (analyze, costs off, timing off) execute page (${values[0]}, ${values[1]}, '{case,policy,report}')`);
    await client.end();
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toMatch(/Index Scan using events_by_category/);
    expect(plan).not.toMatch(/Rows Removed|Seq Scan/);
  });
});

describe('order of commits', () => {
  it('a writer that takes its time makes the next one wait: no subscriber passes an event that commits later', async () => {
    const reader = follow(store, 0n);
    const slow = await connect();
    await slow.query('begin');
    await appendBySql(slow, 'case-slow');
    let fastDone = false;
    const fast = store.append('case-fast', NO_STREAM, events(1)).then((result) => {
      fastDone = true;
      return result;
    });
    await waitUntil(async () => (await db.pool.query(`select 1 from pg_locks where locktype = 'advisory' and not granted`)).rowCount, { timeoutMs: 5_000, what: 'the second writer waiting for the lock' });
    expect(fastDone).toBe(false);
    expect(await store.head()).toBe(0n);
    expect(reader.state.seen).toEqual([]);
    await slow.query('commit');
    await slow.end();
    const { position } = await fast;
    await waitUntil(() => reader.state.checkpoint >= position, { timeoutMs: 5_000 });
    await reader.stop();
    expect(reader.state.seen.map(({ stream }) => stream)).toEqual(['case-slow', 'case-fast']);
  });

  it('a writer that rolls back leaves no hole', async () => {
    const slow = await connect();
    await slow.query('begin');
    await appendBySql(slow, 'case-slow');
    const fast = store.append('case-fast', NO_STREAM, events(2));
    await slow.query('rollback');
    await slow.end();
    expect((await fast).position).toBe(2n);
  });

  it('refuses to append in a transaction whose snapshot is older than the lock', async () => {
    const client = await connect();
    await client.query('begin isolation level repeatable read');
    await expect(appendBySql(client, 'case-1')).rejects.toMatchObject({ code: '25000' });
    await client.end();
  });
});

describe('known wrong ways to follow a table, each shown wrong', () => {
  let one: Client, two: Client, reader: Client;
  beforeEach(async () => {
    [one, two, reader] = [await connect(), await connect(), await connect()];
    await reader.query(`create table naive (id bigserial primary key, xid xid8 not null default pg_current_xact_id(), stream text, revision int); create table other (n int)`);
  });
  afterEach(() => Promise.all([one, two, reader].map((client) => client.end())));
  const insert = (client: Client, revision = 0) => client.query(`insert into naive (stream, revision) values ('s', $1)`, [revision]);

  it('polling a bare sequence passes the event that commits later', async () => {
    const poll = async (after: string) => (await reader.query<{ id: string }>('select id from naive where id > $1 order by id', [after])).rows.map(({ id }) => id);
    await one.query('begin');
    await insert(one);
    await insert(two);
    const first = await poll('0');
    await one.query('commit');
    expect(first).toEqual(['2']);
    expect(await poll(first.at(-1)!)).toEqual([]);
    expect((await reader.query('select count(*)::int as n from naive')).rows).toEqual([{ n: 2 }]);
  });

  it('an xmin filter with a position-only checkpoint passes it as well', async () => {
    const poll = async (after: string) => (await reader.query<{ id: string }>('select id from naive where id > $1 and xid < pg_snapshot_xmin(pg_current_snapshot()) order by id', [after])).rows.map(({ id }) => id);
    await one.query('begin');
    await one.query('insert into other values (1)'); // the older transaction id
    await two.query('begin');
    await insert(two); // position 1
    await insert(one); // position 2
    await one.query('commit');
    // A write transaction in another database of the server holds the filter up: one more of its faults.
    const first = await waitUntil(async () => { const ids = await poll('0'); return ids.length > 0 ? ids : undefined; }, { timeoutMs: 10_000 });
    await two.query('commit');
    expect(first).toEqual(['2']);
    expect(await poll(first.at(-1)!)).toEqual([]);
  });

  it('ordering by transaction id turns a stream round', async () => {
    await one.query('begin');
    await one.query('insert into other values (1)');
    await insert(two, 0);
    await insert(one, 1);
    await one.query('commit');
    expect((await reader.query('select revision from naive order by xid, id')).rows.map(({ revision }) => revision)).toEqual([1, 0]);
  });
});

describe('lost answers', () => {
  /** A pool whose connections lose the answer of an append after it was committed. */
  const losing = (answers: number): Pool => new Proxy(db.pool, {
    get: (pool, key) => key !== 'connect' ? (typeof (pool as any)[key] === 'function' ? (pool as any)[key].bind(pool) : (pool as any)[key]) : async () => {
      const client = await pool.connect();
      return new Proxy(client, {
        get: (target, name) => name !== 'query' ? (typeof (target as any)[name] === 'function' ? (target as any)[name].bind(target) : (target as any)[name]) : async (...args: unknown[]) => {
          const result = await (target.query as any)(...args);
          if (String((args[0] as { name?: string }).name).endsWith('.append') && answers-- > 0) throw new Error('Connection terminated unexpectedly');
          return result;
        },
      }) as PoolClient;
    },
  });

  it('an append whose answer is lost after the commit is sent again and leaves one copy', async () => {
    const flaky = await createPostgresEventStore({ pool: losing(2), retryDelayMs: 1 });
    const result = await flaky.append('case-1', NO_STREAM, events(3));
    expect(result).toMatchObject({ head: { revision: 2 }, repeated: true });
    expect(result.events).toEqual(await store.readStream('case-1'));
    await flaky.close();
  });

  it('after the last try the outcome is unknown, and the caller\'s own retry leaves one copy', async () => {
    const flaky = await createPostgresEventStore({ pool: losing(3), retryDelayMs: 1, attemptsMax: 3 });
    const batch = events(2);
    await expect(flaky.append('case-1', NO_STREAM, batch)).rejects.toBeInstanceOf(OutcomeUnknown);
    expect(await flaky.append('case-1', NO_STREAM, batch)).toMatchObject({ repeated: true, head: { revision: 1 } });
    expect(await store.readStream('case-1')).toHaveLength(2);
    await flaky.close();
  });

  it('backends killed at random during appends: every acknowledged append is there exactly once', async () => {
    const killer = await connect();
    const reader = follow(store, 0n);
    let writing = true;
    const kills = (async () => {
      let killed = 0;
      while (writing) {
        const { rowCount } = await killer.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`);
        killed += rowCount ?? 0;
        await new Promise((resolve) => setTimeout(resolve, 15));
      }
      return killed;
    })();
    const ids: string[] = [];
    await Promise.all(Array.from({ length: 6 }, async (_, writer) => {
      let head: ExpectedHead = NO_STREAM;
      for (let i = 0; i < 15; i++) {
        const batch = events(2);
        for (;;) {
          try {
            head = (await store.append(`case-${writer}`, head, batch)).head;
            break;
          } catch (error) {
            if (!(error instanceof OutcomeUnknown)) throw error;
          }
        }
        ids.push(...batch.map(({ id }) => id));
      }
    }));
    writing = false;
    expect(await kills).toBeGreaterThan(3);
    await killer.end();
    const stored = await readEverything(store);
    expect(stored.map(({ id }) => id).sort()).toEqual(ids.sort());
    await waitUntil(() => reader.state.seen.length >= stored.length, { timeoutMs: 10_000 });
    await reader.stop();
    expect(reader.state.seen.map(({ position }) => position)).toEqual(stored.map(({ position }) => position));
  });
});

describe('group commit', () => {
  it('appends that wait for one transaction go together in the next', async () => {
    await store.append('case-first', NO_STREAM, events(1));
    const transactions = async () => (await db.pool.query<{ n: number }>('select count(distinct xmin::text)::int as n from event_store.events')).rows[0]!.n;
    const before = await transactions();
    await Promise.all(Array.from({ length: 200 }, (_, i) => store.append(`case-${i}`, NO_STREAM, events(1))));
    expect((await transactions()) - before).toBeLessThanOrEqual(5);
  });

  it('an append that breaks the statement does not hurt the others of its batch', async () => {
    await db.pool.query(`alter table event_store.events add constraint test_only check (type <> 'Poison')`);
    const results = await Promise.allSettled([store.append('case-1', NO_STREAM, events(1)), store.append('case-2', NO_STREAM, [anEvent({ type: 'Poison' })]), store.append('case-3', NO_STREAM, events(1))]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((results[1] as PromiseRejectedResult).reason).toMatchObject({ code: '23514' });
  });

  it('refuses more than may wait', async () => {
    const small = await createPostgresEventStore({ pool: db.pool, queueAppendsMax: 5 });
    const results = await Promise.allSettled(Array.from({ length: 8 }, (_, i) => small.append(`case-${i}`, NO_STREAM, events(1))));
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(3);
    for (const { reason } of refused) expect(reason).toBeInstanceOf(StoreOverloaded);
    expect(await readEverything(small)).toHaveLength(5);
    await small.close();
  });
});

describe('installation', () => {
  it('20 at once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => migrateEventStore(db.pool, 'fresh')));
    expect((await db.pool.query('select number from fresh.migrations')).rows).toEqual([{ number: 1 }]);
    expect((await db.pool.query('select count(*)::int as n from fresh.epoch')).rows).toEqual([{ n: 1 }]);
  });

  it('refuses a newer schema that breaks this program, and takes one that does not', async () => {
    await db.pool.query(`insert into event_store.migrations (number, name, breaking) values (90, 'later', false)`);
    await migrateEventStore(db.pool, 'event_store');
    await db.pool.query(`insert into event_store.migrations (number, name, breaking) values (91, 'later', true)`);
    await expect(migrateEventStore(db.pool, 'event_store')).rejects.toBeInstanceOf(SchemaTooNew);
  });

  it('two stores in one database do not mix', async () => {
    const other = await createPostgresEventStore({ pool: db.pool, schema: 'other_store' });
    await store.append('case-1', NO_STREAM, events(1));
    expect(await other.head()).toBe(0n);
    expect(await other.epoch()).not.toBe(await store.epoch());
    await other.close();
  });

  it('renewing the epoch after a restore is seen', async () => {
    const before = await store.epoch();
    await db.pool.query('select event_store.renew_epoch()');
    expect(await store.epoch()).not.toBe(before);
  });
});
