/** What every adapter of the port must do (EVENTSTORE.md §11), checked against a plain array model. @rule X18 */
import fc from 'fast-check';
import { categoryOf, type NewEvent, type StoredEvent } from '@gridcase/events';
import { uuidFrom } from '@gridcase/platform';
import { waitUntil } from '@gridcase/testing';
import { GENESIS_HASH, canonicalJson, hashEvent } from './hash-chain';
import { AppendRefused, NO_STREAM, WrongExpectedHead, appendEventsMax, eventBytesMax, type AppendResult, type Batch, type EventStore, type ExpectedHead, type StreamHead } from './port';

export interface StoreUnderTest {
  store: EventStore;
  /** Another instance on the same record, as after a restart or in another process. Absent when the record dies with its process. */
  reopen?(): Promise<EventStore>;
  dispose(): Promise<void>;
}

let serial = 0;
export const anEvent = (fields: Partial<NewEvent> = {}): NewEvent => {
  const n = String(++serial);
  return {
    id: uuidFrom('contract', n), type: 'CaseFiled', version: 1, data: { n: serial, text: '路灯不亮 "quoted" \\ \u2028 \u0001', nested: { b: [1, 2.5e-7, null], a: true } },
    metadata: {
      correlationId: 'c', causationId: 'c', commandId: `command-${n}`, commandDigest: 'd', actor: { person: 'p', role: 'operator', jurisdiction: '211103' },
      occurredAt: '2025-09-29T01:30:00.000Z', recordedAt: '2025-09-29T01:30:01.000Z',
    },
    ...fields,
  };
};
export const events = (count: number): NewEvent[] => Array.from({ length: count }, () => anEvent());
const aStream = (category = 'case') => `${category}-${uuidFrom('contract-stream', String(++serial))}`;
const conflict = (promise: Promise<unknown>) => expect(promise).rejects.toBeInstanceOf(WrongExpectedHead);

/** Reads the whole store by small pages. */
export async function readEverything(store: EventStore, after = 0n, limit = 100): Promise<StoredEvent[]> {
  const all: StoredEvent[] = [];
  for (let batch: Batch | undefined; !batch?.caughtUp; after = batch.checkpoint) {
    batch = await store.readAll({ after, limit });
    all.push(...batch.events);
  }
  return all;
}

/** Follows a subscription in the background. */
export function follow(store: EventStore, after: bigint, options: { categories?: string[]; batchSizeMax?: number } = {}) {
  const stop = new AbortController();
  const seen: StoredEvent[] = [];
  const state = { seen, checkpoint: after, batches: 0, caughtUp: false };
  const done = (async () => {
    for await (const batch of store.subscribe({ after, signal: stop.signal, ...options })) {
      if (batch.checkpoint < state.checkpoint) throw new Error('the checkpoint went back');
      seen.push(...batch.events);
      state.checkpoint = batch.checkpoint;
      state.caughtUp ||= batch.caughtUp;
      state.batches++;
    }
  })();
  return { state, done, stop: async () => { stop.abort(); await done; } };
}

