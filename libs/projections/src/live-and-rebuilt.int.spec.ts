/** Live rows and rebuilt rows are the same, whatever happened on the way. */
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { Client } from 'pg';
import { createPostgresEventStore, NO_STREAM, type Batch, type EventStore, type ExpectedHead } from '@gridcase/event-store';
import type { EventBus } from '@gridcase/bus';
import { testDatabase, waitUntil, type TestDatabase } from '@gridcase/testing';
import { StoreReplaced, installProjections } from './bookkeeping';
import { listParked, releaseParked } from './parked';
import { runProjections, type ProjectionRun, type RunProjectionsOptions } from './projection-runner';
import { dropKept, rebuild, rollback } from './rebuild';
import { anEvent, board, breakOn, tally } from './testing/board.projection';

let db: TestDatabase;
let store: EventStore;
let heads: Map<string, ExpectedHead>;
let running: { stop: AbortController; run: ProjectionRun }[];

const add = async (stream: string, ...events: Parameters<typeof anEvent>[]) => {
  const result = await store.append(stream, heads.get(stream) ?? NO_STREAM, events.map((fields) => anEvent(...fields)));
  heads.set(stream, result.head);
  return result.position;
};
const start = (options: Partial<RunProjectionsOptions> = {}) => {
  const stop = new AbortController();
  const errors: unknown[] = [];
  const run = runProjections({ pool: db.pool, schema: 'dispatch', store, projections: [board(), tally], signal: stop.signal, controlPollIntervalMs: 20, onError: (error) => errors.push(error), ...options });
  running.push({ stop, run });
  return { run, errors, stop: async () => { stop.abort(); await run.done; } };
};
const rows = async (table = 'board') => (await db.pool.query(`select * from dispatch.${table} order by 1, 2, 3`)).rows;
const everything = async () => [await rows('board'), await rows('board_note'), await rows('tally')];
const passed = async (run: ProjectionRun) => expect(await run.waitFor(await store.head(), 10_000)).toBe(true);
const rebuildAll = (options = {}) => rebuild({ pool: db.pool, schema: 'dispatch', store, projections: [board(), tally], ...options });

beforeEach(async () => {
  breakOn(undefined);
  heads = new Map();
  running = [];
  db = await testDatabase();
  store = await createPostgresEventStore({ pool: db.pool });
});
afterEach(async () => {
  for (const { stop, run } of running) {
    stop.abort();
    await run.done.catch(() => undefined);
  }
  await store.close();
  await db.drop();
});

