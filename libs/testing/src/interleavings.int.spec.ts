import { testDatabase, type TestDatabase } from './database';
import { Deadlock, Interleavings, type SetUp } from './interleavings';

let db: TestDatabase;
let interleavings: Interleavings;
beforeAll(async () => {
  db = await testDatabase();
  await db.pool.query('create table account (id int primary key, amount int not null)');
  interleavings = new Interleavings(db.url);
});
afterAll(async () => {
  await interleavings.close();
  await db.drop();
});
const reset = () => db.pool.query('truncate account; insert into account values (1, 0), (2, 0)');
const amountOf = async (id: number) => (await db.pool.query<{ amount: number }>('select amount from account where id = $1', [id])).rows[0]!.amount;

describe('Interleavings', () => {
  it('runs every order of the steps exactly once', async () => {
    const seen: string[] = [];
    const steps = (count: number): SetUp => (schedule) => {
      const order: string[] = [];
      for (const name of ['A', 'B', 'C']) schedule.actor(name, async (actor) => { for (let i = 0; i < count; i++) await actor.step('step', () => void order.push(name)); });
      return { atEnd: () => void seen.push(order.join('')) };
    };
    expect(await interleavings.explore(steps(2), 1_000)).toMatchObject({ explored: 90, all: true }); // 6! / (2! 2! 2!)
    expect(new Set(seen).size).toBe(90);
    seen.length = 0;
    expect(await interleavings.explore(steps(2), 6)).toEqual({ explored: 6, all: false, unfollowed: 0, preemptions: 0 });
    expect(seen.sort()).toEqual(['AABBCC', 'AACCBB', 'BBAACC', 'BBCCAA', 'CCAABB', 'CCBBAA']);
  });

  /** Two add one to the same amount, by reading and writing it. */
  const additions = (read: string): SetUp => async (schedule) => {
    await reset();
    for (const name of ['A', 'B']) schedule.actor(name, async ({ readPool, pool }) => {
      const { rows: [row] } = await readPool.query<{ amount: number }>(read);
      await pool.query('update account set amount = $1 where id = 1', [row!.amount + 1]);
    });
    return { atEnd: async () => { if ((await amountOf(1)) !== 2) throw new Error('one addition is lost'); } };
  };

  it('finds a lost update, prints its schedule and plays it again', async () => {
    const { violation } = await interleavings.explore(additions('select amount from account where id = 1'), 1_000);
    expect(violation!.schedule).toEqual([
      'A: select amount from account where id = 1',
      'B: select amount from account where id = 1', 'B: update account set amount = $1 where id = 1', 'B: commit',
      'A: update account set amount = $1 where id = 1', 'A: commit',
    ]);
    expect((await interleavings.replay(additions('select amount from account where id = 1'), violation!.schedule))!.error.message).toBe('one addition is lost');
    await expect(interleavings.replay(additions('select 1 as amount'), violation!.schedule)).rejects.toThrow('cannot follow the schedule: “A: select amount from account where id = 1” is not among A: select 1 as amount');
  });

  it('goes on with the others while one waits in the server for a lock', async () => {
    const orders = new Set<string>();
    const lock = 'select pg_advisory_xact_lock(1)'; // given to those who wait in the order they came, unlike a row
    const exploration = await interleavings.explore((schedule) => {
      for (const name of ['A', 'B', 'C']) schedule.actor(name, ({ pool }) => pool.query(lock));
      return { atEnd: () => void orders.add(schedule.lines.join()) };
    }, 1_000);
    // 3! orders in which they get it, and in each five in which the second and third come to wait before or after a commit.
    expect(exploration).toMatchObject({ all: true, explored: 30 });
    expect(orders.size).toBe(30);
    expect([...orders]).toContain([`A: ${lock}`, `B: ${lock}`, `C: ${lock}`, 'A: commit', 'B: commit', 'C: commit'].join());
  });

  it('ends a deadlock as such, and leaves nothing locked', async () => {
    const { violation } = await interleavings.explore((schedule) => {
      for (const [name, first, second] of [['A', 1, 2], ['B', 2, 1]] as const) schedule.actor(name, async (actor) => {
        const session = await actor.readPool.connect();
        try {
          await session.query(`select pg_advisory_lock(${first})`);
          await session.query(`select pg_advisory_lock(${second})`);
        } finally {
          session.release(true); // a lock of a session ends with its connection
        }
      });
      return {};
    }, 1_000);
    expect(violation!.error).toBeInstanceOf(Deadlock);
    expect(violation!.schedule).toEqual(['A: select pg_advisory_lock(1)', 'B: select pg_advisory_lock(2)', 'B: select pg_advisory_lock(1)', 'A: select pg_advisory_lock(2)']);
    await db.pool.query('select pg_advisory_xact_lock(1), pg_advisory_xact_lock(2)');
  });
});
