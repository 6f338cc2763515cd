import { isRejection, rejected, type DomainEvent } from '@gridcase/events';
import { readTraceparent } from '@gridcase/platform';
import { FakeClock, recordSpans } from '@gridcase/testing';
import { createCommandHandler, type CommandHandlerOptions } from './create-command-handler';
import type { Accepted, CommandArrival, Decider, Refused } from './command-handler';
import { createMemoryEventStore } from './memory/memory-event-store';
import { OutcomeUnknown, type EventStore } from './port';

interface Account { balance: number; seen: number }
const account: Decider<Account> = {
  initialState: () => ({ balance: 0, seen: 0 }),
  evolve: ({ balance, seen }, event) => ({ balance: balance + event.data.amount, seen: seen + 1 }),
};
const add = (...amounts: number[]) => (): DomainEvent[] => amounts.map((amount) => ({ type: 'Added', data: { amount, gone: undefined } }));
const withdraw = (amount: number) => ({ balance }: Account) => (balance < amount ? rejected('TOO_LITTLE', { balance }) : add(-amount)());

let serial = 0;
const context = (fields: Partial<CommandArrival> = {}): CommandArrival => ({
  commandId: `command-${++serial}`, digest: 'd', actor: { person: 'p', role: 'r', jurisdiction: '211103' }, occurredAt: '2025-09-29T01:30:00.000Z', correlationId: 'c', causationId: 'k', ...fields,
});
const open = (store: EventStore, options: Partial<CommandHandlerOptions> = {}) => createCommandHandler(store, { clock: new FakeClock('2025-09-29T02:00:00.000Z'), versionOf: () => 3, ...options });

let store: EventStore;
let reads: number;
beforeEach(() => {
  const memory = createMemoryEventStore();
  reads = 0;
  store = { ...memory, readStream: (...args) => { reads++; return memory.readStream(...args); } };
});

it('reads, decides, appends with everything the envelope needs', async () => {
  const outcome = await open(store).execute('case-1', account, context({ commandId: 'one', trace: '00-aa' }), add(5, 7)) as Accepted;
  expect(outcome).toMatchObject({ ok: true, stream: 'case-1', revision: 1, position: 2n, repeated: false });
  expect(await store.readStream('case-1')).toEqual(outcome.events);
  expect(outcome.events[1]).toMatchObject({ type: 'Added', version: 3, data: { amount: 7 }, metadata: { commandId: 'one', commandDigest: 'd', correlationId: 'c', causationId: 'k', trace: '00-aa', occurredAt: '2025-09-29T01:30:00.000Z', recordedAt: '2025-09-29T02:00:00.000Z' } });
  expect(new Set(outcome.events.map(({ id }) => id)).size).toBe(2);
});

it.each([
  ['now by the clock', '2025-09-29T01:30:00.000Z', '2025-09-29T02:00:00.000Z'],
  ['never before what the stream holds last: the clock of the host was set back', '2025-09-29T02:59:00.000Z', '2025-09-29T02:59:00.000Z'],
])('a command that does not say when it occurred: %s', async (_, last, at) => {
  const handler = open(store);
  await handler.execute('case-1', account, context({ occurredAt: last }), add(5));
  const outcome = await handler.execute('case-1', account, context({ occurredAt: undefined }), (_state, { occurredAt }) => { expect(occurredAt).toBe(at); return add(1)(); }) as Accepted;
  expect(outcome.events[0]!.metadata).toMatchObject({ occurredAt: at, recordedAt: '2025-09-29T02:00:00.000Z' });
});

it('a command sent twice gives the first answer, from memory and after a restart, though the stream went on', async () => {
  const first = open(store);
  const again = context();
  const outcome = await first.execute('case-1', account, again, add(5, 7));
  await first.execute('case-1', account, context(), add(1));
  const never = () => { throw new Error('decided twice'); };
  for (const handler of [first, open(store)]) expect(await handler.execute('case-1', account, again, never)).toEqual({ ...outcome, repeated: true });
  expect(await store.readStream('case-1')).toHaveLength(3);
});

it('the same command id with another body is refused', async () => {
  const handler = open(store);
  const one = context();
  await handler.execute('case-1', account, one, add(5));
  expect(await handler.execute('case-1', account, { ...one, digest: 'other' }, add(5))).toMatchObject({ ok: false, rejection: { code: 'IDEMPOTENCY_KEY_REUSED' } });
});

it('two at once with one command id: one writes, both get its answer', async () => {
  const one = context();
  const handlers = [open(store), open(store), open(store)];
  const outcomes = await Promise.all(handlers.flatMap((handler) => [handler.execute('case-1', account, one, add(5)), handler.execute('case-1', account, one, add(5))])) as Accepted[];
  expect(outcomes.filter(({ repeated }) => !repeated)).toHaveLength(1);
  expect(new Set(outcomes.map(({ position }) => position)).size).toBe(1);
  expect(await store.readStream('case-1')).toHaveLength(1);
});

