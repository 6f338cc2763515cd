import type { Pool } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { createPostgresEventStore, type EventStore } from '@gridcase/event-store';
import { createPool, startPostgres } from '@gridcase/platform';
import { installProjections, rebuild, type StreamProjection } from '@gridcase/projections';
import { check, median, peakMemory, rate, type Bench, type BenchOptions } from './bench';

interface CaseDoc { state: string; unit: string | null; amount: number; steps: number; clocks: { clock: string; due: string }[]; updatedAt: string }

const STREAM_EVENTS = 10;
/** Cases open at the same time: their events lie mixed in the store. */
const OPEN_CASES = 500;
const TYPES = ['CaseFiled', 'CaseDispatched', 'CaseAcknowledged', 'ArrivedOnSite', 'PreliminaryOpinionGiven', 'ExtensionGranted', 'DisposalReported', 'DisposalVerified', 'CallBackMade', 'CaseClosed'];

const board: StreamProjection<CaseDoc> = {
  name: 'case_board', version: 1, categories: ['case'],
  columns: { state: { type: 'text' }, unit: { type: 'text', nullable: true }, amount: { type: 'integer' }, updated_at: { type: 'timestamptz' } },
  indexes: ['(state, updated_at)', '(unit)'],
  details: [{
    name: 'open_clock', columns: { case_id: { type: 'text' }, clock: { type: 'text' }, due: { type: 'timestamptz' } }, primaryKey: ['case_id', 'clock'], indexes: ['(due)'],
    rows: (doc, id) => doc.clocks.map(({ clock, due }) => ({ case_id: id, clock, due })),
  }],
  initial: () => ({ state: 'new', unit: null, amount: 0, steps: 0, clocks: [], updatedAt: '' }),
  evolve: (doc, event) => ({
    state: event.type,
    unit: event.data.unit ?? doc.unit,
    amount: doc.amount + event.data.amount,
    steps: doc.steps + 1,
    clocks: event.type === 'CaseClosed' ? [] : event.type === 'CaseDispatched' ? [...doc.clocks, { clock: 'handling', due: event.data.due }] : doc.clocks,
    updatedAt: event.metadata.occurredAt,
  }),
  extract: ({ state, unit, amount, updatedAt }) => ({ state, unit, amount, updated_at: updatedAt }),
};

/** Rebuild of a read model from the store, against reading the same events out of the table and parsing them. */
export const rebuildBench: Bench = {
  name: 'rebuild',
  about: 'read-model rebuild ÷ (COPY out + JSON.parse)',
  async run(options) {
    const server = await startPostgres({ dataDir: `${options.dir}/pg`, log: options.log });
    const pool = createPool({ url: server.url, applicationName: 'bench', max: 8, statementTimeoutMs: 0 });
    const store = await createPostgresEventStore({ pool });
    try {
      return await measure(store, pool, options);
    } finally {
      await store.close();
      await pool.end();
      await server.stop();
    }
  },
};

async function measure(store: EventStore, pool: Pool, { events: wanted = 1_000_000, rounds = 3, log }: BenchOptions) {
  const streams = Math.max(1, Math.round(wanted / STREAM_EVENTS));
  const events = streams * STREAM_EVENTS - Math.floor(streams / 4) * 3; // every fourth case is still open
  const generation = await rate(events, () => generate(pool, streams));
  log(`${events} events in ${streams} streams written, ${generation.toFixed(0)}/s`);

  const schema = 'bench_read_models';
  await installProjections(pool, schema, [board]);
  // The rebuild goes as far as the live read model stands.
  await pool.query(`update ${schema}.checkpoint set position = $1`, [await store.head()]);
  const ratios: number[] = [];
  let verified = true;
  let peak = 0;
  for (let round = 1; round <= rounds; round++) {
    const raw = await rate(events, () => copyOutAndParse(pool, events));
    let report: Awaited<ReturnType<typeof rebuild>> | undefined;
    const { result: rebuilt, peakMiB } = await peakMemory(() => rate(events, async () => {
      report = await rebuild({ pool, schema, store, projections: [board] });
    }));
    peak = Math.max(peak, peakMiB);
    verified = verified && report!.events === events && report!.switched && (await verify(pool, schema, streams, log)) && (round === 1 || report!.projections[0]!.differences?.count === 0);
    log(`round ${round}: rebuild ${rebuilt.toFixed(0)} events/s, COPY out + JSON.parse ${raw.toFixed(0)} events/s, peak memory ${peakMiB} MiB`);
    ratios.push(rebuilt / raw);
  }
  log(`peak memory ${peak} MiB, of ${streams} documents`);
  return { verified, checks: [check('read-model rebuild ÷ (COPY out + JSON.parse)', median(ratios), 0.25)] };
}

