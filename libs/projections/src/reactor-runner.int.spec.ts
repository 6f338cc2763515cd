import type { EventBus } from '@gridcase/bus';
import { createPostgresEventStore, NO_STREAM, type EventStore, type ExpectedHead } from '@gridcase/event-store';
import type { StoredEvent } from '@gridcase/events';
import { testDatabase, waitUntil, type TestDatabase } from '@gridcase/testing';
import { StoreReplaced, adoptStore, claimCheckpoint, forgetReactor, reactorSpan } from './bookkeeping';
import { createLiveView } from './live-view';
import { listParked, releaseParked } from './parked';
import type { Reactor } from './port';
import { runReactor, type ReactorRun, type RunReactorOptions } from './reactor-runner';
import { installStanding, noteStanding } from './standing';
import { anEvent } from './testing/board.projection';

let db: TestDatabase;
let store: EventStore;
let heads: Map<string, ExpectedHead>;
let running: { stop: AbortController; run: ReactorRun }[];
let handled: string[];
let failing: (event: StoredEvent) => boolean;

const add = async (stream: string, ...amounts: number[]) => {
  const result = await store.append(stream, heads.get(stream) ?? NO_STREAM, amounts.map((amount) => anEvent(amount)));
  heads.set(stream, result.head);
  return result.position;
};
const start = (options: Partial<RunReactorOptions> = {}, startAt: Reactor['startAt'] = undefined) => {
  const stop = new AbortController();
  const reactor = {
    id: 'dispatch.notify.v1', categories: ['case'], startAt,
    handle: async (event: StoredEvent) => {
      await new Promise((resolve) => setTimeout(resolve, event.data.amount % 3));
      if (failing(event)) throw new Error('the neighbour is down');
      handled.push(`${event.stream} ${event.revision}`);
    },
  };
  const run = runReactor({ pool: db.pool, schema: 'dispatch', store, reactor, signal: stop.signal, retryDelayMs: 1, controlPollIntervalMs: 10, attemptsMax: 3, ...options });
  running.push({ stop, run });
  return { run, stop: async () => { stop.abort(); await run.done; } };
};
const of = (stream: string) => handled.filter((entry) => entry.startsWith(`${stream} `)).map((entry) => Number(entry.split(' ')[1]));

beforeEach(async () => {
  heads = new Map();
  running = [];
  handled = [];
  failing = () => false;
  db = await testDatabase();
  store = await createPostgresEventStore({ pool: db.pool });
});
afterEach(async () => {
  for (const { stop, run } of running) {
    stop.abort();
    await run.done;
  }
  await store.close();
  await db.drop();
});

it('hands over every event in the order of its stream, and goes on after a restart where it stood', async () => {
  const first = start();
  for (let i = 0; i < 12; i++) await add(`case-${i % 4}`, i, i + 1);
  await add('report-1', 1);
  expect(await first.run.waitFor(await store.head(), 5_000)).toBe(true);
  await first.stop();
  const before = handled.length;
  const second = start();
  const position = await add('case-0', 9);
  expect(await second.run.waitFor(position, 5_000)).toBe(true);
  expect(handled.slice(before)).toEqual(['case-0 6']);
  for (let stream = 0; stream < 4; stream++) expect(of(`case-${stream}`)).toEqual(Array.from({ length: stream === 0 ? 7 : 6 }, (_, i) => i));
  expect(of('report-1')).toEqual([]);
});

it('tries again, then parks the stream and not the others; a release takes it up where it stopped', async () => {
  const parked: string[] = [];
  const { run } = start({ onParked: ({ stream, revision }) => parked.push(`${stream} ${revision}`) });
  let tries = 0;
  failing = (event) => event.stream === 'case-1' && event.revision === 1 && ++tries > 0;
  await add('case-1', 1, 2, 3);
  await add('case-2', 1);
  await run.waitFor(await store.head(), 5_000);
  await add('case-1', 4);
  await add('case-2', 2);
  await run.waitFor(await store.head(), 5_000);
  expect(tries).toBe(3);
  expect(parked).toEqual(['case-1 1']);
  expect([of('case-1'), of('case-2')]).toEqual([[0], [0, 1]]);

  await releaseParked(db.pool, 'dispatch', { processor: 'dispatch.notify.v1' });
  await waitUntil(() => parked.length === 2, { timeoutMs: 5_000 });
  failing = () => false;
  await releaseParked(db.pool, 'dispatch', { stream: 'case-1' });
  await waitUntil(async () => (await listParked(db.pool, 'dispatch')).length === 0, { timeoutMs: 5_000 });
  await add('case-1', 5);
  await run.waitFor(await store.head(), 5_000);
  expect(of('case-1')).toEqual([0, 1, 2, 3, 4]);
});