it('assumed new: appends without a look; a repeat gives the first answer, another body or an existing stream is noticed', async () => {
  const creation = context({ assumeNew: true });
  const outcome = await open(store).execute('case-1', account, creation, add(5)) as Accepted;
  expect(reads).toBe(0);
  expect(await open(store).execute('case-1', account, creation, add(5))).toEqual({ ...outcome, repeated: true });
  expect(await open(store).execute('case-1', account, { ...creation, digest: 'other' }, add(6))).toMatchObject({ ok: false, rejection: { code: 'IDEMPOTENCY_KEY_REUSED' } });
  // Refused on the assumed state, accepted on the real one.
  expect(await open(store).execute('case-1', account, context({ assumeNew: true }), withdraw(5))).toMatchObject({ ok: true, revision: 1 });
  expect(await open(store).execute('case-1', account, context({ assumeNew: true }), (state) => add(state.balance + 1)())).toMatchObject({ ok: true, revision: 2, events: [{ data: { amount: 1 } }] });
});

it('decides on the cached state without reading, and reads again after a conflict', async () => {
  const [mine, other] = [open(store), open(store)];
  await mine.execute('case-1', account, context(), add(5));
  const before = reads;
  await mine.execute('case-1', account, context(), add(5));
  expect(reads).toBe(before);
  await other.execute('case-1', account, context(), add(100));
  let decisions = 0;
  const outcome = await mine.execute('case-1', account, context(), (state) => { decisions++; return add(state.balance)(); }) as Accepted;
  expect(decisions).toBe(2);
  expect(outcome.events[0]!.data).toEqual({ amount: 110 });
});

it('never refuses on a state that may be old', async () => {
  const [mine, other] = [open(store), open(store)];
  await mine.execute('case-1', account, context(), add(5));
  await other.execute('case-1', account, context(), add(100));
  expect(await mine.execute('case-1', account, context(), withdraw(50))).toMatchObject({ ok: true, revision: 2 });
  await other.execute('case-1', account, context(), add(1));
  expect(await mine.execute('case-1', account, context(), withdraw(500)) as Refused).toEqual({ ok: false, rejection: rejected('TOO_LITTLE', { balance: 56 }) });
  await other.execute('case-1', account, context(), add(1));
  expect(await mine.execute('case-1', account, context({ ifRevision: 4 }), add(1))).toMatchObject({ ok: true, revision: 5 });
});

it('If-Match: another revision is refused', async () => {
  const handler = open(store);
  await handler.execute('case-1', account, context(), add(5));
  expect(await handler.execute('case-1', account, context({ ifRevision: 4 }), add(1))).toMatchObject({ ok: false, rejection: { code: 'REVISION_MISMATCH', params: { expected: 4, actual: 0 } } });
  expect(await handler.execute('case-1', account, context({ ifRevision: 0 }), add(1))).toMatchObject({ ok: true });
});

it('a decision without events is accepted and writes nothing', async () => {
  const handler = open(store);
  await handler.execute('case-1', account, context(), add(5));
  expect(await handler.execute('case-1', account, context(), add())).toMatchObject({ ok: true, revision: 0, position: 1n, events: [], repeated: false });
  expect(await store.head()).toBe(1n);
});

it('gives up after the last conflict', async () => {
  const handler = open(store, { attemptsMax: 3 });
  const other = open(store);
  let decisions = 0;
  const disturbed: EventStore = { ...store, append: async (stream, expected, events) => {
    decisions++;
    await other.execute(stream, account, context(), add(1));
    return store.append(stream, expected, events);
  } };
  const outcome = await open(disturbed, { attemptsMax: 3 }).execute('case-1', account, context(), add(5));
  expect(outcome).toMatchObject({ ok: false, rejection: { code: 'TOO_MANY_CONFLICTS' } });
  expect(decisions).toBe(3);
  expect(await handler.execute('case-1', account, context(), add(5))).toMatchObject({ ok: true });
});

it('after an unknown outcome the same command finds what was written', async () => {
  let lost = true;
  const flaky: EventStore = { ...store, append: async (stream, expected, events) => {
    const result = await store.append(stream, expected, events);
    if (lost) throw new OutcomeUnknown(stream, new Error('lost'));
    return result;
  } };
  const handler = open(flaky);
  const one = context();
  await expect(handler.execute('case-1', account, one, add(5))).rejects.toBeInstanceOf(OutcomeUnknown);
  lost = false;
  expect(await handler.execute('case-1', account, one, add(5))).toMatchObject({ ok: true, repeated: true, revision: 0 });
});

it('tells of every try to append, and how it ended', async () => {
  const tries: string[] = [];
  let durationMs = -1;
  const mine = open(store, { onAppend: (append) => { tries.push(append.outcome); ({ durationMs } = append); } });
  const other = open(store);
  const first = context({ assumeNew: true });
  await mine.execute('case-1', account, first, add(5));
  expect(durationMs).toBeGreaterThanOrEqual(0);
  await other.execute('case-1', account, context(), add(1));
  await mine.execute('case-1', account, context(), add(1)); // decided on what it remembers, then again
  await mine.execute('case-1', account, context(), withdraw(1_000)); // refused: nothing to append
  await open(store, { onAppend: ({ outcome }) => { tries.push(`restarted: ${outcome}`); } }).execute('case-1', account, { ...first }, add(5));
  const broken = (error: Error) => open({ ...store, append: () => Promise.reject(error) }, { onAppend: ({ outcome }) => { tries.push(outcome); } });
  for (const error of [new OutcomeUnknown('case-2', new Error('lost')), new Error('no disk')]) await expect(broken(error).execute('case-2', account, context(), add(1))).rejects.toBe(error);
  expect(tries).toEqual(['appended', 'conflict', 'appended', 'restarted: repeated', 'unknown', 'failed']);
});

