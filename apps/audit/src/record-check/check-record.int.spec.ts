import { NO_STREAM, createPostgresEventStore, type EventStore } from '@gridcase/event-store';
import type { NewEvent } from '@gridcase/events';
import { uuidFrom } from '@gridcase/platform';
import { testDatabase, type TestDatabase } from '@gridcase/testing';
import { checkRecord, checkStream } from '..';
import { recomputeHash } from './recompute-hash';

const at = '2025-09-29T01:00:00.000Z';
const phoned = (stream: string, n: number): NewEvent => ({
  id: uuidFrom('test', stream, String(n)), type: 'UnitPhoned', version: 1, data: { unit: `u-${n}`, person: '张科长', answered: true, note: `第 ${n} 次`, clocks: [] },
  metadata: { correlationId: 'c', causationId: 'c', commandId: `k-${stream}-${n}`, commandDigest: 'd', actor: { person: 'o-1', role: 'centre-operator', jurisdiction: '210600' }, occurredAt: at, recordedAt: at },
});

let database: TestDatabase;
let store: EventStore;
beforeEach(async () => {
  database = await testDatabase();
  store = await createPostgresEventStore({ pool: database.pool });
  // Two streams of four events and one of two, interleaved: positions 1 to 10.
  const heads = new Map<string, { revision: number; hash: string }>();
  for (const [stream, count] of [['case-1', 2], ['case-2', 4], ['case-1', 2], ['case-3', 2]] as const) {
    const head = heads.get(stream);
    const first = (head?.revision ?? -1) + 1;
    const { head: next } = await store.append(stream, head ?? NO_STREAM, Array.from({ length: count }, (_, i) => phoned(stream, first + i)));
    heads.set(stream, next);
  }
});
afterEach(async () => {
  await store.close();
  await database.drop();
});

/** As somebody could who owns the database: triggers off, change, triggers on. */
const damage = async (...statements: string[]) => {
  await database.pool.query(['begin', 'alter table event_store.events disable trigger all', ...statements, 'alter table event_store.events enable always trigger append_only', 'commit'].join(';'));
};
const found = async (options: Parameters<typeof checkRecord>[1] = { densePositions: true }) => {
  const { ok, differences, differenceCount } = await checkRecord(store, options);
  expect(differenceCount).toBe(differences.length);
  expect(ok).toBe(differences.length === 0);
  return differences.map(({ kind, stream, revision }) => `${kind} ${stream}/${revision}`);
};

// @rule X18
it('a record that nobody touched is whole', async () => {
  const progress: bigint[] = [];
  expect(await checkRecord(store, { densePositions: true, pageEvents: 3, onProgress: ({ position }) => progress.push(position) })).toEqual({ ok: true, events: 10, streams: 3, head: '10', byKind: {}, differences: [], differenceCount: 0 });
  expect(progress).toEqual([3n, 6n, 9n, 10n]);
});

// @rule X18
it('ordinary changes are refused by the store; changed content, actor, time or place is found and named', async () => {
  await expect(database.pool.query(`update event_store.events set type = 'x' where position = 1`)).rejects.toThrow(/append-only/);
  await damage(
    `update event_store.events set data = replace(data::text, 'u-1', 'u-9')::json where stream = 'case-1' and revision = 1`,
    `update event_store.events set metadata = replace(metadata::text, '"o-1"', '"o-2"')::json where stream = 'case-2' and revision = 0`,
    `update event_store.events set metadata = replace(metadata::text, '01:00:00.000Z', '00:00:00.000Z')::json where stream = 'case-2' and revision = 2`,
    `update event_store.events set stream = 'case-4' where stream = 'case-3' and revision = 1`,
  );
  expect(await found()).toEqual(['content case-1/1', 'content case-2/0', 'content case-2/2', 'events-missing case-4/1', 'content case-4/1']);
});

