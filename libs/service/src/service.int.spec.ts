import { once } from 'node:events';
import { Injectable, type DynamicModule } from '@nestjs/common';
import { getRepositoryToken } from '@nestjs/typeorm';
import { createStoreBus, type EventBus } from '@gridcase/bus';
import { idOf, rejected, type StoredEvent } from '@gridcase/events';
import { createPostgresEventStore, NO_STREAM, type Decider, type EventStore, type ReadAllOptions } from '@gridcase/event-store';
import { Health, Metrics, createLogger, type CommandCall, type CommandHandlerFor, type QueryCall, type QueryHandlerFor } from '@gridcase/platform';
import type { Reactor } from '@gridcase/projections';
import { FakeClock, recordSpans, testDatabase, waitUntil, type CollectedSpan, type TestDatabase } from '@gridcase/testing';
import { Column, Entity, PrimaryColumn, type Repository } from 'typeorm';
import { AnswersQuery, Commands, HandlesCommand, LiveDirectory, ReadModels, ServiceClient, ServiceFailed, ServiceModule, ServiceUnavailable, answered, causedBy, digestOf, readModelOf, refused, startService, type Adapters, type ReadModelRow, type RunningService } from '.';

/** A tiny service: a case whose units were telephoned. */
interface Phoned { units: string[] }
const phoned: Decider<Phoned> = {
  initialState: () => ({ units: [] }),
  evolve: (state, event) => ({ units: [...state.units, event.data.unit] }),
};

let release: (() => void) | undefined;

@HandlesCommand('PhoneUnit')
@Injectable()
class PhoneUnitHandler implements CommandHandlerFor<{ caseId: string; unit: string }> {
  constructor(private readonly commands: Commands) {}
  async execute(call: CommandCall<{ caseId: string; unit: string }>) {
    const { caseId, unit } = call.body;
    if (unit === 'broken') throw new Error('secret detail');
    if (unit === 'slow') await new Promise<void>((go) => (release = go));
    return this.commands.execute(`case-${caseId}`, phoned, call, ({ units }) =>
      units.includes(unit) ? rejected('ALREADY_PHONED', { unit }, 'H4.2.2') : [{ type: 'UnitPhoned', data: { unit, person: 'a clerk', answered: true, note: '', clocks: [] } }],
    { result: ({ events }) => ({ events: events.length }) });
  }
}

@AnswersQuery('ListPhoned')
@Injectable()
class ListPhonedQuery implements QueryHandlerFor<{ caseId: string }> {
  constructor(private readonly readModels: ReadModels, private readonly directory: LiveDirectory) {}
  async answer(call: QueryCall<{ caseId: string }>) {
    const position = this.readModels.position();
    const [row] = await this.readModels.query<{ revision: number; doc: Phoned }>('select revision, doc from phoned_units where id = $1', [call.params.caseId]);
    return row ? answered({ units: row.doc.units, districts: this.directory.get().districts.size }, position, row.revision) : refused('NOT_FOUND', { what: call.params.caseId });
  }
}

/** Whoever telephones the fire brigade has the police telephoned too. */
@Injectable()
class PolicePhoner implements Reactor {
  readonly id = 'tiny.police-phoner.v1';
  readonly categories = ['case'];
  constructor(private readonly commands: Commands) {}
  async handle(event: StoredEvent): Promise<void> {
    if (event.type !== 'UnitPhoned' || event.data.unit !== 'u-fire') return;
    const call = causedBy(event, 'PhoneUnit', { caseId: idOf(event.stream), unit: 'u-police' });
    const outcome = await this.commands.executeRaw(event.stream, phoned, call, () => [{ type: 'UnitPhoned', data: { ...event.data, unit: 'u-police' } }]);
    if (!outcome.ok) throw new Error(outcome.rejection.code);
  }
}

const START = '2025-09-29T01:00:00.000Z';
let database: TestDatabase;
let store: EventStore;
let adapters: Adapters;
let service: RunningService;
let client: ServiceClient;
const clock = new FakeClock(START);
const health = new Health();
const metrics = new Metrics({ service: 'tiny', processMetrics: false });
const logged: string[] = [];
let recorded: Awaited<ReturnType<typeof recordSpans>>;

