/**
 * The adapter's own statements in every order that several processes can bring about (`Interleavings` of @gridcase/testing).
 * A check runs 100 schedules, if there are as many, those with the fewest switches first; GRIDCASE_INTERLEAVINGS=5000 asks for more. @rule X18
 */
import type { NewEvent, StoredEvent } from '@gridcase/events';
import { Interleavings, testDatabase, type Actor, type Schedule, type SetUp, type TestDatabase } from '@gridcase/testing';
import type { Pool } from 'pg';
import { events, readEverything } from '../event-store.contract';
import { NO_STREAM, WrongExpectedHead, type AppendResult, type EventStore } from '../port';
import { migrateEventStore } from './migrations';
import { createPostgresEventStore } from './postgres-event-store';

const SCHEMA = 'event_store';
jest.setTimeout(Interleavings.timeoutMs);
let db: TestDatabase;
let interleavings: Interleavings;
beforeAll(async () => {
  db = await testDatabase();
  await migrateEventStore(db.pool, SCHEMA);
  interleavings = new Interleavings(db.url);
});
afterAll(async () => {
  await interleavings.close();
  await db.drop();
});

interface Append { stream: string; events: NewEvent[] }
let serial = 0;
/** To a stream that does not exist yet. */
const newStream = () => `case-${++serial}`;
const anAppend = (stream = newStream(), count = 1): Append => ({ stream, events: events(count) });
const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id);

/** What processes do to one record at the same time, and what must come of it in any order. */
class Scene {
  readonly seen: StoredEvent[] = [];
  checkpoint: bigint;
  private readonly acknowledged: { append: Append; result: AppendResult }[] = [];
  private readonly refused: Append[] = [];

  private constructor(private readonly schedule: Schedule, private readonly schema: string, private readonly store: EventStore, private readonly start: bigint) {
    this.checkpoint = start;
  }

  static of = (play: (scene: Scene) => void, schema = SCHEMA): SetUp => async (schedule) => {
    const store = await createPostgresEventStore({ pool: db.pool, schema, migrate: false });
    const scene = new Scene(schedule, schema, store, await store.head());
    play(scene);
    return { atEnd: () => scene.expectOneRecord() };
  };

  /** Of a process of its own. Several appends at once go in one transaction. */
  writer(name: string, appends: Append[]): Actor {
    return this.process(name, ({ pool }) => pool, async (store) => {
      await Promise.all(appends.map(async (append) => {
        try {
          this.acknowledged.push({ append, result: await store.append(append.stream, NO_STREAM, append.events) });
        } catch (error) {
          if (!(error instanceof WrongExpectedHead)) throw error;
          this.refused.push(append);
        }
      }));
    });
  }

  /** Goes on from the checkpoint of its last page, as a read model does. */
  reader(pages: number): Actor {
    return this.process('reader', ({ readPool }) => readPool, async (store) => {
      for (let page = 0; page < pages; page++) this.take(await store.readAll({ after: this.checkpoint, limit: 2 }));
    });
  }

  /** Two loops in one process: the subscription, and the tail of the table that all subscriptions share. */
  subscriber(expected: number): void {
    const done = new AbortController();
    let store: EventStore | undefined;
    const tail = this.schedule.actor('tail', async () => {
      await new Promise((resolve) => done.signal.addEventListener('abort', resolve));
      await store!.close();
    }, { background: true });
    this.schedule.actor('subscriber', async ({ readPool, signal }) => {
      const isOfTail = (query: string | { values: unknown[] }) => typeof query === 'string' || query.values[1] === 1_000;
      const pool = { connect: tail.readPool.connect, query: (query: never) => (isOfTail(query) ? tail.readPool : readPool).query(query) } as unknown as Pool;
      store = await createPostgresEventStore({ pool, schema: this.schema, migrate: false, pollIntervalMs: 0, readIntervalMs: 0, retryDelayMs: 0 });
      try {
        for await (const batch of store.subscribe({ after: this.start, batchSizeMax: 2, signal })) {
          this.take(batch);
          if (this.seen.length >= expected) break;
        }
      } finally {
        done.abort();
      }
    }, { waitsForOthers: true });
  }

  private process(name: string, poolOf: (actor: Actor) => Pool, work: (store: EventStore) => Promise<void>): Actor {
    return this.schedule.actor(name, async (actor) => {
      const store = await createPostgresEventStore({ pool: poolOf(actor), schema: this.schema, migrate: false, retryDelayMs: 0 });
      try {
        await work(store);
      } finally {
        await store.close();
      }
    });
  }

  private take(batch: { events: StoredEvent[]; checkpoint: bigint }): void {
    this.seen.push(...batch.events);
    this.checkpoint = batch.checkpoint;
  }

  private async expectOneRecord(): Promise<void> {
    this.seen.push(...(await readEverything(this.store, this.checkpoint)));
    const stored = (await db.pool.query<{ position: string; stream: string; revision: number; id: string }>(`select position, stream, revision, id from ${this.schema}.events where position > $1 order by position`, [this.start])).rows;
    const missed = stored.filter(({ id }) => !ids(this.seen).includes(id));
    if (missed.length > 0) throw new Error(`never seen: ${missed.length} of ${stored.length} events`);
    expect(this.seen.map(({ position, id }) => `${position} ${id}`)).toEqual(stored.map(({ position, id }) => `${position} ${id}`));
    expect(stored.map(({ position }) => BigInt(position))).toEqual(stored.map((_, i) => this.start + BigInt(i) + 1n));
    for (const stream of new Set([...this.acknowledged.map(({ append }) => append), ...this.refused].map((append) => append.stream))) {
      const winners = this.acknowledged.filter(({ append }) => append.stream === stream);
      const inStream = this.seen.filter((event) => event.stream === stream);
      // One of those who named the same head; who brought the same events again wins with it.
      const won = new Set(winners.map(({ append }) => ids(append.events).join())).size;
      if (won !== 1) throw new Error(`${won} appends to ${stream} won at one head`);
      expect(winners.filter(({ result }) => !result.repeated).length).toBeLessThanOrEqual(1);
      expect(ids(inStream)).toEqual(ids(winners[0]!.append.events));
      expect(inStream.map(({ revision }) => revision)).toEqual(inStream.map((_, i) => i));
      for (const { result } of winners) expect(result.events).toEqual(inStream);
    }
  }
}

