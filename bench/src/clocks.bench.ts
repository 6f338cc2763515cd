import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { createStoreBus } from '@gridcase/bus';
import { parsePack } from '@gridcase/domain';
import { NO_STREAM, createPostgresEventStore, type EventStore } from '@gridcase/event-store';
import type { NewEvent } from '@gridcase/events';
import { ManualClock, createLogger, createPool, msToInstant, startPostgres, uuidFrom, type RunningPostgres } from '@gridcase/platform';
import { startService, type Adapters, type RunningService } from '@gridcase/service';
import { ClockWorker, createSlaMonitorModule } from '@gridcase-apps/sla-monitor';
import { check, median, peakMemory, rate, type Bench, type BenchOptions } from './bench';

const OPEN_SMALL = 10_000;
const DUE_PER_ROUND = 1_500;
const IN_FLIGHT = 64;
const DISTRICT = '610524';
const START_MS = Date.parse('2025-09-22T01:00:00.000Z');
const HOUR_MS = 3_600_000;
const TERM_MS = 1_800_000;

interface Side { name: string; open: number; pool: Pool; store: EventStore; service: RunningService; clock: ManualClock; worker: ClockWorker; fired: number }

/** The whole way of a clock: index, command, decider, append, projection. Both sides have the same number due and their own database. */
export const clocksBench: Bench = {
  name: 'clocks',
  about: 'clocks fired a second with 1M open ÷ with 10k open',
  async run(options) {
    const server = await startPostgres({ dataDir: `${options.dir}/pg`, log: options.log });
    const sides: Side[] = [];
    try {
      const { events: openLarge = 1_000_000, rounds = 15, log } = options;
      sides.push(await openSide(server, 'small', Math.min(OPEN_SMALL, openLarge), log), await openSide(server, 'large', openLarge, log));
      const { result, peakMiB } = await peakMemory(() => measure(sides as [Side, Side], rounds, log));
      log(`peak memory ${peakMiB} MiB`);
      return result;
    } finally {
      for (const { service, store, pool } of sides) {
        await service.close();
        await store.close();
        await pool.end();
      }
      await server.stop();
    }
  },
};

async function measure([small, large]: [Side, Side], rounds: number, log: BenchOptions['log']) {
  const ratios: number[] = [];
  // Round 0 warms both sides up and is not counted; which side goes first changes with the round.
  for (let round = 0; round <= rounds; round++) {
    const rates = new Map<Side, number>();
    for (const side of [small, large]) await fileDue(side, round);
    for (const side of round % 2 ? [large, small] : [small, large]) rates.set(side, await fire(side, round));
    log(`${round === 0 ? 'warm-up' : `round ${round}`}: ${rates.get(small)!.toFixed(0)}/s with ${small.open} open, ${rates.get(large)!.toFixed(0)}/s with ${large.open} open`);
    if (round > 0) ratios.push(rates.get(large)! / rates.get(small)!);
  }
  const verified = [await verify(small, rounds + 1, log), await verify(large, rounds + 1, log)].every(Boolean);
  return { verified, checks: [check(`clocks fired with ${large.open} open ÷ with ${small.open} open`, median(ratios), 0.8)] };
}

async function openSide(server: RunningPostgres, name: string, open: number, log: BenchOptions['log']): Promise<Side> {
  const admin = createPool({ url: server.url, applicationName: 'bench', max: 1 });
  await admin.query(`create database clocks_${name}`);
  await admin.end();
  const url = new URL(server.url);
  url.pathname = `/clocks_${name}`;
  const pool = createPool({ url: url.href, applicationName: 'bench', max: 20, statementTimeoutMs: 0 });
  const store = await createPostgresEventStore({ pool });
  const clock = new ManualClock(msToInstant(START_MS));
  const parsed = parsePack(readFileSync(join(__dirname, '../../policies/heyang-2020.yaml'), 'utf8'));
  if (!parsed.ok) throw new Error('the policy pack cannot be read');
  await store.append(`policy-${DISTRICT}`, NO_STREAM, [event(`policy-${name}`, 'PolicyAdopted', { district: DISTRICT, pack: parsed.pack.id, version: parsed.pack.version, validFrom: '2020-10-22', content: parsed.pack, digest: 'd' }, START_MS)]);
  const adapters: Adapters = { clock, store, bus: createStoreBus({ store }), pool, schema: 'sla', listen: '127.0.0.1:0', logger: createLogger({ service: 'bench', level: 'error' }) };
  const service = await startService(createSlaMonitorModule(adapters), adapters);
  const side: Side = { name, open, pool, store, service, clock, worker: service.app.get(ClockWorker, { strict: false }), fired: 0 };
  await openBySql(side, log);
  return side;
}