const phonedUnits = {
  name: 'phoned_units', version: 1, categories: ['case'], columns: { units: { type: 'integer' as const } },
  initial: (): Phoned => ({ units: [] }), evolve: (doc: Phoned, event: StoredEvent): Phoned => phoned.evolve(doc, event), extract: (doc: Phoned) => ({ units: doc.units.length }),
};
const phonedView = readModelOf<ReadModelRow<Phoned> & { units: number }>(phonedUnits);

/** A working table. */
@Entity('note')
class Note {
  @PrimaryColumn('text') id!: string;
  @Column('timestamptz') at!: Date;
}
const notes = [{ version: 1, name: 'notes', up: 'create table note (id text primary key, at timestamptz not null)' }];

const tiny = (given: Adapters): DynamicModule => ServiceModule.forRoot({ name: 'dispatch', adapters: given, projections: [phonedUnits], reactors: [PolicePhoner], migrations: notes, entities: [Note, phonedView], providers: [PhoneUnitHandler, ListPhonedQuery], readModelWaitMs: 100 });

const actor = { person: 'o-1', role: 'centre-operator', jurisdiction: '210600' };
const phone = (commandId: string, caseId: string, unit: string, more: Partial<CommandCall['context']> = {}): CommandCall => {
  const body = { caseId, unit };
  return { type: 'PhoneUnit', body, context: { actor, correlationId: `c-${commandId}`, commandId, digest: digestOf('PhoneUnit', body), ...more } };
};
const list = (caseId: string, minPosition?: bigint): QueryCall => ({ name: 'ListPhoned', params: { caseId }, context: { actor, correlationId: 'c-q', ...(minPosition !== undefined && { minPosition }) } });

beforeAll(async () => {
  database = await testDatabase();
  store = await createPostgresEventStore({ pool: database.pool });
  recorded = await recordSpans();
  adapters = {
    clock, store, bus: createStoreBus({ store }), pool: database.pool, schema: 'tiny', listen: '127.0.0.1:0', health, metrics, tracer: recorded.tracer,
    logger: createLogger({ service: 'tiny', destination: { write: (line) => void logged.push(line) } }),
  };
  service = await startService(tiny(adapters), adapters);
  client = new ServiceClient({ dispatch: service.address }, { tracer: recorded.tracer });
  await client.ready(5_000);
});
afterAll(async () => {
  client?.close();
  await service?.close();
  await store?.close();
  await database?.drop();
});

it('command → reply → query with its position sees it', async () => {
  const reply = await client.command(phone('k-1', '1', 'u-water'));
  expect(reply).toEqual({ ok: true, id: '1', stream: 'case-1', revision: 0, position: expect.any(BigInt), repeated: false, result: { events: 1 } });
  if (!reply.ok) throw new Error('refused');
  expect(await client.query('dispatch', list('1', reply.position))).toEqual({ ok: true, result: { units: ['u-water'], districts: 0 }, position: expect.any(BigInt), revision: 0 });
  const [event] = await store.readStream('case-1');
  expect(event!.metadata).toMatchObject({ actor, correlationId: 'c-k-1', causationId: 'k-1', commandId: 'k-1', occurredAt: START, recordedAt: START });
});

it('a repeat gives the first answer; the same id with another body is refused', async () => {
  const first = await client.command(phone('k-2', '2', 'u-water'));
  await client.command(phone('k-3', '2', 'u-power'));
  expect(await client.command(phone('k-2', '2', 'u-water'))).toEqual({ ...first, repeated: true });
  expect(await client.command(phone('k-2', '2', 'u-gas'))).toMatchObject({ ok: false, problem: { code: 'IDEMPOTENCY_KEY_REUSED' } });
  expect(await store.readStream('case-2')).toHaveLength(2);
});

it('a refusal is an answer, with its rule and params', async () => {
  await client.command(phone('k-4', '4', 'u-water'));
  expect(await client.command(phone('k-5', '4', 'u-water'))).toEqual({ ok: false, problem: { code: 'ALREADY_PHONED', rule: 'H4.2.2', params: { unit: 'u-water' } } });
  expect(await client.query('dispatch', list('none'))).toEqual({ ok: false, problem: { code: 'NOT_FOUND', params: { what: 'none' } } });
});