it('an event that does not fit its schema writes nothing', async () => {
  const handler = open(store, { validate: ({ data }) => { if ((data as { amount: number }).amount < 0) throw new Error('no schema for this'); } });
  await expect(handler.execute('case-1', account, context(), add(5, -1))).rejects.toThrow('no schema for this');
  expect(await store.head()).toBe(0n);
  expect(await handler.execute('case-1', account, context(), add(5))).toMatchObject({ revision: 0 });
});

it('100 commands at once on one stream all succeed; the cache stays within its bound', async () => {
  const handler = open(store, { cacheBytesMax: 51_000 });
  const outcomes = await Promise.all(Array.from({ length: 100 }, () => handler.execute('case-1', account, context(), add(1))));
  expect(outcomes.every(({ ok }) => ok)).toBe(true);
  for (let i = 2; i < 6; i++) await handler.execute(`case-${i}`, account, context(), add(1));
  const before = reads;
  expect(await handler.execute('case-1', account, context(), ({ balance }) => add(balance)())).toMatchObject({ revision: 100, events: [{ data: { amount: 100 } }] });
  expect(reads).toBe(before + 1);
});

it('folds older versions through the upcaster', async () => {
  const handler = open(store, { upcast: (event) => ({ ...event, data: { amount: event.data.amount * 10 } }) });
  await handler.execute('case-1', account, context(), add(1));
  const outcome = await handler.execute('case-1', account, context(), withdraw(11));
  expect(outcome).toMatchObject({ rejection: { params: { balance: 10 } } });
  expect(isRejection((outcome as Refused).rejection)).toBe(true);
});

describe('traces', () => {
  const traceOf = (n: number, flags = '01') => `00-${String(n).repeat(32)}-${String(n).repeat(16)}-${flags}`;

  it('the events carry the context of the append that wrote them; of a trace that is not sampled what came', async () => {
    const { tracer, spans } = await recordSpans();
    const handler = open(store, { tracer });
    const written = await handler.execute('case-1', account, context({ trace: traceOf(1) }), add(5, 7)) as Accepted;
    const other = await handler.execute('case-1', account, context({ trace: traceOf(2, '00') }), add(1)) as Accepted;
    const [span, ...more] = spans();
    expect(more).toEqual([]);
    expect(span).toMatchObject({ name: 'append case', traceId: '1'.repeat(32), parent: '1'.repeat(16), failed: false, attributes: { 'gridcase.category': 'case', 'gridcase.events': 2, 'gridcase.event_types': ['Added'], 'gridcase.outcome': 'appended' } });
    expect(written.events.map(({ metadata }) => readTraceparent(metadata.trace!))).toEqual([1, 2].map(() => ({ traceId: span!.traceId, spanId: span!.spanId, sampled: true })));
    expect(other.events[0]!.metadata.trace).toBe(traceOf(2, '00'));
  });

  it('a repeat in another trace changes nothing of what is stored', async () => {
    const { tracer, spans } = await recordSpans();
    const one = context({ trace: traceOf(1) });
    const { events } = await open(store, { tracer }).execute('case-1', account, one, add(5)) as Accepted;
    // By one that has read the stream, and by one that takes it to be new: the store itself tells that one.
    for (const more of [{}, { assumeNew: true }]) expect(await open(store, { tracer }).execute('case-1', account, { ...one, ...more, trace: traceOf(2) }, add(5))).toMatchObject({ repeated: true, events });
    expect(await store.readStream('case-1')).toEqual(events);
    expect(spans().map(({ traceId, attributes }) => [traceId[0], attributes['gridcase.outcome']])).toEqual([['1', 'appended'], ['2', 'repeated']]);
  });

  it('shows conflicts, and what failed', async () => {
    const { tracer, spans } = await recordSpans();
    const handler = open(store, { tracer });
    await handler.execute('case-1', account, context(), add(5));
    await open(store).execute('case-1', account, context(), add(6));
    await handler.execute('case-1', account, context({ trace: traceOf(1) }), add(7));
    const broken = open({ ...store, append: () => Promise.reject(new OutcomeUnknown('case-2', new Error('13800000000'))) }, { tracer });
    await expect(broken.execute('case-2', account, context({ trace: traceOf(1) }), add(1))).rejects.toThrow(OutcomeUnknown);
    expect(spans().map(({ failed, attributes }) => [failed, attributes['gridcase.outcome'] ?? attributes['error.type']])).toEqual([[false, 'conflict'], [false, 'appended'], [true, 'OutcomeUnknown']]);
  });
});