it('a passing failure costs only a second try', async () => {
  let failures = 2;
  failing = () => failures-- > 0;
  const { run } = start();
  const position = await add('case-1', 1, 2);
  await run.waitFor(position, 5_000);
  expect(of('case-1')).toEqual([0, 1]);
  expect(await listParked(db.pool, 'dispatch')).toEqual([]);
});

it('a new reactor may start at the end', async () => {
  await add('case-1', 1, 2);
  const { run } = start({}, 'end');
  await run.waitFor(await store.head(), 5_000);
  const position = await add('case-1', 3);
  await run.waitFor(position, 5_000);
  expect(of('case-1')).toEqual([2]);
});

it('where it began stays known while it goes on, and is new when it begins anew', async () => {
  const span = () => reactorSpan(db.pool, 'dispatch', 'dispatch.notify.v1');
  await add('case-1', 1, 2);
  const first = start({}, 'end');
  await first.run.waitFor(2n, 5_000);
  await first.run.waitFor(await add('case-1', 3), 5_000);
  await first.stop();
  const second = start({}, 'end');
  await second.run.waitFor(await add('case-1', 4), 5_000);
  await waitUntil(async () => (await span())!.position === 4n, { timeoutMs: 5_000 });
  expect(await span()).toMatchObject({ begun: 2n, position: 4n });
  expect((await span())!.begunAgoMs).toBeLessThan(60_000);
  await second.stop();
  await forgetReactor(db.pool, 'dispatch', 'dispatch.notify.v1');
  expect(await span()).toBeUndefined();
  const third = start({}, 'end');
  await third.run.waitFor(4n, 5_000);
  expect(await span()).toMatchObject({ begun: 4n });
});

it('a table of an older release gets the columns; where its reactors began is not known', async () => {
  const first = start();
  await first.run.waitFor(await add('case-1', 1), 5_000);
  await first.stop();
  await db.pool.query('alter table dispatch.checkpoint drop column begun, drop column begun_at');
  const second = start();
  await second.run.waitFor(await add('case-1', 2), 5_000);
  expect(await reactorSpan(db.pool, 'dispatch', 'dispatch.notify.v1')).toMatchObject({ begun: null, begunAgoMs: null });
  expect(of('case-1')).toEqual([0, 1]);
});

it('one that is forgotten while it is switched off begins at the end again, parked streams included', async () => {
  failing = ({ stream }) => stream === 'case-2';
  const first = start({}, 'end');
  await first.run.waitFor(await store.head(), 5_000);
  await add('case-1', 1);
  await add('case-2', 1);
  await first.run.waitFor(await store.head(), 5_000);
  await first.stop();
  expect(await listParked(db.pool, 'dispatch')).toHaveLength(1);
  await forgetReactor(db.pool, 'dispatch', 'dispatch.notify.v1');
  failing = () => false;
  await add('case-1', 2);
  const { run } = start({}, 'end');
  await run.waitFor(await store.head(), 5_000);
  await add('case-1', 3);
  await add('case-2', 3);
  await run.waitFor(await store.head(), 5_000);
  expect([of('case-1'), of('case-2')]).toEqual([[0, 2], [1]]);
});

it.each(['40001', '53100'])('what the database itself refuses at a moment (%s) parks nothing, however often', async (code) => {
  let refusals = 8;
  failing = () => { if (refusals-- > 0) throw Object.assign(new Error('fault'), { code }); return false; };
  const { run } = start({ attemptsMax: 3, retryDelayMaxMs: 1 });
  await run.waitFor(await add('case-1', 1), 5_000);
  expect(of('case-1')).toEqual([0]);
  expect(await listParked(db.pool, 'dispatch')).toEqual([]);
});

it('refuses to go on over another store until an operator says so', async () => {
  const first = start();
  await first.run.waitFor(await add('case-1', 1, 2), 5_000);
  await first.stop();
  await db.pool.query('select event_store.renew_epoch()');
  const refused = start();
  await expect(refused.run.done).rejects.toBeInstanceOf(StoreReplaced);
  running.pop();
  expect(await adoptStore(db.pool, 'dispatch', store)).toContain('dispatch.notify.v1');
  const again = start();
  await again.run.waitFor(await add('case-1', 3), 5_000);
  expect(of('case-1')).toEqual([0, 1, 2]);
});