it('refuses what lies in the future, what was changed meanwhile, and what nobody handles', async () => {
  expect(await client.command(phone('k-6', '6', 'u-water', { occurredAt: '2025-09-29T01:01:00.001Z' }))).toMatchObject({ ok: false, problem: { code: 'OCCURRED_IN_FUTURE' } });
  expect(await client.command(phone('k-6', '6', 'u-water', { occurredAt: '2025-09-29T01:01:00.000Z' }))).toMatchObject({ ok: true, repeated: false });
  expect(await client.command(phone('k-7', '6', 'u-power', { ifRevision: 5 }))).toMatchObject({ ok: false, problem: { code: 'REVISION_MISMATCH', params: { actual: 0 } } });
  expect(await client.command({ ...phone('k-8', '6', 'u-power'), type: 'MakeTea' })).toMatchObject({ ok: false, problem: { code: 'UNKNOWN_COMMAND', params: { type: 'MakeTea' } } });
  expect(await client.command({ ...phone('k-8', '6', 'u-power'), type: 'CloseCase' })).toMatchObject({ ok: false, problem: { code: 'UNKNOWN_COMMAND', params: { type: 'CloseCase' } } });
  expect(await client.query('dispatch', { ...list('6'), name: 'ListTea' })).toMatchObject({ ok: false, problem: { code: 'UNKNOWN_QUERY' } });
});

it('a read model that does not get there in time says so', async () => {
  const ahead = (await store.head()) + 1_000n;
  expect(await client.query('dispatch', list('1', ahead))).toMatchObject({ ok: false, problem: { code: 'READ_MODEL_BEHIND' } });
});

it('the unexpected is logged with its correlation id and not told', async () => {
  const failure = await client.command(phone('k-9', '9', 'broken')).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ServiceFailed);
  expect(failure).toMatchObject({ service: 'dispatch', correlationId: 'c-k-9' });
  expect(String((failure as Error).cause)).not.toMatch(/secret detail|service\.int\.spec/);
  expect(logged.filter((line) => line.includes('secret detail') && line.includes('"correlationId":"c-k-9"'))).toHaveLength(1);
});

it('a service that is not there is unavailable, after a bounded number of tries', async () => {
  const lost = new ServiceClient({ dispatch: '127.0.0.1:1' }, { attemptsMax: 2, retryDelayMs: 1 });
  await expect(lost.command(phone('k-10', '10', 'u-water'))).rejects.toBeInstanceOf(ServiceUnavailable);
  await expect(lost.query('audit', list('10'))).rejects.toThrow('service audit is not available: no address configured');
  await expect(lost.ready(50)).rejects.toBeInstanceOf(ServiceUnavailable);
  lost.close();
});

it('two providers for one command, and a command of another service, fail the start', async () => {
  @HandlesCommand('PhoneUnit') @Injectable() class Second {}
  @HandlesCommand('ReceiveReport') @Injectable() class Foreign {}
  const start = (provider: new () => object) => startService(ServiceModule.forRoot({ name: 'dispatch', adapters, providers: [PhoneUnitHandler, provider] }), { ...adapters, schema: 'other' });
  await expect(start(Second)).rejects.toThrow('two providers for PhoneUnit: PhoneUnitHandler and Second');
  await expect(start(Foreign)).rejects.toThrow('Foreign handles ReceiveReport, which intake owns, not dispatch');
});

