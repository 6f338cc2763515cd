import { createPostgresEventStore, NO_STREAM, type EventStore, type ExpectedHead } from '@gridcase/event-store';
import type { NewEvent } from '@gridcase/events';
import { testDatabase, waitUntil, type TestDatabase } from '@gridcase/testing';
import { listParked, releaseParked } from './parked';
import { runProjections, type ProjectionRun, type RunProjectionsOptions } from './projection-runner';
import { rebuild } from './rebuild';
import { anEvent as event, board, breakOn, tally } from './testing/board.projection';

let db: TestDatabase;
let store: EventStore;
const heads = new Map<string, ExpectedHead>();
const running: { stop: AbortController; run: ProjectionRun }[] = [];

const add = async (stream: string, ...events: NewEvent[]) => {
  const result = await store.append(stream, heads.get(stream) ?? NO_STREAM, events);
  heads.set(stream, result.head);
  return result.position;
};
const start = (options: Partial<RunProjectionsOptions> = {}) => {
  const stop = new AbortController();
  const run = runProjections({ pool: db.pool, schema: 'dispatch', store, projections: [board(), tally], signal: stop.signal, controlPollIntervalMs: 20, onError: (error) => { throw error; }, ...options });
  running.push({ stop, run });
  return { run, stop: async () => { stop.abort(); await run.done; } };
};
const rows = async (table = 'board') => (await db.pool.query(`select * from dispatch.${table} order by 1, 2, 3`)).rows;

beforeEach(async () => {
  breakOn(undefined);
  heads.clear();
  db = await testDatabase();
  store = await createPostgresEventStore({ pool: db.pool });
});
afterEach(async () => {
  for (const { stop, run } of running.splice(0)) {
    stop.abort();
    await run.done.catch(() => undefined);
  }
  await store.close();
  await db.drop();
});

it('folds rows and details, and answers read-your-writes', async () => {
  const { run } = start();
  const position = await add('case-a', event(1, 'x'), event(2), event(3, 'y'));
  await add('report-a', event(9));
  expect(await run.waitFor(position, 5_000)).toBe(true);
  expect(await run.waitFor(position + 100n, 20)).toBe(false);
  expect(await rows()).toEqual([{ id: 'a', revision: 2, doc: { opened: '2025-01-01T00:00:00.000Z', total: 6, notes: ['x', 'y'] }, total: 6, opened: new Date('2025-01-01T00:00:00.000Z'), tags: ['"x\\,{', '"y\\,{'], last_note: 'y' }]);
  expect(await rows('board_note')).toEqual([{ stream_id: 'a', case_id: 'a', n: 0, note: 'x' }, { stream_id: 'a', case_id: 'a', n: 1, note: 'y' }]);
  expect(await run.waitFor(await store.head(), 5_000)).toBe(true);
  expect((await rows('tally')).map(({ id, revision }) => [id, revision])).toEqual([['case-a', 2], ['report-a', 0]]);
});

it('parks a stream whose event cannot be folded, not the others, and takes it up again after a release', async () => {
  breakOn('bad');
  const parked: string[] = [];
  const { run } = start({ onParked: ({ processor, stream, revision }) => parked.push(`${processor} ${stream} ${revision}`) });
  await add('case-a', event(1, 'ok'), event(1, 'bad'), event(1, 'later'));
  await add('case-b', event(5));
  await run.waitFor(await store.head(), 5_000);
  await add('case-a', event(1, 'still later'));
  await add('case-b', event(5));
  await run.waitFor(await store.head(), 5_000);
  expect((await rows()).map(({ id, revision, total }) => [id, revision, total])).toEqual([['a', 0, 1], ['b', 1, 10]]);
  expect((await rows('tally'))[0]).toMatchObject({ id: 'case-a', revision: 3 });
  expect(parked).toEqual(['dispatch.board.v1 case-a 1']);
  expect(await listParked(db.pool, 'dispatch')).toMatchObject([{ stream: 'case-a', revision: 1, error: expect.stringContaining('cannot fold this note') }]);

  await releaseParked(db.pool, 'dispatch', { stream: 'case-a' });
  await waitUntil(() => parked.length === 2, { timeoutMs: 5_000, what: 'parking again while the cause is there' });
  breakOn(undefined);
  await releaseParked(db.pool, 'dispatch');
  await waitUntil(async () => (await listParked(db.pool, 'dispatch')).length === 0, { timeoutMs: 5_000 });
  await add('case-a', event(1, 'new'));
  await run.waitFor(await store.head(), 5_000);
  expect((await rows())[0]).toMatchObject({ id: 'a', revision: 4, total: 5, last_note: 'new' });
});

it('a rebuild gives the same rows and is switched under the running service', async () => {
  const { run } = start();
  for (let i = 0; i < 50; i++) await add(`case-${i % 7}`, event(i, i % 3 ? `n${i}` : undefined));
  await run.waitFor(await store.head(), 5_000);
  const before = [await rows(), await rows('board_note')];
  const report = await rebuild({ pool: db.pool, schema: 'dispatch', store, projections: [board()], heldBytesMax: 2_000, pageEventsMax: 4 });
  expect(report).toMatchObject({ events: 50, switched: true, projections: [{ name: 'board', build: 1, rows: 7, differences: { count: 0 } }] });
  expect([await rows(), await rows('board_note')]).toEqual(before);
  await add('case-3', event(1000, 'after'));
  await run.waitFor(await store.head(), 5_000);
  expect((await rows()).find(({ id }) => id === '3')).toMatchObject({ last_note: 'after' });
});
