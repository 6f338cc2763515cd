import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createPostgresEventStore, eventIdOf, NO_STREAM, type EventStore } from '@gridcase/event-store';
import type { Instant, NewEvent, StoredEvent } from '@gridcase/events';
import { type ManualClock, msToInstant, Shutdown } from '@gridcase/platform';
import { testDatabase, waitUntil, WebhookReceiver, type TestDatabase } from '@gridcase/testing';
import { RestClient, type Person } from '../demo/rest-client';
import { loadDistricts } from '../load-districts';
import { standaloneConfig } from '../standalone-config';
import { startPlatform, type RunningPlatform } from '../start-platform';
import { auditCheck, readFlags } from './audit-check';
import { closingCheck, type ClosingCheckOptions } from './closing-check';
import type { Acknowledged, Received } from './journals';
import { sectionNames } from './report';

/** The command line as it is shipped: built. `npm test` builds first. */
const CLI = join(__dirname, '../../dist/cli.js');
const START = '2025-09-22T01:00:00.000Z';
const unit = 'u-610524-municipal';
const gridCode = '610524001001001';
const operator: Person = { id: 'op-610524-1', role: 'centre-operator', jurisdiction: '610524' };
const hotline: Person = { id: 'hot-610524-1', role: 'hotline-operator', jurisdiction: '610524' };
const handler: Person = { id: 'h-610524-municipal', role: 'unit-handler', jurisdiction: '610524', unit };
const leader: Person = { ...handler, id: 'l-610524-municipal', role: 'unit-leader' };
const worker: Person = { id: 'w-610524-001', role: 'grid-worker', jurisdiction: gridCode };

let dir: string;
let db: TestDatabase;
let store: EventStore;
let receiver: WebhookReceiver;
let shutdown: Shutdown;
let platform: RunningPlatform;
let client: RestClient;
let now: Instant;
const acknowledged: Acknowledged[] = [];
/** Name in the story → id of its case. */
const cases: Record<string, string> = {};
const streamOf = (name: string) => `case-${cases[name]}`;

/** One command through the gateway, noted as its caller would. */
async function send(name: string, path: string, person: Person, body: object): Promise<any> {
  const operation = path.split('/').at(-1)!;
  const key = `${name}-${operation}`;
  const { status, body: answer } = await client.post(path, person, body, key);
  if (status >= 300) throw new Error(`${path}: ${status} ${JSON.stringify(answer)}`);
  acknowledged.push({ key, operation, stream: `${/^\/v1\/reports/.test(path) ? 'report' : 'case'}-${answer.id}`, revision: answer.revision, person: person.id });
  return answer;
}
async function dispatched(name: string): Promise<void> {
  const place = { address: `凤凰东路 ${name} 号`, gridCode, longitude: 110.145, latitude: 35.229 };
  const { id } = await send(name, '/v1/reports', hotline, { district: '610524', channel: 'hotline', place, description: '井盖没了', reporter: { name: '李红卫', telephone: '15199536942' } });
  await send(name, `/v1/reports/${id}/sort`, operator, { itemCode: 'manhole', importance: 'normal', urgency: 'urgent', belonging: 'municipal', gridCode });
  cases[name] = (await send(name, `/v1/reports/${id}/file`, operator, { level: 'district', centre: '610524' })).result.caseId;
  await step(name, 'phone-calls', operator, { unit, person: '值班员', answered: true });
  await step(name, 'dispatch', operator, { lead: unit });
}
const step = (name: string, path: string, person: Person, body: object = {}) => send(name, `/v1/cases/${cases[name]}/${path}`, person, body);
const acknowledge = (name: string) => step(name, 'acknowledgement', handler);
const finish = (name: string) => step(name, 'result', leader, { result: '已更换井盖' });

