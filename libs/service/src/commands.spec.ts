import { NO_STREAM, OutcomeUnknown, StoreOverloaded, WrongExpectedHead, createMemoryEventStore, type CommandArrival, type CommandHandler, type CommandOutcome } from '@gridcase/event-store';
import { UnknownEventVersion, type StoredEvent } from '@gridcase/events';
import type { CommandCall } from '@gridcase/platform';
import { FakeClock } from '@gridcase/testing';
import { Commands, causedBy, digestOf } from './commands';

const clock = new FakeClock('2025-09-29T01:00:00.000Z');
const decider = { initialState: () => 0, evolve: (state: number) => state + 1 };
const call: CommandCall = { type: 'PhoneUnit', body: {}, context: { actor: { person: 'o-1', role: 'centre-operator', jurisdiction: '210600' }, correlationId: 'c', commandId: 'k', digest: 'd' } };
const failing = (error: unknown): Commands => new Commands({ execute: () => Promise.reject(error) }, clock);

it.each([
  ['too much is waiting', new StoreOverloaded(10_000), 'STORE_OVERLOADED'],
  ['the answer was lost', new OutcomeUnknown('case-1', new Error('cut')), 'STORE_UNAVAILABLE'],
  ['the database refuses connections', Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }), 'STORE_UNAVAILABLE'],
  ['the database is shutting down', Object.assign(new Error('terminating connection'), { code: '57P01' }), 'STORE_UNAVAILABLE'],
  ['the pool gives no connection', new Error('timeout exceeded when trying to connect'), 'STORE_UNAVAILABLE'],
  ['a read of EventStoreDB finds nobody', Object.assign(new Error('14 UNAVAILABLE: No connection established'), { code: 14 }), 'STORE_UNAVAILABLE'],
  ['a newer release wrote to the stream', new UnknownEventVersion('UnitPhoned', 2, 1), 'NEWER_RELEASE'],
  ['a conflict slipped through', new WrongExpectedHead('case-1', NO_STREAM, null), 'TOO_MANY_CONFLICTS'],
])('%s: a refusal, so that the caller may try again', async (_, error, code) => {
  expect(await failing(error).execute('case-1', decider, call, () => [])).toMatchObject({ ok: false, problem: { code } });
});

it('is counted by what came of it, whoever asked', async () => {
  const counted: string[] = [];
  const decided = (command: string, outcome: string) => void counted.push(`${command} ${outcome}`);
  const answer = { ok: true as const, stream: 'case-1', revision: 0, position: 1n, events: [], repeated: false };
  const results: (() => Promise<CommandOutcome>)[] = [
    async () => answer, async () => ({ ...answer, repeated: true }), async () => ({ ok: false, rejection: { rejected: true, code: 'TOO_LATE' } }),
    () => Promise.reject(new StoreOverloaded(1)), () => Promise.reject(new TypeError('broken')),
  ];
  for (const execute of results) await new Commands({ execute }, clock, { decided, appended: () => undefined }).execute('case-1', decider, call, () => []).catch(() => undefined);
  await new Commands({ execute: async () => answer }, clock, { decided, appended: () => undefined }).execute('case-1', decider, { ...call, context: { ...call.context, occurredAt: '2025-09-29T02:00:00.000Z' } }, () => []);
  expect(counted).toEqual(['accepted', 'repeated', 'refused', 'failed', 'failed', 'refused'].map((outcome) => `PhoneUnit ${outcome}`));
});

it('a programming mistake is no refusal', async () => {
  await expect(failing(new TypeError('broken')).execute('case-1', decider, call, () => [])).rejects.toThrow('broken');
});

it('the handler is given who acted, what caused it, and when it occurred if the caller says so', async () => {
  const seen: CommandArrival[] = [];
  const handler: CommandHandler = { execute: async (stream, _, arrival) => { seen.push(arrival); return { ok: true, stream, revision: 0, position: 1n, events: [], repeated: false }; } };
  const commands = new Commands(handler, clock);
  await commands.execute('case-1', decider, call, () => []);
  await commands.execute('case-1', decider, { ...call, context: { ...call.context, occurredAt: '2025-09-29T00:30:00.000Z', ifRevision: 3 } }, () => [], { commandId: 'k/2' });
  expect(seen[0]).toEqual({ commandId: 'k', digest: 'd', actor: call.context.actor, correlationId: 'c', causationId: 'k' });
  expect(commands.contextOf(call)).toEqual({ ...seen[0], occurredAt: '2025-09-29T01:00:00.000Z' });
  expect(seen[1]).toMatchObject({ commandId: 'k/2', occurredAt: '2025-09-29T00:30:00.000Z', ifRevision: 3 });
});

it('a command caused by an event has the same id at every delivery, and another one for another subject', async () => {
  const store = createMemoryEventStore();
  const metadata = { correlationId: 'c', causationId: 'k', commandId: 'k', commandDigest: 'd', actor: call.context.actor, occurredAt: clock.now(), recordedAt: clock.now() };
  await store.append('case-1', NO_STREAM, [{ id: '00000000-0000-4000-8000-000000000001', type: 'UnitPhoned', version: 1, data: {}, metadata }]);
  const [event] = (await store.readStream('case-1')) as [StoredEvent];
  const caused = (subject?: string) => causedBy(event, 'UrgeUnit', { unit: 'u-1' }, { subject });
  expect(caused()).toEqual(caused());
  expect(caused('a').context.commandId).not.toBe(caused('b').context.commandId);
  expect(caused()).toMatchObject({ type: 'UrgeUnit', context: { causationId: event.id, correlationId: 'c', digest: digestOf('UrgeUnit', { unit: 'u-1' }), occurredAt: clock.now(), actor: { role: 'system', jurisdiction: '210600' } } });
  await store.close();
});