it('close ends calls in hand, refuses new ones, and leaves pool and store to the caller', async () => {
  const given = { ...adapters, schema: 'closing', health: undefined };
  const closing = await startService(tiny(given), given);
  const caller = new ServiceClient({ dispatch: closing.address }, { attemptsMax: 1 });
  const inHand = caller.command(phone('k-11', '11', 'slow'));
  await waitUntil(() => release, { timeoutMs: 5_000 });
  const closed = closing.close();
  const late = new ServiceClient({ dispatch: closing.address }, { attemptsMax: 1 });
  await expect(late.command(phone('k-12', '12', 'u-water'))).rejects.toBeInstanceOf(ServiceUnavailable);
  release!();
  expect(await inHand).toMatchObject({ ok: true, stream: 'case-11' });
  await closed;
  expect(await store.readStream('case-11')).toHaveLength(1);
  expect((await database.pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  caller.close();
  late.close();
});

it('a slow command holds up no other one; one that is too large hurts no other one', async () => {
  release = undefined;
  const slow = client.command(phone('k-14', '14', 'slow'));
  await waitUntil(() => release, { timeoutMs: 5_000 });
  await expect(client.command({ ...phone('k-15', '15', 'u-water'), body: { caseId: '15', unit: 'x'.repeat(33 * 1024 * 1024) } })).rejects.toBeInstanceOf(ServiceUnavailable);
  expect(await client.command(phone('k-16', '14', 'u-water'))).toMatchObject({ ok: true, revision: 0 });
  release!();
  expect(await slow).toMatchObject({ ok: true, revision: 1 });
});

it('a client finds a service again that was restarted at the same address', async () => {
  const given = { ...adapters, schema: 'restarted', health: undefined };
  const first = await startService(tiny(given), given);
  const caller = new ServiceClient({ dispatch: first.address }, { attemptsMax: 8 });
  expect(await caller.command(phone('k-17', '17', 'u-water'))).toMatchObject({ ok: true });
  await first.close();
  const asked = caller.command(phone('k-18', '17', 'u-power'));
  const again = { ...given, listen: first.address };
  const second = await startService(tiny(again), again);
  expect(await asked).toMatchObject({ ok: true, revision: 1 });
  expect(await caller.command(phone('k-18', '17', 'u-power'))).toMatchObject({ ok: true, revision: 1, repeated: true });
  caller.close();
  await second.close();
});

it('settle: read models and directory have reached the head', async () => {
  await Promise.all(Array.from({ length: 20 }, (_, n) => client.command(phone(`s-${n}`, `s${n}`, 'u-water'))));
  await service.settle();
  const { rows } = await database.pool.query('select count(*)::int as n from tiny.phoned_units where id like $1', ['s%']);
  expect(rows).toEqual([{ n: 20 }]);
});

it('a reactor reacts once to each event, with the causing event on record, and settle waits for it', async () => {
  await client.command(phone('k-13', '13', 'u-fire'));
  await service.settle();
  const events = await store.readStream('case-13');
  expect(events.map(({ data }) => data.unit)).toEqual(['u-fire', 'u-police']);
  expect(events[1]!.metadata).toMatchObject({ causationId: events[0]!.id, correlationId: 'c-k-13', actor: { role: 'system', jurisdiction: '210600' } });
  expect(await client.query('dispatch', list('13'))).toMatchObject({ ok: true, result: { units: ['u-fire', 'u-police'] }, revision: 1 });
});

it('a sampled call is one trace: the call, the command, the append, and what follows from it in projections and reactors', async () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  await client.command(phone('k-t0', 't0', 'u-fire', { trace: `00-${traceId}-00f067aa0ba902b7-00` }));
  await client.command(phone('k-t1', 't1', 'u-fire', { trace: `00-${traceId}-00f067aa0ba902b7-01` }));
  await service.settle();
  // A projection's span ends when all is committed, after whoever waited for the position was told.
  await waitUntil(() => recorded.spans().filter(({ name }) => /^(project|react)/.test(name)).length >= 4, { timeoutMs: 5_000, what: 'the last spans' });
  await client.query('dispatch', { ...list('t1'), context: { ...list('t1').context, trace: `00-${traceId}-00f067aa0ba902b8-01` } });

  const spans = recorded.spans();
  const tree = (parent: string): object => Object.fromEntries(spans.filter((span) => span.parent === parent).map((span) => [`${span.kind} ${span.name}`, tree(span.spanId)]));
  const follows = { 'consumer project phoned_units': {} };
  expect(tree('00f067aa0ba902b7')).toEqual({
    'client dispatch PhoneUnit': { 'server command PhoneUnit': { 'internal append case': {
      ...follows, 'consumer react tiny.police-phoner.v1': { 'internal command PhoneUnit': { 'internal append case': { ...follows, 'consumer react tiny.police-phoner.v1': {} } } },
    } } },
  });
  expect(tree('00f067aa0ba902b8')).toEqual({ 'client dispatch ListPhoned': { 'server query ListPhoned': {} } });
  // Nothing of the trace that is not sampled, and nothing of persons.
  expect(spans.filter(({ parent }) => parent === '00f067aa0ba902b7')).toHaveLength(1);
  const allowed = ['rpc.system', 'peer.service', 'gridcase.category', 'gridcase.events', 'gridcase.event_types', 'gridcase.processor', 'gridcase.outcome', 'gridcase.repeated'];
  expect(new Set(spans.flatMap(({ attributes }: CollectedSpan) => Object.keys(attributes)))).toEqual(new Set(allowed));
});

it('is ready while it runs', async () => {
  expect(await health.readiness()).toMatchObject({ ok: true, checks: { dispatch: { ok: true, details: { position: expect.any(String) } } } });
});

it('calls are counted by handler and outcome', async () => {
  const text = await metrics.text();
  for (const outcome of ['done', 'refused', 'failed']) expect(text).toMatch(new RegExp(`gridcase_service_call_duration_seconds_count\\{(?=.*call="PhoneUnit")(?=.*outcome="${outcome}").*\\} [1-9]`));
  expect(text).not.toMatch(/MakeTea|ListTea/);
});

const figure = (text: string, name: string, labels: Record<string, string> = {}): number | undefined => {
  const line = text.split('\n').find((one) => one.startsWith(`gridcase_${name}{`) && Object.entries(labels).every(([label, value]) => one.includes(`${label}="${value}"`)));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
};

it('commands, conflicts and appends are counted, from 0', async () => {
  const text = await metrics.text();
  for (const outcome of ['accepted', 'repeated', 'refused']) expect([outcome, figure(text, 'commands_total', { command: 'PhoneUnit', outcome })]).toEqual([outcome, expect.any(Number)]);
  expect(figure(text, 'commands_total', { command: 'PhoneUnit', outcome: 'accepted' })).toBeGreaterThan(20);
  expect(figure(text, 'commands_total', { command: 'PhoneUnit', outcome: 'repeated' })).toBeGreaterThan(0);
  expect(figure(text, 'commands_total', { command: 'CloseCase', outcome: 'failed' })).toBe(0);
  expect(text).not.toMatch(/command="(?!\w+")|command="(FileReport|MakeTea)"/);
  expect(figure(text, 'append_seconds_count', { outcome: 'appended' })).toBeGreaterThan(20);
  expect(figure(text, 'append_seconds_count', { outcome: 'unknown' })).toBe(0);

  // Somebody else writes between two commands of this service: the state it remembers is old.
  await client.command(phone('k-30', '30', 'u-water'));
  const [event] = await store.readStream('case-30');
  await store.append('case-30', { revision: 0, hash: event!.hash }, [{ id: '6f9b0c1e-6a54-4c3a-9a8f-0f6f5a3f1a01', type: 'UnitPhoned', version: 1, data: { ...event!.data, unit: 'u-gas' }, metadata: { ...event!.metadata, commandId: 'elsewhere' } }]);
  await client.command(phone('k-31', '30', 'u-power'));
  const after = await metrics.text();
  expect(figure(after, 'append_conflicts_total')! - figure(text, 'append_conflicts_total')!).toBe(1);
  expect(figure(after, 'append_seconds_count', { outcome: 'conflict' })! - figure(text, 'append_seconds_count', { outcome: 'conflict' })!).toBe(1);
});