it('who keeps no read model notes where it stands, and tells an older state of the record', async () => {
  const follower = 'registry.directory';
  const noted = async (): Promise<bigint> => BigInt((await db.pool.query<{ position: string }>('select position from dispatch.checkpoint where processor = $1', [follower])).rows[0]!.position);
  let stands = await add('case-1', 1, 2);
  await installStanding(db.pool, 'dispatch', follower);
  const stop = new AbortController();
  const noting = noteStanding({ pool: db.pool, schema: 'dispatch', store, follower, position: () => stands, signal: stop.signal, intervalMs: 5 });
  await waitUntil(async () => (await noted()) === stands, { timeoutMs: 5_000, what: 'the note' });
  stands = await add('case-1', 3);
  await waitUntil(async () => (await noted()) === stands, { timeoutMs: 5_000, what: 'the next note' });
  // Never beyond the end of the record.
  const head = stands;
  stands += 1_000n;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await noted()).toBe(head);
  stop.abort();
  await noting;

  await db.pool.query('update dispatch.checkpoint set position = position + 1 where processor = $1', [follower]);
  await expect(noteStanding({ pool: db.pool, schema: 'dispatch', store, follower, position: () => stands, signal: new AbortController().signal })).rejects.toThrow(/registry\.directory does not belong to this event store: it ends at \d+/);
  expect(await adoptStore(db.pool, 'dispatch', store)).toContain(follower);
  expect(await noted()).toBe(head);
});

it('a live view folds what is there and follows', async () => {
  await add('grid-1', 5);
  await add('case-1', 100);
  const stop = new AbortController();
  const view = createLiveView(store, { categories: ['grid'], initial: () => 0, evolve: (sum: number, event) => sum + event.data.amount }, stop.signal);
  expect(await view.waitFor(await store.head(), 5_000)).toBe(true);
  expect(view.state).toBe(5);
  expect(await view.waitFor(await add('grid-1', 7), 5_000)).toBe(true);
  expect(view.state).toBe(12);
  expect(await view.waitFor(view.position + 1n, 10)).toBe(false);
  stop.abort();
  await view.done;
});

it('a member that is not fed any more, while another one goes on, stands by in silence', async () => {
  const errors: unknown[] = [];
  let feed!: { handler(batch: { events: StoredEvent[]; checkpoint: bigint; caughtUp: boolean }): Promise<void>; from?(): Promise<bigint> };
  // As a bus that gives the partitions to somebody else: this member hears nothing more.
  const bus: EventBus = { subscribe: async (subscription) => {
    feed = subscription;
    await subscription.from?.();
    await new Promise((ended) => subscription.signal.addEventListener('abort', ended));
  } };
  await add('report-1', ...Array.from({ length: 50 }, () => 1));
  start({ bus, onError: (error) => { errors.push(error); } });
  await waitUntil(async () => (await db.pool.query(`select 1 from dispatch.checkpoint where processor = 'dispatch.notify.v1'`)).rowCount === 1, { timeoutMs: 5_000 });
  await db.pool.query(`update dispatch.checkpoint set position = 40 where processor = 'dispatch.notify.v1'`);
  // Nothing of its own is in it: only the position is behind what it will write down.
  await feed.handler({ events: [], checkpoint: 7n, caughtUp: true });
  await new Promise((resolve) => setTimeout(resolve, 100)); // ten looks
  expect(errors).toEqual([]);
  expect((await db.pool.query(`select position from dispatch.checkpoint where processor = 'dispatch.notify.v1'`)).rows).toEqual([{ position: '40' }]);
  // Its turn again: it goes on from where the other one stood.
  expect(await feed.from!()).toBe(40n);
});

it('a member that comes while another one goes on does not take its checkpoint for one of another store', async () => {
  await add('case-1', 1);
  const first = start();
  await first.run.waitFor(await store.head(), 5_000);
  // Between any two looks of the newcomer the other one goes on by an event.
  const busy: EventStore = { ...store, head: async () => {
    const head = await store.head();
    await first.run.waitFor(await add('case-1', 1), 5_000);
    await waitUntil(async () => (await db.pool.query(`select 1 from dispatch.checkpoint where processor = 'dispatch.notify.v1' and position > $1`, [head])).rowCount === 1, { timeoutMs: 5_000 });
    return head;
  } };
  expect(await claimCheckpoint(db.pool, 'dispatch', 'dispatch.notify.v1', busy)).toBe(1n);
});