it('random events, repeats, gaps, restarts and killed connections: rows equal the fold of the store and the rebuilt ones', async () => {
  const killer = new Client({ connectionString: db.url });
  await killer.connect();
  const seeds = fc.sample(fc.record({ stream: fc.nat(11), category: fc.constantFrom('case', 'case', 'report'), count: fc.integer({ min: 1, max: 4 }), note: fc.option(fc.string({ unit: 'grapheme' }), { nil: undefined }), act: fc.nat(19) }), { numRuns: 120, seed: 11 });
  // A bus that delivers everything twice, and now and then loses a batch of a stream that then shows as a gap.
  const lossy: EventBus = {
    async subscribe({ from, handler, signal, categories, onError }) {
      let n = 0;
      while (!signal.aborted) {
        try {
          for await (const batch of store.subscribe({ after: await from!(), categories, batchSizeMax: 7, signal })) {
            const lost = ++n % 3 === 0 ? batch.events.filter((_, i) => i % 2 === 0) : batch.events;
            await handler({ ...batch, events: lost });
            await handler(batch);
          }
        } catch (error) {
          onError?.(error);
        }
      }
    },
  };
  let live = start({ bus: lossy, hotBytesMax: 3_000 });
  for (const { stream, category, count, note, act } of seeds) {
    await add(`${category}-${stream}`, ...Array.from({ length: count }, (_, i): [number, string?] => [i + stream, note?.replaceAll('\u0000', '')]));
    if (act === 0) {
      await live.stop();
      live = start(act % 2 ? {} : { bus: lossy, hotBytesMax: 3_000 });
    }
    if (act === 1) await killer.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`);
  }
  await killer.end();
  // Every stream goes on once more, so that each gap shows.
  await live.stop();
  live = start();
  for (const stream of heads.keys()) await add(stream, [1]);
  await passed(live.run);
  const before = await everything();
  const report = await rebuildAll({ heldBytesMax: 5_000, pageEventsMax: 13 });
  expect(report.projections.map(({ name, differences }) => [name, differences?.count])).toEqual([['board', 0], ['tally', 0]]);
  expect(report.switched).toBe(true);
  expect(await everything()).toEqual(before);
  // The independent fold: plain sums over the events.
  const sums = new Map<string, number>();
  for (const event of (await store.readAll({ after: 0n, limit: 100_000, categories: ['case'] })).events) sums.set(event.stream, (sums.get(event.stream) ?? 0) + event.data.amount);
  expect((await rows()).map(({ id, total }) => [`case-${id}`, total])).toEqual([...sums].sort(([a], [b]) => (a < b ? -1 : 1)));
});

it('a rebuild while writers go on switches without a loss, and tells a row that was altered by hand', async () => {
  const { run } = start();
  await add('case-x', [1, 'x']);
  await passed(run);
  let writing = true;
  const writers = [0, 1, 2].map(async (writer) => {
    for (let i = 0; writing; i++) {
      await add(`case-${writer}-${i % 20}`, [i, `n${i}`], [1]);
      await delay(2);
    }
  });
  await waitUntil(() => heads.size > 30, { timeoutMs: 10_000 });
  for (let round = 0; round < 3; round++) {
    const report = await rebuildAll({ pageEventsMax: 50, heldBytesMax: 25_000 });
    expect(report.projections.map(({ differences }) => differences)).toEqual([{ count: 0, examples: [] }, { count: 0, examples: [] }]);
  }
  writing = false;
  await Promise.all(writers);
  await passed(run);
  expect((await rebuildAll()).projections.every(({ differences }) => differences?.count === 0)).toBe(true);

  await db.pool.query(`update dispatch.board set total = total + 1 where id = 'x'; delete from dispatch.board_note where case_id = '0-1' and n = 0`);
  const refused = await rebuildAll({ onDifference: 'abort' });
  expect(refused).toMatchObject({ switched: false, projections: [{ differences: { count: 2, examples: [{ table: 'dispatch.board', key: 'x', live: 0, rebuilt: 0 }, { table: 'dispatch.board_note', key: '0-1 0' }] } }, { differences: { count: 0 } }] });
  expect(await rebuildAll()).toMatchObject({ switched: true, projections: [{ differences: { count: 2 } }, {}] });
  expect((await rows()).find(({ id }) => id === 'x')).toMatchObject({ total: 1 });
});

it('compares without switching: the live tables stay, with and without differences, and nothing is left of the new ones', async () => {
  const { run } = start();
  await add('case-1', [1, 'a'], [2, 'b']);
  await passed(run);
  await rebuildAll();
  const state = async () => ({
    read: (await db.pool.query('select name, version, build, state, switched_at from dispatch.read_model order by 1, 2, 3')).rows,
    generation: (await db.pool.query('select generation, position from dispatch.checkpoint')).rows,
    tables: (await db.pool.query(`select tablename from pg_tables where schemaname = 'dispatch' order by 1`)).rows,
  });
  const before = await state();
  expect(await rebuildAll({ compareOnly: true })).toMatchObject({ switched: false, events: 2, projections: [{ rows: 1, differences: { count: 0 } }, { differences: { count: 0 } }] });
  expect(await state()).toEqual(before);
  await db.pool.query(`update dispatch.board set total = total + 1`);
  const altered = await rows();
  expect(await rebuildAll({ compareOnly: true })).toMatchObject({ switched: false, projections: [{ differences: { count: 1, examples: [{ table: 'dispatch.board', key: 'case-1'.slice(5) }] } }, { differences: { count: 0 } }] });
  expect([await state(), await rows()]).toEqual([before, altered]);
  // The runner goes on with the tables it had.
  await add('case-1', [3]);
  await passed(run);
  expect(await rebuildAll()).toMatchObject({ switched: true });
});

it('goes back to the older tables, which then catch up, and drops kept ones', async () => {
  const { run } = start();
  await add('case-1', [1, 'a']);
  await passed(run);
  await rebuildAll();
  await add('case-1', [2, 'b']);
  await add('case-2', [3]);
  await passed(run);
  await rollback({ pool: db.pool, schema: 'dispatch', name: 'board' });
  await waitUntil(async () => (await rows()).length === 2 && (await rows())[0].total === 3, { timeoutMs: 10_000, what: 'the older tables caught up' });
  expect((await db.pool.query(`select pg_get_viewdef('dispatch.board') as def`)).rows[0].def).toContain('board_v1');
  expect(await rows('tally')).toHaveLength(2);
  expect(await dropKept({ pool: db.pool, schema: 'dispatch', name: 'board' })).toBe(1);
  await expect(rollback({ pool: db.pool, schema: 'dispatch', name: 'board' })).rejects.toThrow('no older tables');
  await add('case-1', [4]);
  await passed(run);
  expect((await rows())[0]).toMatchObject({ total: 7 });
});

it('a new version, and a new read model, are built before the run goes on; another definition under the same version is refused', async () => {
  const first = start({ projections: [board()] });
  await add('case-1', [1, 'a'], [2]);
  await passed(first.run);
  await first.stop();
  await add('case-1', [3]);
  const next = start({ projections: [board(2), tally] });
  await passed(next.run);
  expect(await rows()).toMatchObject([{ id: '1', revision: 2, total: 6 }]);
  expect(await rows('tally')).toMatchObject([{ id: 'case-1', revision: 2, doc: { n: 3 } }]);
  expect((await db.pool.query(`select pg_get_viewdef('dispatch.board') as def`)).rows[0].def).toContain('board_v2');
  await expect(installProjections(db.pool, 'dispatch', [{ ...board(2), columns: {} }])).rejects.toThrow('give it a new version');
  await expect(installProjections(db.pool, 'dispatch', [board(2), { ...tally, name: 'board_note' }])).rejects.toThrow('two read models are named board_note');
  await Promise.all(Array.from({ length: 20 }, () => installProjections(db.pool, 'fresh', [board(), tally])));
});

it('two runners of one service share the work without doubling it', async () => {
  const written: number[] = [];
  const runs = [start({ onBatch: ({ rowsWritten }) => written.push(rowsWritten) }), start({ onBatch: ({ rowsWritten }) => written.push(rowsWritten) })];
  for (let i = 0; i < 60; i++) await add(`case-${i % 5}`, [1, `n${i}`]);
  for (const { run } of runs) await passed(run);
  expect((await rows()).map(({ revision, total }) => [revision, total])).toEqual(Array.from({ length: 5 }, () => [11, 12]));
  expect(await rows('board_note')).toHaveLength(60);
});

it('a value the table refuses parks its stream at one revision, live and rebuilt', async () => {
  const parked: string[] = [];
  const { run } = start({ onParked: ({ stream, revision }) => parked.push(`${stream} ${revision}`) });
  await add('case-1', [1, 'fine'], [2, 'null \u0000 byte'], [3]);
  await add('case-2', [5]);
  await add('case-3', [2 ** 31]);
  await passed(run);
  expect(parked.sort()).toEqual(['case-1 1', 'case-3 0']);
  expect((await rows()).map(({ id, revision, total }) => [id, revision, total])).toEqual([['1', 0, 1], ['2', 0, 5]]);
  const report = await rebuildAll();
  expect(report.projections[0]).toMatchObject({ rows: 2, parked: expect.arrayContaining(['case-1', 'case-3']), differences: { count: 0 } });
  expect((await listParked(db.pool, 'dispatch')).map(({ stream, revision }) => `${stream} ${revision}`).sort()).toEqual(parked);
});

it('what a rebuild could fold is no longer parked, and released streams go on', async () => {
  breakOn('bad');
  const { run } = start();
  await add('case-1', [1], [2, 'bad'], [3]);
  await passed(run);
  breakOn(undefined);
  const report = await rebuildAll();
  expect(report.projections[0]).toMatchObject({ parked: [], differences: { count: 2 } });
  expect(await listParked(db.pool, 'dispatch')).toEqual([]);
  await add('case-1', [4]);
  await passed(run);
  expect(await rows()).toMatchObject([{ revision: 3, total: 10 }]);
  expect(await releaseParked(db.pool, 'dispatch')).toBe(0);
});

it('refuses to go on over another store, or an older backup of this one, until it is rebuilt', async () => {
  const first = start();
  await add('case-1', [1], [2]);
  await passed(first.run);
  await first.stop();
  await db.pool.query('select event_store.renew_epoch()');
  await expect(start().run.done).rejects.toBeInstanceOf(StoreReplaced);
  await expect(rebuild({ pool: db.pool, schema: 'dispatch', store, projections: [board()] })).rejects.toThrow('rebuild tally in the same run');
  expect((await rebuildAll()).projections[0]!.differences).toBeNull();
  const second = start();
  await passed(second.run);
  await second.stop();
  await db.pool.query('update dispatch.checkpoint set position = 99');
  await expect(start().run.done).rejects.toThrow('it ends at 2, the checkpoint is 99');
});

it('runs through an outage of the store', async () => {
  let down = true;
  const flaky: EventStore = { ...store, epoch: async () => { if (down) throw new Error('unreachable'); return store.epoch(); }, subscribe: (options) => { if (down) throw new Error('unreachable'); return store.subscribe(options); } };
  const { run, errors } = start({ store: flaky });
  await add('case-1', [1]);
  await waitUntil(() => errors.length > 1, { timeoutMs: 5_000 });
  down = false;
  await passed(run);
  expect(await rows()).toHaveLength(1);
});

it('fills a gap from the store only with what is there', async () => {
  const position = await add('case-1', [1], [2], [3]);
  const batch: Batch = { events: (await store.readStream('case-1')).slice(2), checkpoint: position, caughtUp: true };
  const bus: EventBus = { async subscribe({ from, handler }) { await from!(); await handler(batch); await handler({ ...batch, checkpoint: position + 1n }); } };
  await start({ bus }).run.done;
  expect(await rows()).toMatchObject([{ revision: 2, total: 6 }]);
});