describe('processors', () => {
  const ids = ['lagging.read-models.v1', 'tiny.police-phoner.v1'];
  /** A member of the group that stands by: it gets its tables and is given nothing. */
  const standby: EventBus = { subscribe: async ({ from, signal }) => {
    await from?.();
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  } };
  const member = async (bus: EventBus) => {
    const given = { ...adapters, schema: 'lagging', bus, health: new Health(), metrics: new Metrics({ service: 'dispatch', processMetrics: false }) };
    return { running: await startService(tiny(given), given), lag: async () => { const text = await given.metrics.text(); return ids.map((processor) => figure(text, 'processor_lag_seconds', { processor })); } };
  };

  it('the lag is that of the group: one that stands by tells the same as the one that reads', async () => {
    const idle = await member(standby);
    const active = await member(adapters.bus);
    await active.running.settle();
    const keepsUp = async ({ lag }: typeof idle) => (await lag()).every((seconds) => seconds === 0);
    clock.advance(3_600_000);
    await waitUntil(async () => (await keepsUp(active)) && (await keepsUp(idle)), { timeoutMs: 5_000 });
    await active.running.close();

    // Nobody reads now: the age of the oldest event that waits, whatever comes after it.
    await client.command(phone('k-40', '40', 'u-water'));
    clock.advance(90_000);
    await client.command(phone('k-41', '41', 'u-water'));
    clock.advance(30_000);
    expect(await idle.lag()).toEqual([120, 120]);
    const successor = await member(adapters.bus);
    await waitUntil(async () => (await keepsUp(successor)) && (await keepsUp(idle)), { timeoutMs: 5_000 });
    await successor.running.close();
    await idle.running.close();
  });

  it('events of others are nothing to wait for, and are looked at once', async () => {
    const idle = await member(standby);
    await waitUntil(async () => (await idle.lag()).every((seconds) => seconds !== undefined), { timeoutMs: 5_000 });
    const before = await idle.lag();
    const reads = jest.spyOn(store, 'readAll');
    await store.append('patrol-lag', NO_STREAM, [{ id: '6f9b0c1e-6a54-4c3a-9a8f-0f6f5a3f1a02', type: 'PatrolRecorded', version: 1, data: {}, metadata: { actor, correlationId: 'c', causationId: 'c', commandId: 'p', commandDigest: 'd', occurredAt: clock.now(), recordedAt: clock.now() } }]);
    clock.advance(60_000);
    expect(await idle.lag()).toEqual(before);
    await idle.lag();
    for (const [options] of reads.mock.calls) expect(options.limit).toBe(1);
    const afters = reads.mock.calls.map(([{ after }]) => after);
    expect(afters.at(-1)).toBe(await store.head());
    reads.mockRestore();
    await idle.running.close();
  });

  it('a store that is away: the scrape succeeds, the figures stand as they were, and that is told', async () => {
    const broken = { ...store, away: false, readAll: (options: ReadAllOptions) => (broken.away ? Promise.reject(new Error('store away')) : store.readAll(options)) };
    const given = { ...adapters, schema: 'lagging', store: broken, bus: standby, health: undefined, metrics: new Metrics({ service: 'dispatch', processMetrics: false }) };
    const running = await startService(tiny(given), given);
    await waitUntil(async () => figure(await given.metrics.text(), 'processor_lag_seconds', { processor: ids[0]! }) !== undefined, { timeoutMs: 5_000 });
    const missed = async () => figure(await given.metrics.text(), 'looks_missed_total')!;
    const before = await missed();
    broken.away = true;
    expect(await missed()).toBe(before + 1);
    expect(figure(await given.metrics.text(), 'processor_lag_seconds', { processor: ids[0]! })).toEqual(expect.any(Number));
    await running.close();
  });

  it('what is parked is counted by the table: also by one that has just started, until it is released', async () => {
    await database.pool.query(`insert into lagging.parked (processor, stream, revision, error) values ('lagging.phoned_units.v1', 'case-x', 0, 'e'), ('lagging.phoned_units.v1', 'case-y', 0, 'e'), ('lagging.gone.v1', 'case-z', 0, 'e')`);
    const given = { ...adapters, schema: 'lagging', bus: standby, health: undefined, metrics: new Metrics({ service: 'dispatch', processMetrics: false }) };
    const running = await startService(tiny(given), given);
    const parked = async (processor: string) => figure(await given.metrics.text(), 'parked_streams', { processor });
    expect([await parked('lagging.phoned_units.v1'), await parked('tiny.police-phoner.v1'), await parked('lagging.gone.v1')]).toEqual([2, 0, undefined]);
    expect(figure(await given.metrics.text(), 'parked_streams_total', { processor: 'lagging.phoned_units.v1' })).toBe(0);
    await database.pool.query('delete from lagging.parked');
    expect(await parked('lagging.phoned_units.v1')).toBe(0);
    await running.close();
  });

  it('one that can never go on makes the service not ready, and says which', async () => {
    let replace!: () => void;
    const replaced = new Promise<void>((resolve) => { replace = resolve; });
    // As a bus that begins anew after a broker was away.
    const bus: EventBus = { subscribe: async ({ from, signal }) => {
      await from!();
      await replaced;
      await from!().catch(() => undefined);
      if (!signal.aborted) await once(signal, 'abort');
    } };
    const given = { ...adapters, schema: 'replaced', bus, health: new Health(), metrics: undefined };
    const running = await startService(tiny(given), given);
    await database.pool.query(`update replaced.checkpoint set epoch = 'another store' where processor = 'replaced.read-models.v1'`);
    replace();
    await waitUntil(async () => !(await given.health.readiness()).ok, { timeoutMs: 5_000 });
    expect(await given.health.readiness()).toMatchObject({ checks: { dispatch: { ok: false, reason: expect.stringMatching(/^dispatch\.read-models has failed: StoreReplaced/) } } });
    await running.close();
  });

  it('a service does not start on a record that is not the one it knows: nothing is written to it', async () => {
    const given = { ...adapters, schema: 'restored', health: undefined, metrics: undefined };
    await (await startService(tiny(given), given)).close();
    await database.pool.query(`update restored.checkpoint set position = 1000000 where processor = 'restored.read-models.v1'`);
    await expect(startService(tiny(given), given)).rejects.toThrow(/the checkpoint of restored\.read-models\.v1 does not belong to this event store: it ends at \d+, the checkpoint is 1000000/);
  });
});

