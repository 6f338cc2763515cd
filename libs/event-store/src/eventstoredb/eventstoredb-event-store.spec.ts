/** Each trap of the server and of its client (DESIGN.md §4) by name, on the protocol double. @rule X18 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AccessDeniedError, BACKWARDS, END, EventStoreDBClient, NO_STREAM as NO_STREAM_ON_SERVER, UnavailableError, jsonEvent } from '@eventstore/db-client';
import { Empty, StreamIdentifier, UUID } from '@eventstore/db-client/generated/shared_pb';
import { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb';
import { AppendReq } from '@eventstore/db-client/generated/streams_pb';
import type { CallOptions, Metadata } from '@grpc/grpc-js';
import type { NewEvent, StoredEvent } from '@gridcase/events';
import { waitUntil } from '@gridcase/testing';
import { anEvent, events, follow, readEverything } from '../event-store.contract';
import { chainEvents, hashEvent, canonicalJson } from '../hash-chain';
import { AppendRefused, NO_STREAM, OutcomeUnknown, StoreOverloaded, WrongExpectedHead, type EventStore, type ExpectedHead } from '../port';
import { AllReader } from './all-reader';
import { Connection, defaultConnectionLimits, isAnswerLost } from './connection';
import { createEventStoreDbEventStore, renewEventStoreDbEpoch, type EventStoreDbEventStoreOptions } from './eventstoredb-event-store';
import { RecordDamaged } from './record-damaged';
import { restrictEventStoreDbAccess } from './restrict-access';
import { recordIdOf, toRecord } from './stored-record';
import { EventLog, ProtocolDouble, type Failure, type ProtocolDoubleOptions } from '@gridcase/eventstoredb-double';
import { selfSigned } from './testing/self-signed';

const insecure = { username: 'insecure', password: '' };
const quick = { retryDelayMs: 1, retryDelayMaxMs: 20, answerTimeoutMs: 5_000, pollIntervalMs: 30, pollIntervalMaxMs: 200 };
const cleanups: (() => unknown)[] = [];
let double: ProtocolDouble;
let store: EventStore;
let raw: EventStoreDBClient;

const start = async (options?: ProtocolDoubleOptions) => {
  const started = await new ProtocolDouble(options).start();
  cleanups.push(() => started.stop());
  return started;
};
const open = async (options: Partial<EventStoreDbEventStoreOptions> = {}, at = double) => {
  const opened = await createEventStoreDbEventStore({ connectionString: at.connectionString, ...quick, ...options });
  cleanups.push(() => opened.close());
  return opened;
};
beforeEach(async () => {
  double = await start();
  store = await open();
  raw = EventStoreDBClient.connectionString(double.connectionString);
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id);
const later = (event: NewEvent): NewEvent => ({ ...event, metadata: { ...event.metadata, recordedAt: '2025-09-29T01:31:00.000Z' } });
const intact = (list: StoredEvent[]) => list.forEach((event, i) => {
  expect(event.hash).toBe(hashEvent({ ...event, dataText: canonicalJson(event.data), metadataText: canonicalJson(event.metadata) }));
  if (i > 0) expect(event.previousHash).toBe(list[i - 1]!.hash);
});

describe('answers that get lost', () => {
  const answers: Failure[] = ['aborted', 'cancelled', 'deadline', 'not-ready', 'unavailable', 'unknown', 'silence'];
  it.each(answers.flatMap((answer) => [['after', answer], ['before', answer]] as const))('%s the append was written, "%s": sent again unchanged, one copy', async (when, answer) => {
    if (answer === 'silence') store = await open({ answerTimeoutMs: 250 });
    const batch = events(2);
    double.appendFaults.push({ when, answer });
    const result = await store.append('case-1', NO_STREAM, batch);
    expect(result).toMatchObject({ head: { revision: 1 }, repeated: when === 'after' });
    const stored = await store.readStream('case-1');
    expect(result.events).toEqual(stored);
    expect(ids(stored)).toEqual(ids(batch));
    intact(stored);
    const [next] = events(1);
    double.appendFaults.push({ when, answer });
    expect(await store.append('case-1', result.head, [next!])).toMatchObject({ head: { revision: 2 }, repeated: when === 'after' });
    expect(await store.readStream('case-1')).toHaveLength(3);
  });

  it('after the last try the outcome is unknown, and the caller\'s own retry leaves one copy', async () => {
    const flaky = await open({ attemptsMax: 3 });
    const batch = events(2);
    double.appendFaults.push(...Array.from({ length: 3 }, () => ({ when: 'after', answer: 'aborted' }) as const));
    await expect(flaky.append('case-1', NO_STREAM, batch)).rejects.toBeInstanceOf(OutcomeUnknown);
    // Decided anew by the caller: the same ids, another time of recording.
    const again = await flaky.append('case-1', NO_STREAM, batch.map(later));
    expect(again).toMatchObject({ repeated: true, head: { revision: 1 } });
    expect(again.events).toEqual(await store.readStream('case-1'));
    expect(again.events[0]!.metadata.recordedAt).toBe(batch[0]!.metadata.recordedAt);
  });

  it('a lost answer and another writer in between: the conflict is told, nothing is doubled', async () => {
    const { head } = await store.append('case-1', NO_STREAM, events(1));
    double.appendFaults.push({ when: 'before', answer: 'unavailable' });
    const slow = await open({ retryDelayMs: 60 });
    const lost = slow.append('case-1', head, events(1));
    await waitUntil(() => double.appendFaults.length === 0, { timeoutMs: 5_000 });
    const won = await store.append('case-1', head, events(1));
    await expect(lost).rejects.toMatchObject({ name: 'WrongExpectedHead', actual: won.head });
    expect(await store.readStream('case-1')).toHaveLength(2);
  });

  it('reads are tried again, also when the server says nothing: the client has no deadline for them', async () => {
    store = await open({ answerTimeoutMs: 250 });
    await store.append('case-1', NO_STREAM, events(2));
    double.readFaults.push('unavailable', 'silence', 'not-ready');
    expect(await store.readStream('case-1')).toHaveLength(2);
    double.readFaults.push('silence');
    expect(await readEverything(store)).toHaveLength(2);
    double.readFaults.push('aborted', 'silence');
    expect(await store.head()).toBe((await store.readStream('case-1')).at(-1)!.position);
  });

  it('the server is killed and started again during appends: every acknowledged append is there exactly once, and a subscriber sees each', async () => {
    const reader = follow(store, 0n);
    let writing = true;
    const kills = (async () => {
      let killed = 0;
      for (; writing; killed++) {
        await new Promise((resolve) => setTimeout(resolve, 40));
        await double.restart();
      }
      return killed;
    })();
    const appended: string[] = [];
    await Promise.all(Array.from({ length: 4 }, async (_, writer) => {
      let head: ExpectedHead = NO_STREAM;
      for (let i = 0; i < 20; i++) {
        const batch = events(1 + (i % 2));
        for (let done = false; !done; ) {
          try {
            head = (await store.append(`case-${writer}`, head, batch)).head;
            done = true;
          } catch (error) {
            if (!(error instanceof OutcomeUnknown)) throw error;
          }
        }
        appended.push(...ids(batch));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }));
    writing = false;
    expect(await kills).toBeGreaterThan(2);
    const stored = await readEverything(store);
    expect(ids(stored).sort()).toEqual(appended.sort());
    await waitUntil(() => reader.state.seen.length >= stored.length, { timeoutMs: 10_000 });
    await reader.stop();
    expect(reader.state.seen.map(({ position }) => position)).toEqual(stored.map(({ position }) => position));
  });
});

describe('an append in the middle of its events', () => {
  const large = () => Array.from({ length: 300 }, () => anEvent({ data: { text: 'x'.repeat(2_000) } }));

  it('the client: a call that is cut off ends the request properly before it resets it, so a part of the append is taken for the whole', async () => {
    const inside = raw as unknown as { getGRPCClient(of: typeof StreamsClient, name: string): Promise<StreamsClient>; callArguments(options: object): [Metadata, CallOptions] };
    const grpc = await inside.getGRPCClient(StreamsClient, 'append');
    const error = await new Promise((resolve) => {
      const call = grpc.append(...inside.callArguments({}), resolve);
      call.write(new AppendReq().setOptions(new AppendReq.Options().setStreamIdentifier(new StreamIdentifier().setStreamName(Uint8Array.from(Buffer.from('case-1')))).setNoStream(new Empty())));
      for (const { id } of events(3)) {
        const message = new AppendReq.ProposedMessage().setId(new UUID().setString(id)).setData(Buffer.from('{}').toString('base64'));
        message.getMetadataMap().set('type', 'Noted').set('content-type', 'application/json');
        call.write(new AppendReq().setProposedMessage(message));
      }
      // Here the rest of the events would follow; a deadline may come instead.
      setTimeout(() => call.cancel(), 50);
    });
    expect(error).toMatchObject({ code: 1 });
    await waitUntil(() => double.log.records.filter(({ stream }) => stream === 'case-1').length === 3, { timeoutMs: 5_000 });
  });

  it('the adapter gives it up without cutting it off: whole, and once', async () => {
    double.stallAppendsMs = 150;
    const hasty = await open({ answerTimeoutMs: 50 });
    const batch = large();
    const result = await hasty.append('case-1', NO_STREAM, batch).catch((error: unknown) => error);
    double.stallAppendsMs = 0;
    if (result instanceof OutcomeUnknown) expect(await store.append('case-1', NO_STREAM, batch)).toMatchObject({ head: { revision: 299 } });
    else expect(result).toMatchObject({ head: { revision: 299 } });
    await new Promise((resolve) => setTimeout(resolve, 200));
    const stored = await store.readStream('case-1');
    expect(ids(stored)).toEqual(ids(batch));
    intact(stored);
  });
});

describe('the shared stream of batch appends', () => {
  it('the client: one error rejects every append in flight', async () => {
    const appends = ['case-1', 'case-2'].map((stream) => raw.appendToStream(stream, jsonEvent({ type: 'Noted', data: {} }), { expectedRevision: NO_STREAM_ON_SERVER }));
    double.appendFaults.push({ when: 'before', answer: 'silence' }, { when: 'before', answer: 'silence' });
    const results = Promise.allSettled(appends);
    await waitUntil(() => double.calls.batchAppend === 2, { timeoutMs: 5_000 });
    double.breakBatches();
    expect((await results).map((result) => result.status === 'rejected' && result.reason instanceof UnavailableError)).toEqual([true, true]);
  });

  it('the adapter does not use it: an append whose answer is lost does not touch the others', async () => {
    store = await open({ answerTimeoutMs: 250 });
    const [lost, ...others] = Array.from({ length: 20 }, (_, i) => `case-${i}`);
    double.appendFaults.push({ when: 'before', answer: 'silence' });
    const first = store.append(lost!, NO_STREAM, events(1));
    const results = await Promise.all(others.map((stream) => store.append(stream, NO_STREAM, events(1))));
    expect(results.every(({ repeated }) => !repeated)).toBe(true);
    expect((await first).head.revision).toBe(0);
    expect(double.calls.batchAppend).toBe(0);
    expect(double.calls.append).toBe(21);
  });

  it('the client: throwOnAppendFailure=false gives a wrong revision for a conflict; the adapter refuses the setting', async () => {
    const lax = EventStoreDBClient.connectionString(`${double.connectionString}&throwOnAppendFailure=false`);
    await store.append('case-1', NO_STREAM, events(5));
    expect(await lax.appendToStream('case-1', jsonEvent({ type: 'Noted', data: {} }), { expectedRevision: 9n })).toMatchObject({ success: false, nextExpectedRevision: 1n });
    await expect(createEventStoreDbEventStore({ connectionString: `${double.connectionString}&throwOnAppendFailure=false` })).rejects.toThrow(TypeError);
  });
});

describe('ids, heads and hashes', () => {
  it('the server compares ids only; a writer with an old head that repeats with another body is given what was stored first', async () => {
    const other = await open();
    const { head } = await store.append('case-1', NO_STREAM, events(1));
    await other.readStream('case-1');
    await other.append('case-0', NO_STREAM, events(1));
    const next = events(1);
    // `other` knows the head, and not that it was passed.
    const [noted] = events(1);
    const seen = await other.append('case-1', head, [noted!]);
    const passed = await store.append('case-1', seen.head, next);
    const again = await other.append('case-1', seen.head, next.map(later));
    expect(again).toEqual({ ...passed, repeated: true });
    intact(await store.readStream('case-1'));
    // The chain goes on from what is stored, not from what `other` wanted to write.
    const last = await other.append('case-1', again.head, events(1));
    expect(last.events[0]!.previousHash).toBe(passed.head.hash);
    intact(await store.readStream('case-1'));
  });

  it('a wrong hash at the right revision is refused, whether the head is known or not, and nothing is written', async () => {
    const { head } = await store.append('case-1', NO_STREAM, events(2));
    const wrong = { ...head, hash: 'a'.repeat(64) };
    for (const writer of [store, await open(), await open({ headsMax: 0 })]) {
      await expect(writer.append('case-1', wrong, events(1))).rejects.toMatchObject({ name: 'WrongExpectedHead', actual: head });
    }
    expect(await store.readStream('case-1')).toHaveLength(2);
  });

  it('reads the head once when it is unknown, and not again', async () => {
    const { head } = await store.append('case-1', NO_STREAM, events(2));
    const cold = await open();
    const before = double.calls.read;
    const next = await cold.append('case-1', head, events(1));
    expect(double.calls.read - before).toBe(1);
    await cold.append('case-1', next.head, events(1));
    expect(double.calls.read - before).toBe(1);
  });

  it('an event id of the port is no id of the server: that one is drawn from the hash', async () => {
    const event = anEvent();
    const [chained] = chainEvents('case-1', NO_STREAM, [event]);
    await store.append('case-1', NO_STREAM, [event]);
    const [record] = double.log.records.filter(({ stream }) => stream === 'case-1');
    expect(record!.id).toBe(recordIdOf(chained!.hash));
    expect(record!.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(JSON.parse(Buffer.from(record!.metadata).toString())).toMatchObject({ ...event.metadata, gridcase: { id: event.id, version: 1, hash: chained!.hash } });
    expect((await store.readStream('case-1'))[0]!.id).toBe(event.id);
  });

  it('refuses more than may wait; a refusal of the server is final', async () => {
    const small = await open({ queueAppendsMax: 5, appendsInFlightMax: 2 });
    const results = await Promise.allSettled(Array.from({ length: 8 }, (_, i) => small.append(`case-${i}`, NO_STREAM, events(1))));
    expect(results.filter((result) => result.status === 'rejected' && result.reason instanceof StoreOverloaded)).toHaveLength(3);
    expect(await readEverything(store)).toHaveLength(5);
    const before = double.calls.append;
    const large = Array.from({ length: 3 }, () => anEvent({ data: { text: 'x'.repeat(500_000) } }));
    await expect(store.append('case-large', NO_STREAM, large)).rejects.toMatchObject({ name: 'AppendRefused', reason: 'append-too-large' });
    expect(double.calls.append - before).toBe(1);
    await expect(store.append('gridcase_epoch-store', NO_STREAM, events(1))).rejects.toBeInstanceOf(AppendRefused);
  });
});

describe('a damaged record is noticed', () => {
  it('"no stream" on a soft-deleted stream goes on counting: told as damage, by the append and by every read after it', async () => {
    await store.append('case-1', NO_STREAM, events(3));
    await raw.deleteStream('case-1');
    const cold = await open();
    expect(await cold.readStream('case-1')).toEqual([]);
    await expect(cold.append('case-1', NO_STREAM, events(1))).rejects.toBeInstanceOf(RecordDamaged);
    await expect(cold.readStream('case-1')).rejects.toBeInstanceOf(RecordDamaged);
  });

  it('truncated, tombstoned, or written by another program', async () => {
    for (const stream of ['case-cut', 'case-dead', 'case-foreign']) await store.append(stream, NO_STREAM, events(4));
    await raw.setStreamMetadata('case-cut', { maxCount: 2 });
    await raw.tombstoneStream('case-dead');
    await raw.appendToStream('case-foreign', jsonEvent({ type: 'CaseClosed', data: {} }), { expectedRevision: 3n, credentials: insecure });
    for (const stream of ['case-cut', 'case-dead', 'case-foreign']) await expect(store.readStream(stream)).rejects.toMatchObject({ name: 'RecordDamaged', stream });
    const cold = await open();
    await expect(cold.append('case-dead', NO_STREAM, events(1))).rejects.toBeInstanceOf(RecordDamaged);
    // `$all` still holds what was hidden.
    expect(await readEverything(cold)).toHaveLength(12);
  });

  it('what other programs keep on the server is not handed out', async () => {
    await raw.appendToStream('orders-1', [jsonEvent({ type: 'Ordered', data: {} }), jsonEvent({ type: 'Paid', data: {} })], { credentials: insecure });
    const { position } = await store.append('case-1', NO_STREAM, events(1));
    await raw.appendToStream('orders-1', jsonEvent({ type: 'Shipped', data: {} }), { credentials: insecure });
    expect(await store.head()).toBe(position);
    expect(await store.readAll({ after: 0n, limit: 10 })).toMatchObject({ events: [{ stream: 'case-1' }], checkpoint: position, caughtUp: true });
  });
});

describe('subscriptions', () => {
  const write = async (count: number, size = 1) => {
    const batch = Array.from({ length: count }, () => anEvent({ data: { text: 'x'.repeat(size) } }));
    return store.append(`case-${batch[0]!.id}`, NO_STREAM, batch);
  };

  it.each(['too-slow', 'unavailable', 'end'] as const)('dropped again and again (%s): taken up from where it stood, nothing lost, nothing twice', async (how) => {
    const broken: unknown[] = [];
    const stubborn = await open({ onResubscribe: (error) => broken.push(error) });
    const reader = follow(stubborn, 0n, { batchSizeMax: 10 });
    const filtered = follow(stubborn, 0n, { categories: ['case'] });
    let last = 0n;
    for (let i = 0; i < 12; i++) {
      last = (await write(9)).position;
      await waitUntil(() => double.dropSubscriptions(how) > 0, { timeoutMs: 5_000 });
    }
    await waitUntil(() => reader.state.checkpoint === last && filtered.state.checkpoint === last, { timeoutMs: 5_000 });
    await Promise.all([reader.stop(), filtered.stop()]);
    const stored = await readEverything(store);
    expect(stored).toHaveLength(108);
    for (const { state } of [reader, filtered]) expect(state.seen.map(({ position }) => position)).toEqual(stored.map(({ position }) => position));
    expect(broken.length).toBeGreaterThan(12);
  });

  it.each(['22.10', '23.10', '24.10'] as const)('a consumer slower than the server\'s buffer, server %s: no event lost', async (version) => {
    double.version = version;
    const broken: unknown[] = [];
    const patient = await open({ onResubscribe: (error) => broken.push(error) });
    const stop = new AbortController();
    const seen: StoredEvent[] = [];
    let caughtUp = false;
    let goOn = () => undefined as void;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    const done = (async () => {
      for await (const batch of patient.subscribe({ after: 0n, batchSizeMax: 4, signal: stop.signal })) {
        seen.push(...batch.events);
        if (caughtUp) await held;
        caughtUp ||= batch.caughtUp;
      }
    })();
    await waitUntil(() => caughtUp, { timeoutMs: 5_000 });
    for (let i = 0; i < 20; i++) await write(15, 8_000);
    goOn();
    await waitUntil(() => seen.length >= 300, { timeoutMs: 10_000 });
    stop.abort();
    await done;
    expect(seen.map(({ position }) => position)).toEqual((await readEverything(store)).map(({ position }) => position));
    // 23.10 drops it, 24.10 does not.
    expect(broken.some((error) => /too slow/.test(String(error)))).toBe(version !== '24.10');
  });

  it('nothing that matches: the checkpoint moves all the same, never beyond the head, and resuming from it gives the rest', async () => {
    const reader = follow(store, 0n, { categories: ['patrol'] });
    for (let i = 0; i < 10; i++) await write(99);
    const { position } = await write(3);
    for (let i = 0; i < 300; i++) double.log.writeSystem('$stats-127.0.0.1:2113', '$statsCollected', { i });
    await waitUntil(() => reader.state.checkpoint === position, { timeoutMs: 5_000 });
    for (let i = 0; i < 300; i++) double.log.writeSystem('$stats-127.0.0.1:2113', '$statsCollected', { i });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(reader.state.checkpoint).toBe(position);
    expect(reader.state.checkpoint).toBe(await store.head());
    expect(reader.state.seen).toEqual([]);
    await reader.stop();
    const match = await store.append('patrol-1', NO_STREAM, events(2));
    const resumed = follow(store, reader.state.checkpoint, { categories: ['patrol'] });
    await waitUntil(() => resumed.state.checkpoint === match.position, { timeoutMs: 5_000 });
    await resumed.stop();
    expect(resumed.state.seen).toEqual(match.events);
  });

  it('is aborted cleanly, waiting or in the middle of a batch, and leaves no call at the server', async () => {
    await write(50);
    const waiting = follow(store, await store.head());
    await waitUntil(() => waiting.state.caughtUp, { timeoutMs: 5_000 });
    await waiting.stop();
    for await (const batch of store.subscribe({ after: 0n, batchSizeMax: 5, signal: new AbortController().signal })) {
      expect(batch.events.length).toBeLessThanOrEqual(5);
      break;
    }
    await waitUntil(() => double.subscribers.size === 0, { timeoutMs: 5_000, what: 'no subscription at the server' });
  });

  it('closing the store ends them', async () => {
    const own = await open();
    const reader = follow(own, 0n);
    await waitUntil(() => reader.state.caughtUp, { timeoutMs: 5_000 });
    await own.close();
    await reader.stop();
  });

  it('the client: a broken subscription is never taken up again', async () => {
    const subscription = raw.subscribeToAll();
    const errors: unknown[] = [];
    let seen = 0;
    subscription.on('error', (error) => errors.push(error));
    subscription.on('data', () => seen++);
    await waitUntil(() => seen > 0, { timeoutMs: 5_000 });
    double.dropSubscriptions('too-slow');
    await waitUntil(() => errors.length > 0, { timeoutMs: 5_000 });
    const before = seen;
    await write(3);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(seen).toBe(before);
    expect(String(errors[0])).toMatch(/too slow/);
  });
});

describe('the whole store', () => {
  it('head and pages skip long runs of system events', async () => {
    expect(await store.head()).toBe(0n);
    expect(await store.readAll({ after: 0n, limit: 10 })).toEqual({ events: [], checkpoint: 0n, caughtUp: true });
    const first = await store.append('case-1', NO_STREAM, events(2));
    for (let i = 0; i < 3_000; i++) double.log.writeSystem('$stats-127.0.0.1:2113', '$statsCollected', { i });
    const cold = await open();
    expect(await cold.head()).toBe(first.position);
    const { position } = await store.append('case-2', NO_STREAM, events(1));
    expect(await cold.readAll({ after: first.position, limit: 1 })).toMatchObject({ events: [{ stream: 'case-2' }], checkpoint: position });
    expect(await cold.readAll({ after: position, limit: 1 })).toEqual({ events: [], checkpoint: position, caughtUp: true });
  });

  it('an append acknowledged while the answer to a read of the head is under way is not taken for a store that has become shorter', async () => {
    const { position } = await store.append('case-1', NO_STREAM, events(1));
    const connection = new Connection(double.connectionString, undefined, { ...defaultConnectionLimits, ...quick });
    cleanups.push(() => connection.close());
    const replaced = jest.fn();
    const all = new AllReader(connection, replaced);
    all.note(position);
    const collect = connection.collect.bind(connection);
    jest.spyOn(connection, 'collect').mockImplementationOnce(async (read) => {
      const page = await collect(read);
      all.note((await store.append('case-2', NO_STREAM, events(1))).position);
      return page;
    });
    expect(await all.head()).toBe(await store.head());
    expect(replaced).not.toHaveBeenCalled();
  });

  it('a read that the server cuts off in the middle is an error to the client, never a shorter answer', async () => {
    for (let i = 0; i < 10; i++) await store.append(`case-${i}`, NO_STREAM, Array.from({ length: 40 }, () => anEvent({ data: { text: 'x'.repeat(2_000) } })));
    const whole = (await readEverything(store)).length;
    const connection = new Connection(double.connectionString, undefined, { ...defaultConnectionLimits, ...quick, attemptsMax: 1 });
    cleanups.push(() => connection.close());
    const read = () => connection.collect(() => connection.client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: whole }));
    let cut = 0;
    for (let ms = 0; ms < 24; ms += 2) {
      const reads = Array.from({ length: 4 }, read);
      await new Promise((resolve) => setTimeout(resolve, ms));
      await double.restart();
      for (const outcome of await Promise.allSettled(reads)) {
        if (outcome.status === 'fulfilled') expect(outcome.value).toHaveLength(whole);
        else expect(isAnswerLost(outcome.reason)).toBe(true);
        cut += Number(outcome.status === 'rejected');
      }
      // Connected again.
      await store.head();
    }
    expect(cut).toBeGreaterThan(0);
  });

  it('another store in its place is noticed: the epoch is another one, heads are forgotten', async () => {
    const { head } = await store.append('case-1', NO_STREAM, events(3));
    const [epoch, before] = [await store.epoch(), await store.head()];
    const other = await start({ log: new EventLog() });
    const moved = await open({}, other);
    expect(await moved.epoch()).not.toBe(epoch);
    expect(await moved.head()).toBeLessThan(before);
    await expect(moved.append('case-1', head, events(1))).rejects.toMatchObject({ name: 'WrongExpectedHead', actual: null });
  });

  it('the epoch is written once, by whoever asks first, survives a restart, and is renewed after a restore', async () => {
    const stores = await Promise.all(Array.from({ length: 5 }, () => open()));
    const epochs = new Set(await Promise.all(stores.map((each) => each.epoch())));
    expect(epochs.size).toBe(1);
    expect(double.log.records.filter(({ stream }) => stream === 'gridcase_epoch-store')).toHaveLength(1);
    await double.restart();
    expect(epochs).toContain(await store.epoch());
    const renewed = await renewEventStoreDbEpoch({ connectionString: double.connectionString });
    expect(epochs).not.toContain(renewed);
    expect(await stores[0]!.epoch()).toBe(renewed);
    expect(await readEverything(store)).toEqual([]);
  });

  it('opening waits for a server that has just been started, and gives up in time', async () => {
    double.ready = false;
    setTimeout(() => (double.ready = true), 100);
    const late = await open();
    expect((await late.append('case-1', NO_STREAM, events(1))).head.revision).toBe(0);
    double.ready = false;
    await expect(open({ readyTimeoutMs: 100 })).rejects.toBeInstanceOf(UnavailableError);
    double.stop();
    await expect(open({ readyTimeoutMs: 100 })).rejects.toBeInstanceOf(UnavailableError);
  });

  it('the node of a cluster is found by gossip', async () => {
    const found = await open({ connectionString: `esdb+discover://${double.address}?tls=false` });
    expect((await found.append('case-1', NO_STREAM, events(1))).head.revision).toBe(0);
  });

  it('closing is not held up by a read that nobody finishes', async () => {
    await store.append('case-1', NO_STREAM, Array.from({ length: 100 }, () => anEvent({ data: { text: 'x'.repeat(9_000) } })));
    const connection = new Connection(double.connectionString, undefined, { ...quick, attemptsMax: 1, readyTimeoutMs: 1_000 });
    for await (const _ of connection.client.readStream('case-1')) break;
    const begun = performance.now();
    await connection.close();
    expect(performance.now() - begun).toBeLessThan(2_000);
  });
});

describe('TLS and users', () => {
  let dir: string;
  let secure: ProtocolDouble;
  let string: (user: string) => string;
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'gridcase-tls-'));
    const tls = selfSigned();
    writeFileSync(join(dir, 'ca.crt'), tls.cert);
    secure = await new ProtocolDouble({
      tls,
      users: {
        admin: { password: 'changeit', groups: ['$admins'] }, 'gridcase-intake': { password: 'p@ss:w/ord', groups: ['gridcase-writers'] },
        'gridcase-audit': { password: 'audit', groups: ['gridcase-readers'] }, stranger: { password: 'stranger' },
      },
    }).start();
    string = (user) => `esdb://${user}@${secure.address}?tlsCAFile=${encodeURIComponent(join(dir, 'ca.crt'))}`;
  });
  afterEach(() => {
    secure.stop();
    rmSync(dir, { recursive: true });
  });

  const allow = () => restrictEventStoreDbAccess({ connectionString: string('admin:changeit'), writers: ['gridcase-writers'], readers: ['gridcase-readers'] });

  it('with the user of the connection string or of the options, over verified TLS', async () => {
    await allow();
    const connectionString = string(`gridcase-intake:${encodeURIComponent('p@ss:w/ord')}`);
    const own = await open({ connectionString });
    const { position } = await own.append('case-1', NO_STREAM, events(2));
    expect(await own.head()).toBe(position);
    expect(await own.epoch()).toMatch(/^[0-9a-f-]{36}$/);
    const reader = follow(own, 0n);
    await waitUntil(() => reader.state.checkpoint === position, { timeoutMs: 5_000 });
    await reader.stop();
    expect(secure.calls.batchAppend).toBe(0);
    const audit = await open({ connectionString, credentials: { username: 'gridcase-audit', password: 'audit' } });
    expect(await readEverything(audit)).toEqual(await own.readStream('case-1'));
    expect(await audit.epoch()).toBe(await own.epoch());
  });

  it('a service appends and reads; an auditor reads; nobody but an administrator deletes, hides or opens anything; a stranger does nothing', async () => {
    const user = (credentials: string) => EventStoreDBClient.connectionString(string(credentials));
    // As it comes from the vendor everybody with a password may delete everything, and `$all` is closed.
    const [stranger, service, auditor] = [user('stranger:stranger'), user(`gridcase-intake:${encodeURIComponent('p@ss:w/ord')}`), user('gridcase-audit:audit')];
    await stranger.appendToStream('other-1', jsonEvent({ type: 'Noted', data: {} }), { expectedRevision: NO_STREAM_ON_SERVER });
    await stranger.deleteStream('other-1');
    await allow();
    const denied = (call: Promise<unknown>) => expect(call).rejects.toBeInstanceOf(AccessDeniedError);
    for (const client of [stranger, service, auditor]) {
      await denied(client.deleteStream('case-1'));
      await denied(client.tombstoneStream('case-1'));
      await denied(client.setStreamMetadata('case-1', { truncateBefore: 1 }));
      await denied(client.setStreamMetadata('$all', { acl: { readRoles: ['$all'] } }));
      await denied(client.appendToStream('$settings', jsonEvent({ type: 'update-default-acl', data: {} })));
    }
    const before = secure.calls.append;
    const reading = await open({ connectionString: string('gridcase-audit:audit') });
    await denied(reading.append('case-2', NO_STREAM, events(1)));
    expect(secure.calls.append - before).toBe(1);
    await denied(open({ connectionString: string('stranger:stranger') }));
    const closed = follow(await open({ connectionString: string('admin:changeit') }), 0n);
    await waitUntil(() => closed.state.caughtUp, { timeoutMs: 5_000 });
    await closed.stop();
  });

  it('a subscription that is no longer allowed ends with the refusal', async () => {
    await allow();
    const reading = await open({ connectionString: string('gridcase-audit:audit') });
    const reader = follow(reading, 0n);
    await waitUntil(() => reader.state.caughtUp, { timeoutMs: 5_000 });
    await restrictEventStoreDbAccess({ connectionString: string('admin:changeit'), writers: ['gridcase-writers'], readers: [] });
    secure.dropSubscriptions('unavailable');
    await expect(reader.done).rejects.toBeInstanceOf(AccessDeniedError);
  });

  it('a wrong password, no user, or a certificate nobody vouches for: no store', async () => {
    await expect(open({ connectionString: string('gridcase-intake:wrong') })).rejects.toBeInstanceOf(AccessDeniedError);
    await expect(open({ connectionString: `esdb://${secure.address}` })).rejects.toThrow(/needs a user/);
    await expect(open({ connectionString: `esdb://gridcase-audit:audit@${secure.address}`, readyTimeoutMs: 100 })).rejects.toBeInstanceOf(UnavailableError);
  });
});

it('a record keeps what the port does not know of apart from what it does', () => {
  const [chained] = chainEvents('case-1', NO_STREAM, [anEvent()]);
  const record = toRecord(chained!, 'w/1');
  expect(Object.keys(record.metadata as object).filter((key) => key.startsWith('$'))).toEqual([]);
  expect(new WrongExpectedHead('case-1', NO_STREAM, null)).toBeInstanceOf(Error);
});