export function eventStoreContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`event store: ${name}`, () => {
    let under: StoreUnderTest;
    let store: EventStore;
    beforeAll(async () => {
      under = await open();
      store = under.store;
    });
    afterAll(() => under?.dispose());

    describe('expectations × stream states', () => {
      const wrongHash = (head: StreamHead): StreamHead => ({ ...head, hash: 'f'.repeat(64) });
      it('a new stream takes only "no stream"', async () => {
        await conflict(store.append(aStream(), { revision: 0, hash: GENESIS_HASH }, events(1)));
        await conflict(store.append(aStream(), { revision: 5, hash: GENESIS_HASH }, events(1)));
        const result = await store.append(aStream(), NO_STREAM, events(3));
        expect(result).toMatchObject({ head: { revision: 2 }, repeated: false });
      });
      it('a stream takes only its own head', async () => {
        const stream = aStream();
        const { head: old } = await store.append(stream, NO_STREAM, events(1));
        const { head } = await store.append(stream, old, events(2));
        await conflict(store.append(stream, NO_STREAM, events(1)));
        await conflict(store.append(stream, old, events(1)));
        await conflict(store.append(stream, { ...head, revision: head.revision + 1 }, events(1)));
        await conflict(store.append(stream, wrongHash(head), events(1)));
        await expect(store.append(stream, NO_STREAM, events(1))).rejects.toMatchObject({ stream, expected: NO_STREAM, actual: head });
        expect((await store.append(stream, head, events(1))).head.revision).toBe(3);
        expect((await store.readStream(stream)).map(({ revision }) => revision)).toEqual([0, 1, 2, 3]);
      });
    });

    describe('repeats', () => {
      it('the same ids at the same expected head succeed and write nothing, for ever', async () => {
        const stream = aStream();
        const [first, second, third] = [events(2), events(3), events(1)];
        const one = await store.append(stream, NO_STREAM, first);
        const two = await store.append(stream, one.head, second);
        const three = await store.append(stream, two.head, third);
        const stores = [store, ...(under.reopen ? [await under.reopen()] : [])];
        for (const again of stores) {
          expect(await again.append(stream, NO_STREAM, first)).toEqual({ ...one, repeated: true });
          expect(await again.append(stream, one.head, second)).toEqual({ ...two, repeated: true });
          expect(await again.append(stream, two.head, third)).toEqual({ ...three, repeated: true });
          // A first part of an older append counts as well.
          expect(await again.append(stream, one.head, second.slice(0, 1))).toMatchObject({ repeated: true, head: { revision: 2 } });
          expect(await again.readStream(stream)).toHaveLength(6);
        }
        for (const again of stores.slice(1)) await again.close();
      });
      it('a repeat with another body gives what was stored first', async () => {
        const stream = aStream();
        const [event] = events(1) as [NewEvent];
        const first = await store.append(stream, NO_STREAM, [event]);
        const again = await store.append(stream, NO_STREAM, [{ ...event, data: { other: true } }]);
        expect(again).toEqual({ ...first, repeated: true });
      });
      it('a partial overlap, a longer batch, another order or a wrong hash is a conflict', async () => {
        const stream = aStream();
        const batch = events(3);
        const { head } = await store.append(stream, NO_STREAM, batch);
        await conflict(store.append(stream, NO_STREAM, [...batch, anEvent()]));
        await conflict(store.append(stream, NO_STREAM, [batch[0]!, anEvent(), batch[2]!]));
        await conflict(store.append(stream, NO_STREAM, [anEvent(), batch[1]!, batch[2]!]));
        await conflict(store.append(stream, NO_STREAM, [batch[1]!, batch[0]!]));
        await store.append(stream, head, events(1));
        await conflict(store.append(stream, { revision: 0, hash: 'f'.repeat(64) }, [batch[1]!, batch[2]!]));
      });
      it('the same id may stand in two streams', async () => {
        const [event] = events(1) as [NewEvent];
        const streams = [aStream(), aStream()];
        for (const stream of streams) expect((await store.append(stream, NO_STREAM, [event])).repeated).toBe(false);
        for (const stream of streams) expect(await store.readStream(stream)).toHaveLength(1);
      });
    });

    it('refuses what the port forbids', async () => {
      const refused = async (reason: string, promise: Promise<unknown>) => expect(await promise.catch((error) => error)).toMatchObject({ name: 'AppendRefused', reason });
      await refused('system-stream', store.append('$settings', NO_STREAM, events(1)));
      await refused('invalid-stream', store.append('', NO_STREAM, events(1)));
      await refused('invalid-stream', store.append('case-\u0000', NO_STREAM, events(1)));
      await refused('empty-append', store.append(aStream(), NO_STREAM, []));
      await refused('too-many-events', store.append(aStream(), NO_STREAM, events(appendEventsMax + 1)));
      await refused('event-too-large', store.append(aStream(), NO_STREAM, [anEvent({ data: { text: '灯'.repeat(eventBytesMax / 3) } })]));
      await refused('invalid-event', store.append(aStream(), NO_STREAM, [anEvent({ id: 'no-uuid' })]));
      await refused('invalid-event', store.append(aStream(), NO_STREAM, [anEvent({ type: '$metadata' })]));
      await refused('invalid-event', store.append(aStream(), NO_STREAM, [anEvent({ data: { n: NaN } })]));
      expect(new AppendRefused('empty-append', 'x')).toBeInstanceOf(Error);
      const stream = aStream();
      expect((await store.append(stream, NO_STREAM, events(appendEventsMax))).head.revision).toBe(appendEventsMax - 1);
      expect(await store.readStream(stream)).toHaveLength(appendEventsMax);
      const large = anEvent({ data: { text: 'x'.repeat(eventBytesMax - 1_000) } });
      await store.append(aStream(), NO_STREAM, [large]);
    });

    it('gives back exactly what was appended, chained', async () => {
      const stream = aStream();
      const batch = events(3);
      batch[1]!.data = { '10': 1, '9': 2, é: '𠮷', empty: {}, list: [], gone: undefined, text: '"\\\n\u2029</script>\u0000', big: 1e21, small: 5e-324, zero: -0 };
      batch[2]!.metadata.trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
      const result = await store.append(stream, NO_STREAM, batch);
      const stored = await store.readStream(stream);
      expect(canonicalJson(result.events.map((event) => ({ ...event, position: String(event.position) })))).toBe(canonicalJson(stored.map((event) => ({ ...event, position: String(event.position) }))));
      let previousHash = GENESIS_HASH;
      stored.forEach((event, revision) => {
        expect(canonicalJson(event.data)).toBe(canonicalJson(batch[revision]!.data));
        expect(event.metadata).toEqual(batch[revision]!.metadata);
        expect(event).toMatchObject({ stream, revision, id: batch[revision]!.id, type: batch[revision]!.type, version: 1, previousHash });
        expect(event.hash).toBe(hashEvent({ ...event, dataText: canonicalJson(event.data), metadataText: canonicalJson(event.metadata) }));
        previousHash = event.hash;
      });
      expect(result.head).toEqual({ revision: 2, hash: previousHash });
      expect(result.position).toBe(stored[2]!.position);
    });

    it('reads windows of a stream', async () => {
      const stream = aStream();
      await store.append(stream, NO_STREAM, events(7));
      const revisions = async (options?: object) => (await store.readStream(stream, options)).map(({ revision }) => revision);
      expect(await revisions()).toEqual([0, 1, 2, 3, 4, 5, 6]);
      expect(await revisions({ from: 5 })).toEqual([5, 6]);
      expect(await revisions({ from: 2, limit: 2 })).toEqual([2, 3]);
      expect(await revisions({ from: 7 })).toEqual([]);
      expect(await store.readStream(aStream())).toEqual([]);
    });

    it('concurrent writers: exactly one wins each revision', async () => {
      const stream = aStream();
      let head: ExpectedHead = NO_STREAM;
      for (let round = 0; round < 10; round++) {
        const expected: ExpectedHead = head;
        const results: PromiseSettledResult<AppendResult>[] = await Promise.allSettled(Array.from({ length: 8 }, () => store.append(stream, expected, events(1 + (round % 2)))));
        const won = results.filter((result) => result.status === 'fulfilled');
        expect(won).toHaveLength(1);
        for (const lost of results.filter((result) => result.status === 'rejected')) expect(lost.reason).toBeInstanceOf(WrongExpectedHead);
        head = won[0]!.value.head;
      }
      expect((await store.readStream(stream)).map(({ revision }) => revision)).toEqual(Array.from({ length: 15 }, (_, i) => i));
    });

    it('appends to one stream asked for together are handled in order; a conflict does not hurt the others', async () => {
      const stream = aStream();
      const [a, b] = [events(1), events(2)];
      const first = store.append(stream, NO_STREAM, a);
      const { head } = await first;
      const other = aStream();
      const results = await Promise.allSettled([
        store.append(stream, head, b), store.append(stream, head, events(1)), store.append(other, NO_STREAM, events(1)), store.append(stream, head, b), store.append(other, NO_STREAM, events(1)),
      ]);
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'rejected']);
      expect((results[3] as PromiseFulfilledResult<AppendResult>).value.repeated).toBe(true);
    });

    it('positions increase in the order of the store, and resuming after each gives the same rest', async () => {
      const all = await readEverything(store);
      for (let i = 1; i < all.length; i++) expect(all[i]!.position > all[i - 1]!.position).toBe(true);
      expect(await store.head()).toBe(all.at(-1)!.position);
      const last = all.slice(-30);
      for (let i = 0; i < last.length; i++) {
        const rest = await store.readAll({ after: last[i]!.position, limit: 1_000 });
        expect(rest).toMatchObject({ caughtUp: true, checkpoint: last.at(-1)!.position });
        expect(rest.events.map(({ id }) => id)).toEqual(last.slice(i + 1).map(({ id }) => id));
        const { state, stop } = follow(store, last[i]!.position, { batchSizeMax: 7 });
        await waitUntil(() => state.caughtUp && state.checkpoint === last.at(-1)!.position, { timeoutMs: 5_000 });
        await stop();
        expect(state.seen.map(({ id }) => id)).toEqual(last.slice(i + 1).map(({ id }) => id));
      }
    });

    it('filters by category, and the checkpoint moves over long runs that do not match', async () => {
      const start = await store.head();
      const mine = [await store.append(aStream('patrol'), NO_STREAM, events(2))];
      await store.append(aStream('case'), NO_STREAM, events(400));
      mine.push(await store.append(aStream('patrol'), NO_STREAM, events(1)));
      await store.append(aStream('patrolling'), NO_STREAM, events(300));
      const { state, stop } = follow(store, start, { categories: ['patrol'], batchSizeMax: 50 });
      const end = await store.head();
      await waitUntil(() => state.checkpoint === end, { timeoutMs: 5_000, what: 'the checkpoint at the end of the store' });
      expect(state.seen.map(({ position }) => position)).toEqual(mine.flatMap((result) => result.events.map(({ position }) => position)));
      const later = await store.append(aStream('case'), NO_STREAM, events(1));
      await waitUntil(() => state.checkpoint === later.position, { timeoutMs: 5_000 });
      await stop();
      expect(await store.readAll({ after: start, limit: 10, categories: ['nothing'] })).toEqual({ events: [], checkpoint: later.position, caughtUp: true });
      const both = await store.readAll({ after: start, limit: 402, categories: ['patrol', 'case'] });
      expect(both.events).toHaveLength(402);
      expect(both.caughtUp).toBe(false);
      expect(new Set(both.events.map(({ stream }) => categoryOf(stream)))).toEqual(new Set(['patrol', 'case']));
    });

    it('a slow subscriber loses nothing and does not hold up a fast one', async () => {
      const start = await store.head();
      const fast = follow(store, start);
      const stop = new AbortController();
      const slow: StoredEvent[] = [];
      const slowDone = (async () => {
        for await (const batch of store.subscribe({ after: start, batchSizeMax: 20, signal: stop.signal })) {
          slow.push(...batch.events);
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      })();
      for (let i = 0; i < 20; i++) await store.append(aStream(), NO_STREAM, events(30));
      await waitUntil(() => fast.state.seen.length === 600, { timeoutMs: 5_000 });
      await waitUntil(() => slow.length === 600, { timeoutMs: 10_000 });
      stop.abort();
      await Promise.all([slowDone, fast.stop()]);
      expect(slow.map(({ id }) => id)).toEqual(fast.state.seen.map(({ id }) => id));
    });

    it('8 writers with random delays while readers follow: seen / stored = 1.000', async () => {
      const start = await store.head();
      const readers = [follow(store, start), follow(store, start, { batchSizeMax: 3 })];
      const delays = fc.sample(fc.integer({ min: 0, max: 4 }), { numRuns: 8 * 25, seed: 7 });
      await Promise.all(Array.from({ length: 8 }, async (_, writer) => {
        let head: ExpectedHead = NO_STREAM;
        const stream = aStream();
        for (let i = 0; i < 25; i++) {
          await new Promise((resolve) => setTimeout(resolve, delays[writer * 25 + i]));
          head = (await store.append(stream, head, events(1 + (i % 3)))).head;
        }
      }));
      const end = await store.head();
      await Promise.all(readers.map(({ state }) => waitUntil(() => state.checkpoint === end, { timeoutMs: 10_000 })));
      await Promise.all(readers.map(({ stop }) => stop()));
      const stored = await readEverything(store, start);
      for (const { state } of readers) {
        expect(state.seen.length / stored.length).toBe(1);
        expect(state.seen.map(({ position }) => position)).toEqual(stored.map(({ position }) => position));
      }
    });

    it('random commands give what the array model gives', async () => {
      const command = fc.record({
        stream: fc.integer({ min: 0, max: 2 }),
        expected: fc.oneof({ weight: 4, arbitrary: fc.constant('head' as const) }, { weight: 1, arbitrary: fc.constant('none' as const) }, { weight: 2, arbitrary: fc.nat(6) }),
        ids: fc.array(fc.nat(12), { minLength: 1, maxLength: 4 }),
      });
      await fc.assert(fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 25 }), async (commands) => {
        const streams = [aStream(), aStream(), aStream()];
        const model = streams.map(() => [] as { id: string; hash: string }[]);
        for (const { stream: s, expected: kind, ids } of commands) {
          const present = model[s]!;
          const at = kind === 'head' ? present.length - 1 : kind === 'none' ? -1 : kind;
          const expected: ExpectedHead = at < 0 ? NO_STREAM : { revision: at, hash: present[at]?.hash ?? 'e'.repeat(64) };
          const batch = ids.map((n) => anEvent({ id: uuidFrom('oracle', String(n)) }));
          const repeats = at < present.length - 1 && batch.every((event, i) => present[at + 1 + i]?.id === event.id);
          const outcome = await store.append(streams[s]!, expected, batch).catch((error: unknown) => error);
          if (at === present.length - 1 || repeats) {
            const result = outcome as AppendResult;
            expect(result.repeated).toBe(repeats);
            expect(result.head.revision).toBe(at + batch.length);
            if (!repeats) present.push(...result.events.map(({ id, hash }) => ({ id, hash })));
          } else {
            expect(outcome).toBeInstanceOf(WrongExpectedHead);
          }
        }
        for (const [s, stream] of streams.entries()) {
          const stored = await store.readStream(stream);
          expect(stored.map(({ id, hash }) => ({ id, hash }))).toEqual(model[s]);
          stored.forEach((event, i) => expect(event).toMatchObject({ revision: i, previousHash: model[s]![i - 1]?.hash ?? GENESIS_HASH }));
        }
      }), { numRuns: 30 });
    });

    it('a subscriber from the beginning sees everything once, in order', async () => {
      const all = await readEverything(store, 0n, 1_000);
      const { state, stop } = follow(store, 0n, { batchSizeMax: 333 });
      await waitUntil(() => state.seen.length >= all.length, { timeoutMs: 10_000 });
      await stop();
      expect(state.seen.map(({ position }) => position)).toEqual(all.map(({ position }) => position));
    });

    it('ends a subscription at once when it is aborted', async () => {
      const { state, stop } = follow(store, await store.head());
      await waitUntil(() => state.caughtUp, { timeoutMs: 5_000 });
      await stop();
      const aborted = new AbortController();
      aborted.abort();
      for await (const _ of store.subscribe({ after: 0n, signal: aborted.signal })) throw new Error('a batch after the abort');
    });

    it('names itself by a stable epoch', async () => {
      expect(await store.epoch()).toBe(await store.epoch());
      if (under.reopen) {
        const again = await under.reopen();
        expect(await again.epoch()).toBe(await store.epoch());
        await again.close();
      }
    });
  });
}