it('a query cannot write', async () => {
  await expect(service.app.get(ReadModels).query('delete from phoned_units')).rejects.toThrow(/read-only transaction/);
  // A made-up cursor that has the right number of parts.
  await expect(service.app.get(ReadModels).query('select $1::timestamptz', ['1'])).rejects.toMatchObject({ problem: { code: 'INVALID_CURSOR' } });
  await expect(service.app.get(ReadModels).query('select $1::text', ['\u0000'])).rejects.toMatchObject({ problem: { code: 'INVALID_CURSOR' } });
});

it('TypeORM reads views and keeps working tables on the pool it was given, in the schema of the service', async () => {
  await client.command(phone('k-20', '20', 'u-water'));
  await service.settle();
  const rows = await service.app.get(ReadModels).select(phonedView, 'phoned', (query) => query.where('phoned.id = :id', { id: '20' }).getMany());
  expect(rows).toEqual([{ id: '20', revision: 0, doc: { units: ['u-water'] }, units: 1 }]);
  const repository = service.app.get<Repository<Note>>(getRepositoryToken(Note));
  const at = new Date(START);
  await repository.insert({ id: 'n', at });
  expect(await repository.findOneBy({ id: 'n' })).toEqual({ id: 'n', at });
  expect((await database.pool.query('select at from tiny.note')).rows).toEqual([{ at }]);
  const { rows: names } = await database.pool.query('select distinct application_name as name from pg_stat_activity where datname = current_database()');
  expect(names).toEqual([{ name: 'gridcase-test-pool' }]);
});

it('a query builder on a view cannot write; a read that fails or is cut off leaves no connection behind', async () => {
  const readModels = service.app.get(ReadModels);
  await expect(readModels.select(phonedView, 'phoned', (query) => query.delete().from(phonedView).where('true').execute())).rejects.toThrow(/read-only transaction/);
  // More often than the pool has connections.
  for (let n = 0; n < 21; n++) {
    await expect(readModels.select(phonedView, 'phoned', (query) => query.where('phoned.revision < :revision', { revision: '9'.repeat(30) }).getMany())).rejects.toMatchObject({ problem: { code: 'INVALID_CURSOR' } });
  }
  await expect(readModels.query('select pg_terminate_backend(pg_backend_pid())')).rejects.toThrow();
  expect(await readModels.select(phonedView, 'phoned', (query) => query.where('phoned.id = :id', { id: '20' }).getCount())).toBe(1);
});