/** One projected case, multiplied: its clocks are due in ten years, spread over a year. The worker reads no documents, so they are left empty. */
async function openBySql(side: Side, log: BenchOptions['log']): Promise<void> {
  const { pool, store, service, open } = side;
  await store.append('case-template', NO_STREAM, [filed('template', START_MS + 10 * 365 * 24 * HOUR_MS)]);
  await service.settle();
  const later = `+ (n % 31536000) * interval '1 second'`;
  const copies = async (table: string, replace: Record<string, string>) => {
    const { rows } = await pool.query<{ name: string }>(`select column_name as name from information_schema.columns where table_schema = 'sla' and table_name = $1 order by ordinal_position`, [table]);
    const columns = rows.map(({ name }) => name);
    await pool.query(`insert into sla.${table} (${columns.map((c) => `"${c}"`).join(', ')}) select ${columns.map((c) => replace[c] ?? `t."${c}"`).join(', ')} from (select * from sla.${table}) t, generate_series(1, $1::int) n`, [open]);
  };
  const id = `'open-' || n`;
  await copies('case_clocks_v1', { id, doc: `'{}'::jsonb` });
  await copies('clocks_v1', { stream_id: id, due_at: `t.due_at ${later}`, red_at: `t.red_at ${later}` });
  await copies('clock_due_v1', { stream_id: id, moment: `t.moment ${later}`, fire_at: `t.fire_at ${later}` });
  // The load is over before anything is measured: no vacuum, no checkpoint of it in between.
  await pool.query('vacuum analyze');
  await pool.query('checkpoint');
  const { rows: [index] } = await pool.query<{ n: number }>('select count(*)::int as n from sla.clock_due');
  log(`${side.name}: ${index!.n} clocks in the index`);
}

const dueAtOf = (round: number): number => START_MS + (round + 1) * HOUR_MS + TERM_MS;

/** What this round will have due: real cases, filed and projected, not timed. */
async function fileDue(side: Side, round: number): Promise<void> {
  const queue = Array.from({ length: DUE_PER_ROUND }, (_, n) => `${side.name}-${round}-${n}`).values();
  await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
    for (const caseId of queue) await side.store.append(`case-${caseId}`, NO_STREAM, [filed(caseId, dueAtOf(round))]);
  }));
  await side.service.settle();
}

/** From the moment they are due until the index shows that they have fired. */
const fire = (side: Side, round: number): Promise<number> => rate(DUE_PER_ROUND, async () => {
  side.clock.set(msToInstant(dueAtOf(round) + 1));
  await side.worker.fireDue();
});

/** By SQL alone: each due clock breached exactly once, none before its time, nothing else touched, the index as it must be. */
async function verify({ name, open, pool }: Side, rounds: number, log: BenchOptions['log']): Promise<boolean> {
  const { rows: [seen] } = await pool.query<{ breaches: number; cases: number; early: number; others: number }>(`
    select count(*)::int as breaches, count(distinct stream)::int as cases, count(*) filter (where (metadata->>'recordedAt') <= (data->>'dueAt'))::int as early, count(*) filter (where stream not like $1)::int as others
    from event_store.events where type = 'ClockBreached'`, [`case-${name}-%`]);
  const { rows: [index] } = await pool.query<{ left: number }>('select count(*)::int as left from sla.clock_due');
  const expected = rounds * DUE_PER_ROUND;
  log(`${name}: ${JSON.stringify({ ...seen, ...index, expected })}`);
  return seen!.breaches === expected && seen!.cases === expected && seen!.early === 0 && seen!.others === 0 && index!.left === open + 1;
}

function filed(caseId: string, dueAtMs: number): NewEvent {
  const at = dueAtMs - TERM_MS;
  return event(caseId, 'CaseFiled', {
    caseId, number: caseId, district: DISTRICT, level: 'district', centre: DISTRICT, reportId: `r-${caseId}`, channel: 'hotline', reportedAt: msToInstant(at), foundBy: 'citizen',
    item: { code: 'B001', name: '井盖缺失', category: '公用设施', kind: 'component' }, grade: 'general', importance: 'normal', urgency: 'normal', belonging: '市政',
    place: { address: '凤凰东路 5 号', gridCode: `${DISTRICT}001001001` }, description: '井盖没了，晚上看不见，很危险。', evidence: [], policy: { pack: 'heyang-2020', version: 1 }, calendar: '',
    clocks: [{ op: 'start', clock: `dispatch/${DISTRICT}/1`, at: msToInstant(at), cause: 'CaseFiled', kind: 'dispatch', subject: `centre:${DISTRICT}`, limit: { amount: 30, unit: 'minute' }, dueAt: msToInstant(dueAtMs), rule: 'H4.1.2' }],
  }, at);
}

const event = (key: string, type: string, data: object, atMs: number): NewEvent => ({
  id: uuidFrom('bench.clocks', key, type), type, version: 1, data,
  metadata: { correlationId: key, causationId: key, commandId: key, commandDigest: 'd', actor: { person: 'bench', role: 'system', jurisdiction: DISTRICT }, occurredAt: msToInstant(atMs), recordedAt: msToInstant(atMs) },
});