describe('in every order of their steps', () => {
  it.each<[string, (scene: Scene) => void]>([
    ['two writers of one stream at one head, and a reader', (scene) => {
      const stream = newStream();
      scene.writer('A', [anAppend(stream, 2)]);
      scene.writer('B', [anAppend(stream)]);
      scene.reader(3);
    }],
    ['three writers of streams of their own, and a reader', (scene) => {
      for (const name of ['A', 'B', 'C']) scene.writer(name, [anAppend()]);
      scene.reader(3);
    }],
    ['a group commit, a writer of one of its streams, and a reader', (scene) => {
      const contested = newStream();
      scene.writer('A', [anAppend(contested), anAppend(), anAppend()]);
      scene.writer('B', [anAppend(contested, 2)]);
      scene.reader(4);
    }],
    ['two processes with the same events, another writer, and a reader', (scene) => {
      const append = anAppend(newStream(), 2);
      scene.writer('A', [append]);
      scene.writer('B', [append]);
      scene.writer('C', [anAppend()]);
      scene.reader(2);
    }],
    ['a retry while the first try is still on the way, a writer of the same stream, and a reader', (scene) => {
      const stream = newStream();
      scene.writer('A', [anAppend(stream, 2)]).answersToLose = 1;
      scene.writer('B', [anAppend(stream)]);
      scene.reader(2);
    }],
    ['two writers, a subscription and its tail', (scene) => {
      for (const name of ['A', 'B']) scene.writer(name, [anAppend(newStream(), 2)]);
      scene.subscriber(4);
    }],
  ])('%s: one record, seen once, in order, without a gap', async (what, play) => {
    expect((await interleavings.check(what, Scene.of(play))).explored).toBeGreaterThan(50);
  });
});

describe('known wrong ways are caught', () => {
  /** The append of the adapter in a schema of its own, with a fault. */
  const wrongAppend = async (schema: string, ...changes: [from: string, to: string][]) => {
    await migrateEventStore(db.pool, schema);
    let { text } = (await db.pool.query<{ text: string }>(`select pg_get_functiondef('${schema}.append'::regproc) as text`)).rows[0]!;
    for (const [from, to] of changes) {
      expect(text).toContain(from);
      text = text.replace(from, to);
    }
    await db.pool.query(text);
  };
  const lock = (schema: string) => `perform pg_advisory_xact_lock(hashtextextended('${schema}.events', 0));`;
  const head = (schema: string, variable: string) => `select coalesce(max(e.position), 0) into ${variable} from ${schema}.events e;`;

  it('a position from a bare sequence, polled: an event is lost', async () => {
    const schema = 'bare_sequence';
    await db.pool.query('create sequence positions');
    await wrongAppend(schema, [lock(schema), ''], [head(schema, 'v_position'), `v_position := nextval('public.positions') - 1;`]);
    const { violation } = await interleavings.explore(Scene.of((scene) => {
      for (const name of ['A', 'B']) scene.writer(name, [anAppend()]);
      scene.reader(2);
    }, schema));
    expect(violation!.schedule).toEqual([
      'A: bare_sequence.append', // has position 1
      'B: bare_sequence.append', 'B: commit', // position 2
      'reader: bare_sequence.read_all', // sees 2 and goes on from there
      'reader: bare_sequence.read_all',
      'A: commit', // nobody will see 1
    ]);
    expect(violation!.error.message).toBe('never seen: 1 of 2 events');
  });

  it('a head that is compared before the lock is held: two win one revision', async () => {
    const schema = 'early_comparison';
    await wrongAppend(schema, [lock(schema), ''], ['if v_ready then', `if v_ready then ${lock(schema)} ${head(schema, 'v_start')}`]);
    await db.pool.query(`alter table ${schema}.events drop constraint events_stream_revision_key`); // a second guard, which would turn it into an error
    const { violation } = await interleavings.explore(Scene.of((scene) => {
      const stream = newStream();
      for (const name of ['A', 'B']) scene.writer(name, [anAppend(stream)]);
      scene.reader(1);
    }, schema));
    expect(violation!.schedule).toEqual([
      'A: early_comparison.append',
      'B: early_comparison.append', // has compared, waits for the lock
      'A: commit', 'B: commit', 'reader: early_comparison.read_all',
    ]);
    expect(violation!.error.message).toMatch(/^2 appends to case-\d+ won at one head$/);
  });

  it('a repeat that is not recognised: a writer is refused what he has written', async () => {
    const schema = 'no_repeats';
    await wrongAppend(schema, [`outcome := 'repeated'`, `outcome := 'conflict'`]);
    const { violation } = await interleavings.explore(Scene.of((scene) => {
      scene.writer('A', [anAppend(newStream(), 2)]).answersToLose = 1;
      scene.reader(1);
    }, schema));
    expect(violation!.schedule).toEqual([
      `A's lost connection: no_repeats.append`, `A's lost connection: commit`, // nobody hears of it
      'A: no_repeats.append', 'A: commit', 'reader: no_repeats.read_all',
    ]);
    expect(violation!.error.message).toMatch(/^0 appends to case-\d+ won at one head$/);
  });
});