/** By SQL: what is measured is the reading. Hashes are of the right size only; the rebuild does not check them. */
async function generate(pool: Pool, streams: number): Promise<void> {
  await pool.query(`
    insert into event_store.events (position, stream, revision, id, type, version, data, metadata, hash, previous_hash, category)
    select row_number() over (order by s / ${OPEN_CASES}, k, s), 'case-' || s, k, gen_random_uuid(), ($2::text[])[k + 1], 1,
      json_build_object('amount', (s * 7 + k * 13) % 101, 'caseId', s, 'unit', case when k = 1 then 'unit-' || s % 40 end, 'due', '2025-09-30T09:30:00.000Z',
        'note', '兴隆台街道振兴社区第三网格：人行道地砖破损约两平方米，存在绊倒隐患，请于规定时限内处置并反馈。', 'place', json_build_object('gridCode', '211103001005003', 'longitude', 122.07, 'latitude', 41.12)),
      json_build_object('correlationId', 'r' || s, 'causationId', 'r' || s, 'commandId', s || '.' || k, 'commandDigest', repeat('9f', 32),
        'actor', json_build_object('person', 'p' || s % 300, 'role', 'operator', 'jurisdiction', '211103'), 'occurredAt', to_char(timestamp '2025-01-01' + make_interval(mins => s + k), 'YYYY-MM-DD"T"HH24:MI:SS".000Z"'), 'recordedAt', '2025-09-29T01:30:01.000Z'),
      decode(repeat('ab', 32), 'hex'), decode(repeat('cd', 32), 'hex'), 'case'
    from generate_series(1, $1::int) s cross join generate_series(0, ${STREAM_EVENTS - 1}) k
    where k < ${STREAM_EVENTS - 3} or s % 4 <> 0`, [streams, TYPES]);
  await pool.query('vacuum analyze event_store.events');
}

/** The least any reader must do: the bytes out of the table, and the JSON of data and metadata parsed. */
async function copyOutAndParse(pool: Pool, expected: number): Promise<void> {
  const client = await pool.connect();
  try {
    const stream = client.query(copyTo('copy (select stream, revision, type, data, metadata from event_store.events order by position) to stdout'));
    let rest = '';
    let parsed = 0;
    stream.setEncoding('utf8');
    for await (const chunk of stream) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!;
      for (const line of lines) {
        const [, , , data, metadata] = line.split('\t');
        JSON.parse(data!);
        JSON.parse(metadata!);
        parsed++;
      }
    }
    if (parsed !== expected) throw new Error(`COPY gave ${parsed} of ${expected} events`);
  } finally {
    client.release();
  }
}

/** The same read model by SQL alone. */
async function verify(pool: Pool, schema: string, streams: number, log: (line: string) => void): Promise<boolean> {
  const { rows: [wrong] } = await pool.query<{ n: number; rows: number }>(`
    with expected as (
      select substr(stream, 6) as id, max(revision) as revision, sum((data->>'amount')::int) as amount, count(*)::int as steps, max(data->>'unit') as unit,
        (array_agg(type order by revision desc))[1] as state, max(metadata->>'occurredAt')::timestamptz as updated_at
      from event_store.events group by stream
    )
    select count(*) filter (where e is null or b is null or (b.revision, b.amount, b.unit, b.state, b.updated_at, (b.doc->>'steps')::int) is distinct from (e.revision, e.amount::int, e.unit, e.state, e.updated_at, e.steps))::int as n, count(b.id)::int as rows
    from expected e full join ${schema}.case_board b using (id)`);
  const { rows: [clocks] } = await pool.query<{ n: number }>(`select count(*)::int as n from ${schema}.open_clock`);
  if (wrong!.n !== 0 || wrong!.rows !== streams || clocks!.n !== Math.floor(streams / 4)) {
    log(`not verified: ${JSON.stringify({ wrong, clocks, streams })}`);
    return false;
  }
  return true;
}