it('a change that also writes the fitting hash breaks the chain behind it', async () => {
  const [, event] = await store.readStream('case-2');
  const forged = { ...event!, data: { ...event!.data, unit: 'u-9' } };
  await damage(`update event_store.events set data = '${JSON.stringify(forged.data)}'::json, hash = '\\x${recomputeHash(forged)}' where stream = 'case-2' and revision = 1`);
  expect(await found()).toEqual(['chain case-2/2']);
});

it('an event taken out is missed: in the middle, at the beginning, and by its position at the end of its stream', async () => {
  await damage(`delete from event_store.events where stream = 'case-2' and revision = 1`);
  expect((await checkRecord(store)).differences).toEqual([{ kind: 'events-missing', stream: 'case-2', revision: 2, position: '5', detail: 'revision 1 is missing before it' }]);
  await damage(`delete from event_store.events where stream = 'case-1' and revision in (0, 3)`);
  expect(await found()).toEqual(['position case-1/1', 'events-missing case-1/1', 'position case-2/2', 'events-missing case-2/2', 'position case-3/0']);
});

it('two events exchanged in place are named, and so are two exchanged in content', async () => {
  await damage(
    `update event_store.events set position = 1000 where position = 4`, `update event_store.events set position = 4 where position = 5`, `update event_store.events set position = 5 where position = 1000`,
  );
  expect(await found()).toEqual(['events-missing case-2/2', 'order case-2/1']);
  await damage(
    `update event_store.events a set data = b.data from event_store.events b where a.stream = b.stream and a.stream = 'case-1' and a.revision in (0, 1) and b.revision = 1 - a.revision`,
  );
  expect(await found()).toEqual(['content case-1/0', 'content case-1/1', 'events-missing case-2/2', 'order case-2/1']);
});

it('an event that was never appended does not fit its schema, its type, its version or its category', async () => {
  await damage(
    `insert into event_store.events select 11, 'case-3', 2, gen_random_uuid(), 'CaseBurnt', 1, '{}'::json, '{}'::json, hash, hash, 'case' from event_store.events where stream = 'case-3' and revision = 1`,
    `insert into event_store.events select 12, 'patrol-1', 0, gen_random_uuid(), 'UnitPhoned', 1, '{"unit": 5}'::json, metadata, hash, decode(repeat('00', 32), 'hex'), 'patrol' from event_store.events where stream = 'case-3' and revision = 1`,
    `insert into event_store.events select 13, 'patrol-1', 1, gen_random_uuid(), 'PatrolRecorded', 99, '{}'::json, metadata, hash, hash, 'patrol' from event_store.events where stream = 'case-3' and revision = 1`,
  );
  expect(await found()).toEqual(['content case-3/2', 'metadata case-3/2', 'unknown-type case-3/2', 'content patrol-1/0', 'category patrol-1/0', 'schema patrol-1/0', 'content patrol-1/1', 'version patrol-1/1']);
});

it('finds the same with little memory, walking more than once, and keeps a bounded list', async () => {
  await damage(`update event_store.events set data = replace(data::text, 'u-0', 'u-9')::json where revision = 0`, `delete from event_store.events where stream = 'case-1' and revision = 3`);
  const all = await checkRecord(store, { densePositions: true });
  const passes = new Set<number>();
  const bounded = await checkRecord(store, { densePositions: true, streamsMax: 1, pageEvents: 2, onProgress: ({ pass }) => passes.add(pass) });
  expect(bounded).toEqual(all);
  expect(passes.size).toBeGreaterThan(2);
  expect(all.differenceCount).toBe(4);
  expect(await checkRecord(store, { densePositions: true, differencesMax: 2 })).toMatchObject({ ok: false, differenceCount: 4, differences: all.differences.slice(0, 2), byKind: { content: 3, position: 1 } });
});

it('one stream can be checked alone', async () => {
  await damage(`delete from event_store.events where stream = 'case-2' and revision = 1`);
  expect(await checkStream(store, 'case-1', { pageEvents: 2 })).toMatchObject({ ok: true, events: 4, streams: 1, head: '8' });
  expect(await checkStream(store, 'case-2', { pageEvents: 2 })).toMatchObject({ ok: false, differences: [{ kind: 'events-missing', revision: 2 }] });
});