beforeAll(async () => {
  if (!existsSync(CLI)) throw new Error('build first: npm run build');
  dir = mkdtempSync(join(tmpdir(), 'gridcase-closing-check-'));
  db = await testDatabase();
  store = await createPostgresEventStore({ url: db.url });
  receiver = await new WebhookReceiver().start();
  shutdown = new Shutdown();
  platform = await startPlatform(standaloneConfig({
    GRIDCASE_DATA_DIR: dir, GRIDCASE_REST_PORT: '0', GRIDCASE_GRPC_PORT: '0', GRIDCASE_LOG_LEVEL: 'silent', DATABASE_URL: db.url, GRIDCASE_CLOCK: 'simulated', GRIDCASE_CLOCK_START: START,
    GRIDCASE_WEBHOOK_URL: receiver.url, GRIDCASE_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 9).toString('base64')}`,
  }), shutdown);
  client = new RestClient(platform.gateway.url);
  await loadDistricts(platform.gateway.url, START);
  await tellTheStory();
  now = platform.clock.now();
}, 120_000);
afterAll(async () => {
  await shutdown.stop();
  await receiver.stop();
  await store.close();
  await db.drop();
  rmSync(dir, { recursive: true, force: true });
}, 60_000);

/** Closed in time; breached and under supervision; done in time and not verified yet; only just ordered. */
async function tellTheStory(): Promise<void> {
  const later = async (minutes: number) => {
    await platform.settle();
    (platform.clock as ManualClock).advance(minutes * 60_000);
    await platform.settle();
  };
  for (const name of ['closed', 'late', 'done']) await dispatched(name);
  for (const name of ['closed', 'done']) await acknowledge(name);
  await later(10);
  for (const name of ['closed', 'done']) await finish(name);
  await step('closed', 'verification', worker, { proposal: 'close', note: '已修复' });
  await step('closed', 'call-back', operator, { medium: 'telephone', reached: true, truthful: true, satisfied: true });
  await step('closed', 'closing', operator);
  await later(9 * 24 * 60);
  await acknowledge('late');
  await dispatched('fresh');
  await later(5);
  await acknowledge('fresh');
  await platform.settle();
  await waitUntil(async () => (await db.pool.query(`select 1 from dispatch.outbox where state <> 'delivered'`)).rows.length === 0, { timeoutMs: 30_000, what: 'every notice' });
}

const check = (options: ClosingCheckOptions = {}) => closingCheck({ store, densePositions: true, poolOf: () => db.pool }, { now, ...options });
/** What was found, as `kind service table key stream/revision`. */
const found = async (options: ClosingCheckOptions): Promise<string[]> => {
  const { ok, sections } = await check(options);
  const findings = sections.flatMap(({ findings }) => findings);
  expect(ok).toBe(findings.length === 0);
  expect(sections.reduce((sum, { findingCount }) => sum + findingCount, 0)).toBe(findings.length);
  return findings.map(({ kind, service, table, key, stream, revision }) => [kind, service, table, key, stream && (revision === undefined ? stream : `${stream}/${revision}`)].filter(Boolean).join(' '));
};
/** As somebody could who owns the database. */
const inEvents = (...statements: string[]) => db.pool.query(['begin', 'alter table event_store.events disable trigger all', ...statements, 'alter table event_store.events enable always trigger append_only', 'commit'].join(';'));
/** Appends as a faulty process would: chained as it must be. Taken out again afterwards. */
async function withEvents(stream: string, events: Pick<NewEvent, 'type' | 'data'>[], over: { commandId: string; occurredAt?: Instant; recordedAt?: Instant }, look: () => Promise<void>): Promise<void> {
  const before = await store.head();
  const { occurredAt = now, recordedAt = now, commandId } = over;
  const last = (await store.readStream(stream)).at(-1);
  await store.append(stream, last ? { revision: last.revision, hash: last.hash } : NO_STREAM, events.map(({ type, data }, index) => ({
    id: eventIdOf(stream, commandId, index), type, version: 1, data,
    metadata: { correlationId: 'c', causationId: 'c', commandId, commandDigest: 'd', actor: { person: 'sla-monitor', role: 'system', jurisdiction: '610524' }, occurredAt, recordedAt },
  })));
  await look().finally(() => inEvents(`delete from event_store.events where position > ${before}`));
}
/** Changes a table, and puts it back afterwards. */
async function withChange(table: string, statement: string, look: () => Promise<void>): Promise<void> {
  await db.pool.query(`create table public.saved as table ${table}`);
  expect((await db.pool.query(statement)).rowCount).toBeGreaterThan(0);
  await look().finally(() => db.pool.query(`delete from ${table}; insert into ${table} select * from public.saved; drop table public.saved`));
}
const eventOf = async (name: string, type: string, of: (event: StoredEvent) => boolean = () => true): Promise<StoredEvent> => (await store.readStream(streamOf(name))).find((event) => event.type === type && of(event))!;
const next = async (name: string): Promise<number> => (await store.readStream(streamOf(name))).length;
/** The clock of that kind as its case's read model has it. */
const clockOf = async (name: string, kind: string): Promise<{ id: string; subject: string; dueAt: Instant; warnAt: Instant }> => {
  const { rows: [row] } = await db.pool.query('select clock, subject, due_at, warn_at from sla_monitor.clocks where stream_id = $1 and kind = $2', [cases[name], kind]);
  return { id: row.clock, subject: row.subject, dueAt: row.due_at.toISOString(), warnAt: row.warn_at?.toISOString() };
};
const breachOf = async (name: string, kind: string): Promise<Pick<NewEvent, 'type' | 'data'>> => {
  const { id, subject, dueAt } = await clockOf(name, kind);
  return { type: 'ClockBreached', data: { clock: id, kind, subject, dueAt, rule: 'H4.2.4', clocks: [] } };
};
const received = (): Received[] => receiver.received.map(({ id, accepted, body }) => ({ id, status: accepted ? 204 : 500, sha256: createHash('sha256').update(body).digest('hex') }));

/** Damage is planted: nobody shall follow it. */
const nobodyRuns = () => beforeAll(async () => { await shutdown.stop(); }, 60_000);

describe('[X18] the closing check', () => {
  it('finds nothing in a platform that did its work', async () => {
    const { ok, sections } = await check({ acknowledged, received: received() });
    expect(sections.flatMap(({ findings }) => findings)).toEqual([]);
    expect(ok).toBe(true);
    expect(sections.map(({ section }) => section)).toEqual(sectionNames);
    // It had something to look at.
    const figures = Object.fromEntries(sections.map(({ section, figures }) => [section, figures]));
    expect(figures['commands']!['acknowledged']).toBe(acknowledged.length);
    expect(figures['clocks']!['fired']).toBeGreaterThan(4);
    expect(figures['clocks']!['open']).toBeGreaterThan(2);
    expect(figures['read-models']!['rows']).toBeGreaterThan(10);
    expect(figures['effects']!['delivered']).toBeGreaterThan(5);
    expect(figures['effects']!['received']).toBeGreaterThan(5);
    expect(sections[0]!.summary).toMatch(/^\d+ events in \d+ streams checked up to position \d+: every revision, hash and schema is as it was written$/);
  });

  it('runs the chosen sections in order and tells how far it is', async () => {
    const told: string[] = [];
    const { sections } = await check({ only: ['clocks', 'record'], pageEvents: 20, onProgress: ({ section, position, head }) => told.push(`${section} ${position === head ? 'done' : 'under way'}`) });
    expect(sections.map(({ section }) => section)).toEqual(['record', 'clocks']);
    expect([...new Set(told)]).toEqual(['record under way', 'record done', 'clocks under way', 'clocks done']);
  });

  it('a parked stream is found, and the figure that alerts read is of the same table', async () => {
    const processor = 'dispatch.case_board.v1';
    await db.pool.query(`insert into dispatch.parked (processor, stream, revision, error) values ($1, $2, 2, 'Error: 李红卫')`, [processor, streamOf('late')]);
    const page = await (await fetch(`${platform.gateway.url}/metrics`)).text();
    expect(page).toMatch(new RegExp(`^gridcase_parked_streams\\{processor="${processor}",.*\\} 1$`, 'm'));
    expect(readFileSync(join(__dirname, '../../../../docker/prometheus/gridcase.rules.yml'), 'utf8')).toMatch(/alert: GridcaseStreamParked\n\s+expr: max by \(service, processor\) \(gridcase_parked_streams\) > 0/);
    const { sections } = await check({ only: ['parked'] });
    expect(sections[0]!.findings).toEqual([{ section: 'parked', kind: 'parked', service: 'dispatch', table: 'dispatch.parked', key: processor, stream: streamOf('late'), revision: 2, detail: expect.stringMatching(/^since .*; gridcase parked dispatch says why$/) }]);
    await db.pool.query('delete from dispatch.parked');
  });
});

describe('record', () => {
  nobodyRuns();

  it('a hash that does not fit is found', async () => {
    const { position, revision } = await eventOf('late', 'CaseDispatched');
    await inEvents(`update event_store.events set metadata = replace(metadata::text, '"op-610524-1"', '"op-610524-2"')::json where position = ${position}`);
    expect(await found({ only: ['record'] })).toEqual([`content ${streamOf('late')}/${revision}`]);
    await inEvents(`update event_store.events set metadata = replace(metadata::text, '"op-610524-2"', '"op-610524-1"')::json where position = ${position}`);
  });
});

describe('commands', () => {
  nobodyRuns();
  const only = ['commands'] as const;

  it('a command that was stored a second time, later or at once', async () => {
    const first = await eventOf('done', 'DispatchAcknowledged');
    const last = (await store.readStream(streamOf('done'))).at(-1)!;
    const again = await next('done');
    for (const event of [first, last]) {
      await withEvents(streamOf('done'), [event], { commandId: event.metadata.commandId }, async () => expect(await found({ only })).toEqual([`stored-twice ${event.metadata.commandId} ${streamOf('done')}/${again}`]));
    }
  });

  it('an event that is not of its command', async () => {
    const { position, revision, metadata } = await eventOf('done', 'DispatchAcknowledged');
    const { rows: [{ id }] } = await db.pool.query(`select id from event_store.events where position = ${position}`);
    await inEvents(`update event_store.events set id = gen_random_uuid() where position = ${position}`);
    expect(await found({ only })).toEqual([`event-id ${metadata.commandId} ${streamOf('done')}/${revision}`]);
    await inEvents(`update event_store.events set id = '${id}' where position = ${position}`);
  });

  it('what was acknowledged and is not there, or is somewhere else', async () => {
    const ack = acknowledged.find(({ key }) => key === 'done-acknowledgement')!;
    const { person: _, ...anonymous } = ack;
    expect(await found({ only, acknowledged: [ack, anonymous] })).toEqual([]);
    const wrong: Acknowledged[] = [
      { ...anonymous, revision: 99 }, { ...ack, stream: 'case-nowhere' }, { ...ack, person: 'somebody' }, { ...ack, revision: ack.revision - 1 }, { ...anonymous, key: 'k-1' }, { ...anonymous, key: 'k-2' },
    ];
    expect(await found({ only, acknowledged: wrong })).toEqual([
      `acknowledged-missing ${ack.key} ${ack.stream}/99`, `acknowledged-missing ${ack.key} case-nowhere/${ack.revision}`, `acknowledged-missing ${ack.key} ${ack.stream}/${ack.revision}`,
      `acknowledged-elsewhere ${ack.key} ${ack.stream}/${ack.revision - 1}`, `acknowledged-twice k-1 ${ack.stream}/${ack.revision}`, `acknowledged-twice k-2 ${ack.stream}/${ack.revision}`,
    ]);
  });
});

describe('clocks', () => {
  nobodyRuns();
  const only = ['clocks'] as const;

  it('a breach that stands there twice', async () => {
    const { data, metadata } = await eventOf('late', 'ClockBreached', (event) => event.data.kind === 'dispose');
    await withEvents(streamOf('late'), [{ type: 'ClockBreached', data }], { commandId: 'again', occurredAt: metadata.occurredAt }, async () =>
      expect(await found({ only })).toEqual([`fired-twice sla-monitor ${data.clock} ${streamOf('late')}/${await next('late') - 1}`]));
  });

  it('one that was fired before its moment, and one that says it happened at another', async () => {
    const { id, subject, warnAt, dueAt } = await clockOf('fresh', 'arrive');
    const warned = { type: 'ClockWarned', data: { clock: id, kind: 'arrive', subject, warnAt, dueAt, clocks: [] } };
    const at = `sla-monitor ${id} ${streamOf('fresh')}/${await next('fresh')}`;
    await withEvents(streamOf('fresh'), [warned], { commandId: 'early', occurredAt: warnAt }, async () => expect(await found({ only })).toEqual([`fired-early ${at}`]));
    await withEvents(streamOf('fresh'), [warned], { commandId: 'other', recordedAt: dueAt }, async () => expect(await found({ only })).toEqual([`fired-at-another-time ${at}`]));
  });

  it('one that was due and never fired', async () => {
    const { id, warnAt, dueAt } = await clockOf('fresh', 'arrive');
    const started = await eventOf('fresh', 'CaseDispatched');
    const isOf = (line: string) => line.includes(streamOf('fresh'));
    const at = `sla-monitor ${id} ${streamOf('fresh')}/${started.revision}`;
    const after = (moment: Instant, ms: number) => msToInstant(Date.parse(moment) + ms);
    expect((await found({ only, now: after(warnAt, 5_000) })).filter(isOf)).toEqual([]);
    const warning = await check({ only, now: after(warnAt, 5_001), graceMs: 5_000 });
    expect(warning.sections[0]!.findings.filter(({ stream }) => stream === streamOf('fresh'))).toMatchObject([{ kind: 'never-fired', key: id, detail: `warning of ${warnAt} is not on record` }]);
    expect((await found({ only, now: after(dueAt, 10_001) })).filter(isOf)).toEqual([`never-fired ${at}`]);
  });

  it('[X17] a breach of what had been done in time', async () => {
    const breach = await breachOf('done', 'dispose');
    const { clock, dueAt } = breach.data as { clock: string; dueAt: Instant };
    await withEvents(streamOf('done'), [breach], { commandId: 'false', occurredAt: dueAt, recordedAt: msToInstant(Date.parse(dueAt) + 1) }, async () =>
      expect(await found({ only })).toEqual([`done-in-time sla-monitor ${clock} ${streamOf('done')}/${await next('done') - 1}`]));
  });

  it('a breach in a case of which nothing runs any more', async () => {
    const breach = await breachOf('closed', 'dispose');
    const { clock, dueAt } = breach.data as { clock: string; dueAt: Instant };
    await withEvents(streamOf('closed'), [breach], { commandId: 'false', occurredAt: dueAt, recordedAt: msToInstant(Date.parse(dueAt) + 1) }, async () =>
      expect(await found({ only })).toEqual([`fired-when-ended sla-monitor ${clock} ${streamOf('closed')}/${await next('closed') - 1}`]));
  });
});

describe('read models', () => {
  nobodyRuns();
  const only = ['read-models'] as const;

  it.each([
    ['a row that was changed', 'dispatch.case_board_v1', `update dispatch.case_board_v1 set lead = 'u-x' where id = $late`, 'row-changed dispatch dispatch.case_board $late case-$late'],
    ['a row that is missing', 'intake.report_board_v2', `delete from intake.report_board_v2 where id = (select min(id) from intake.report_board_v2)`, 'row-missing intake intake.report_board $report report-$report'],
    ['a row too many', 'dispatch.case_board_v1', `insert into dispatch.case_board_v1 select (jsonb_populate_record(b, '{"id": "ghost"}')).* from dispatch.case_board_v1 b where id = $late`, 'row-surplus dispatch dispatch.case_board ghost case-ghost'],
    ['a detail that is missing', 'sla_monitor.clocks_v1', `delete from sla_monitor.clocks_v1 where stream_id = $late and kind = 'arrive'`, 'row-missing sla-monitor sla_monitor.clocks $late arrive/u-610524-municipal/1 case-$late'],
  ])('%s', async (_, table, statement, wanted) => {
    const { rows: [{ report }] } = await db.pool.query('select min(id) as report from intake.report_board_v2');
    await withChange(table, statement.replace('$late', `'${cases['late']}'`), async () => expect(await found({ only })).toEqual([wanted.replaceAll('$late', cases['late']!).replaceAll('$report', report)]));
    expect(await found({ only })).toEqual([]);
  });

  it('tables that have not come to the end of the record', async () => {
    const stream = streamOf('fresh');
    const at = `${stream}/${await next('fresh')}`;
    const phoned = await eventOf('fresh', 'UnitPhoned');
    await withEvents(stream, [phoned], { commandId: 'behind' }, async () => expect(await found({ only })).toEqual(
      [['intake', 'intake'], ['dispatch', 'dispatch'], ['sla-monitor', 'sla_monitor'], ['assessment', 'assessment']].map(([service, schema]) => `behind ${service} ${schema}.checkpoint ${at}`)));
  });
});

describe('effects', () => {
  nobodyRuns();
  const only = ['effects'] as const;
  const table = 'dispatch.outbox';
  /** The notice that the late case was dispatched. */
  const row = async () => {
    const { stream, revision } = await eventOf('late', 'CaseDispatched');
    const { rows: [{ id }] } = await db.pool.query(`select id from ${table} where stream = $1 and revision = $2`, [stream, revision]);
    return { id: String(id), place: `${stream}/${revision}` };
  };

  it('an event without its row; the types may be named, or follow from the rows', async () => {
    const { id, place } = await row();
    await withChange(table, `delete from ${table} where id = '${id}'`, async () => {
      expect(await found({ only })).toEqual([`row-missing dispatch ${table} ${id} ${place}`]);
      expect(await found({ only, told: ['CaseDispatched', 'ClockBreached'] })).toContain(`row-missing dispatch ${table} ${id} ${place}`);
      expect((await found({ only, told: ['CaseClosed'] })).map((line) => line.split(' ').at(-1))).toEqual([`${streamOf('closed')}/${(await eventOf('closed', 'CaseClosed')).revision}`]);
    });
  });

  it.each([['it is not known when telling began', 'begun = null, begun_at = null'], ['rows are old enough to be deleted', `begun_at = now() - interval '8 days'`]])('where %s, it is asked from the first row on', async (_, unknown) => {
    const { id, place } = await row();
    const look = async () => {
      await db.pool.query(`create table public.kept as table ${table}; delete from ${table} where id = '${id}'`);
      expect(await found({ only, told: ['CaseDispatched'] })).toEqual([`row-missing dispatch ${table} ${id} ${place}`]);
      await db.pool.query(`delete from ${table} where position < (select position from public.kept where id = '${id}')`);
      expect(await found({ only, told: ['CaseDispatched'] })).toEqual([]);
    };
    await withChange('dispatch.checkpoint', `update dispatch.checkpoint set ${unknown} where processor = 'dispatch.webhook-notices.v1'`, () =>
      look().finally(() => db.pool.query(`delete from ${table}; insert into ${table} select * from public.kept; drop table public.kept`)).then(() => undefined));
  });

  it('a row without its event, or of another one', async () => {
    const { id, place } = await row();
    await withChange(table, `update ${table} set position = 1000000 where id = '${id}'`, async () => expect(await found({ only })).toEqual([`row-missing dispatch ${table} ${id} ${place}`, `row-without-event dispatch ${table} ${id} ${place}`]));
    await withChange(table, `update ${table} set revision = 77 where id = '${id}'`, async () => expect(await found({ only })).toEqual([`row-differs dispatch ${table} ${id} ${place.replace(/\d+$/, '77')}`]));
  });

  it('what was given up, and what waits for longer than it should', async () => {
    const { id, place } = await row();
    await withChange(table, `update ${table} set state = 'given_up', last_error = 'HTTP_401' where id = '${id}'`, async () => expect(await found({ only })).toEqual([`given-up dispatch ${table} ${id} ${place}`]));
    await withChange(table, `update ${table} set state = 'waiting', waiting_since = now() - interval '1 minute' where id = '${id}'`, async () => {
      expect(await found({ only })).toEqual([`waiting dispatch ${table} ${id} ${place}`]);
      expect(await found({ only, graceMs: 120_000 })).toEqual([]);
    });
  });

  it('what the receiver did not get, got with two bodies, or got of nobody', async () => {
    const { id, place } = await row();
    const notes = received();
    expect(await found({ only, received: notes.map((note) => (note.id === id ? { ...note, status: 503 } : note)) })).toEqual([`not-received dispatch ${table} ${id} ${place}`]);
    expect(await found({ only, received: [...notes, { id, status: 204, sha256: 'f'.repeat(64) }] })).toEqual([`received-differently dispatch ${id}`]);
    expect(await found({ only, received: [...notes, { id: 'nobody', status: 503 }, { id: 'forged', status: 204 }] })).toEqual([`received-without-row dispatch ${table} forged`]);
  });

  it('an event the reactor has not come to', async () => {
    const dispatched = await eventOf('fresh', 'CaseDispatched');
    const at = `${streamOf('fresh')}/${await next('fresh')}`;
    await withEvents(streamOf('fresh'), [dispatched], { commandId: 'unhandled' }, async () => expect(await found({ only })).toEqual([expect.stringMatching(new RegExp(`^not-handled dispatch ${table} \\S+ ${at}$`))]));
  });
});

describe('gridcase audit check', () => {
  const gridcase = (args: string[], env: NodeJS.ProcessEnv) =>
    promisify(execFile)(process.execPath, [CLI, 'audit', 'check', ...args], { env: { PATH: process.env['PATH'], GRIDCASE_DATA_DIR: dir, ...env } })
      .then(({ stdout, stderr }) => ({ code: 0, stdout, stderr }), ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }));
  const file = (name: string, lines: readonly object[]): string => {
    const path = join(dir, name);
    writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return path;
  };
  const flags = { grace: '10' };

  it('prints a line for each section and ends with 0; without the databases of services it names what is missing, and ends with 2', async () => {
    const journals = ['--acknowledged', file('acknowledged', acknowledged), '--received', file('received', received())];
    const [whole, recordAlone] = await Promise.all([gridcase(journals, { DATABASE_URL: db.url, GRIDCASE_CLOCK: 'simulated', GRIDCASE_CLOCK_START: START }), gridcase([], { EVENT_STORE_DATABASE_URL: db.url })]);
    expect(whole).toMatchObject({ code: 0 });
    expect(whole.stdout.trim().split('\n')).toEqual([
      expect.stringMatching(/: every revision, hash and schema is as it was written$/), expect.stringMatching(/^\d+ commands, \d+ acknowledged: each is on record exactly once$/),
      expect.stringMatching(/^\d+ clocks up to .*: every one that fell due fired once and never early$/), expect.stringMatching(/^\d+ rows in 7 read models of intake, dispatch, sla-monitor, assessment: every row is what the record gives$/),
      expect.stringMatching(/^\d+ effects on the outside \(\d+ delivered, 0 waiting, 0 given up\), \d+ requests at the receiver: each happened once in effect$/), 'parked streams of intake, dispatch, sla-monitor, assessment: none',
    ]);
    expect(recordAlone).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/INTAKE_DATABASE_URL or DATABASE_URL: is required[^]*--only record,commands,clocks reads the record alone/) });
  }, 60_000);

  it('ends with 1 when something is found, for people and as JSON', async () => {
    const [first] = acknowledged;
    const options = await readFlags({ ...flags, only: ['commands'], acknowledged: file('wrong', [{ ...first!, revision: 99 }]) }, {});
    const platform = { store, densePositions: true, poolOf: () => db.pool };
    const lines: string[] = [];
    const output = { print: (line: string) => void lines.push(line), progress: () => undefined };
    expect(await auditCheck(platform, options, output)).toBe(1);
    expect(await auditCheck(platform, options, { ...output, json: true })).toBe(1);
    expect(lines).toEqual([
      expect.stringMatching(/^\d+ commands, 1 acknowledged: 1 difference\(s\)$/), expect.stringMatching(`^  acknowledged-elsewhere: ${first!.key} ${first!.stream} revision 99: reports: command \\S+ ends at revision 0$`), expect.stringMatching(/^\{"ok":false,"sections":\[\{"section":"commands",/),
    ]);
    expect(JSON.parse(lines[2]!)).toMatchObject({ sections: [{ findingCount: 1, byKind: { 'acknowledged-elsewhere': 1 }, findings: [{ section: 'commands', key: first!.key, revision: 99 }] }] });
  });

  it('names what is wrong with how it is used', async () => {
    await expect(readFlags({ ...flags, only: ['colour'] })).rejects.toThrow('no section colour: some of record, commands,');
    await expect(readFlags({ ...flags, acknowledged: file('broken', [{ key: 'k' }]) })).rejects.toThrow(/broken line 1: operation: .*stream: /);
    await expect(readFlags({ ...flags, only: ['record'], received: 'nowhere' })).rejects.toThrow('--received is for the section effects');
    await expect(readFlags({ ...flags, now: 'today' })).rejects.toThrow('not an instant');
    await expect(readFlags({ grace: '-1' })).rejects.toThrow('--grace is a whole number of seconds');
    expect(await readFlags({ ...flags, now: START }, {})).toEqual({ graceMs: 10_000, now: START });
    for (const asOfTheRecord of [readFlags(flags, { GRIDCASE_CLOCK: 'simulated' }), readFlags({ ...flags, now: 'record' }, {})]) expect((await asOfTheRecord).now).toBeUndefined();
    expect((await readFlags(flags, {})).now).toMatch(/^20\d\d-.*Z$/);
  });
});
