import { createPostgresEventStore, NO_STREAM, type EventStore, type ExpectedHead } from '@gridcase/event-store';
import { uuidFrom } from '@gridcase/platform';
import type { NewEvent, StoredEvent } from '@gridcase/events';
import { testDatabase, waitUntil, type TestDatabase } from '@gridcase/testing';
import { listParked, releaseParked } from './parked';
import { runProjections, type ProjectionRun, type RunProjectionsOptions } from './projection-runner';
import { rebuild } from './rebuild';
import type { StreamProjection } from './port';

interface Board { opened: string; total: number; notes: string[] }
let brokenNote: string | undefined;

const board = (version = 1): StreamProjection<Board> => ({
  name: 'board', version, categories: ['case'],
  columns: { total: { type: 'integer' }, opened: { type: 'timestamptz' }, tags: { type: 'text[]' }, last_note: { type: 'text', nullable: true } },
  indexes: ['(total)'],
  details: [{ name: 'board_note', columns: { case_id: { type: 'text' }, n: { type: 'integer' }, note: { type: 'text' } }, primaryKey: ['case_id', 'n'], indexes: ['(note)'], rows: (doc, id) => doc.notes.map((note, n) => ({ case_id: id, n, note })) }],
  initial: () => ({ opened: '2025-01-01T00:00:00.000Z', total: 0, notes: [] }),
  evolve: (doc, event) => {
    if (event.data.note !== undefined && event.data.note === brokenNote) throw new Error('cannot fold this note');
    return { opened: doc.opened, total: doc.total + event.data.amount, notes: event.data.note === undefined ? doc.notes : [...doc.notes, event.data.note] };
  },
  extract: (doc) => ({ total: doc.total, opened: doc.opened, tags: doc.notes.map((note) => `"${note}\\,{`), last_note: doc.notes.at(-1) ?? null }),
});
const tally: StreamProjection<{ n: number }> = { name: 'tally', version: 1, categories: ['case', 'report'], columns: {}, initial: () => ({ n: 0 }), evolve: ({ n }) => ({ n: n + 1 }), extract: () => ({}) };

let serial = 0;
const event = (amount: number, note?: string): NewEvent => ({
  id: uuidFrom('runner-spec', String(++serial)), type: 'Counted', version: 1, data: { amount, ...(note !== undefined && { note }) },
  metadata: { correlationId: 'c', causationId: 'c', commandId: `c${serial}`, commandDigest: 'd', actor: { person: 'p', role: 'r', jurisdiction: '211103' }, occurredAt: '2025-09-29T01:30:00.000Z', recordedAt: '2025-09-29T01:30:00.000Z' },
});

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
  const run = runProjections({ pool: db.pool, schema: 'dispatch', store, projections: [board(), tally], signal: stop.signal, parkedPollIntervalMs: 20, onError: (error) => { throw error; }, ...options });
  running.push({ stop, run });
  return { run, stop: async () => { stop.abort(); await run.done; } };
};
const rows = async (table = 'board') => (await db.pool.query(`select * from dispatch.${table} order by 1, 2, 3`)).rows;

beforeEach(async () => {
  brokenNote = undefined;
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
  brokenNote = 'bad';
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
  brokenNote = undefined;
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
  const report = await rebuild({ pool: db.pool, schema: 'dispatch', store, projections: [board()], docsInMemoryMax: 3, pageEventsMax: 4 });
  expect(report).toMatchObject({ events: 50, switched: true, projections: [{ name: 'board', build: 1, rows: 7, differences: { count: 0 } }] });
  expect([await rows(), await rows('board_note')]).toEqual(before);
  await add('case-3', event(1000, 'after'));
  await run.waitFor(await store.head(), 5_000);
  expect((await rows()).find(({ id }) => id === '3')).toMatchObject({ last_note: 'after' });
});
