import type { Kafka } from 'kafkajs';
import type { Pool } from 'pg';
import { Publisher, createKafkaBus } from '@gridcase/bus';
import { NO_STREAM, createPostgresEventStore, type EventStore } from '@gridcase/event-store';
import { createPool, startPostgres } from '@gridcase/platform';
import { runProjections } from '@gridcase/projections';
import { waitUntil } from '@gridcase/testing';
import { check, median, peakMemory, rate, type Bench, type BenchOptions } from './bench';
import { caseBoard } from './board';
import { freshTopics, withKafka } from './kafka';
import { sampleEvent } from './sample-events';

const BATCH = 1_000;
const TIMEOUT_MS = 300_000;
const READY_MS = 30_000;

/** Every event is a case of its own: as many rows as messages, nothing to be folded away. */
export const consumeBench: Bench = {
  name: 'consume',
  about: 'Kafka → read model ÷ raw unnest insert of the same rows',
  run: (options) => withKafka(options.log, async (kafka) => {
    const server = await startPostgres({ dataDir: `${options.dir}/pg`, log: options.log });
    const pool = createPool({ url: server.url, applicationName: 'bench', max: 16, statementTimeoutMs: 0 });
    const store = await createPostgresEventStore({ pool });
    try {
      const { result, peakMiB } = await peakMemory(() => measure(kafka, store, pool, options));
      options.log(`peak memory ${peakMiB} MiB`);
      return result;
    } finally {
      await store.close();
      await pool.end();
      await server.stop();
    }
  }),
};

async function measure(kafka: Kafka, store: EventStore, pool: Pool, { events = 60_000, rounds = 3, log }: BenchOptions) {
  const ratios: number[] = [];
  let verified = true;
  for (let round = 0; round <= rounds; round++) {
    const schema = `service_${round}`;
    const topics = await freshTopics(kafka);
    const bus = createKafkaBus({ kafka, store, topics });
    const run = async (until: bigint) => {
      const stop = new AbortController();
      const projections = runProjections({ pool, schema, store, bus, projections: [caseBoard], signal: stop.signal, processor: `bench.board.${process.pid}-${round}`, batchSizeMax: BATCH });
      if (!(await projections.waitFor(until, TIMEOUT_MS))) throw new Error('the read model did not catch up');
      return async () => { stop.abort(); await projections.done; };
    };
    // The service was here before: its group has offsets, and what comes now comes from Kafka.
    const before = await store.head();
    const stop = await run(before);
    await waitUntil(() => Object.values(bus.check()).every((state) => state === 'reading'), { timeoutMs: READY_MS });
    await stop();
    const publisher = new Publisher({ kafka, epoch: await store.epoch(), topics });
    await publisher.connect();
    let after = before;
    for (let n = 0; n < events; n += BATCH) {
      await Promise.all(Array.from({ length: Math.min(BATCH, events - n) }, (_, i) => store.append(`case-${round}-${n + i}`, NO_STREAM, [sampleEvent(`consume${round}`, n + i)])));
      const page = await store.readAll({ after, limit: BATCH });
      await publisher.publish({ events: page.events, after, checkpoint: page.checkpoint });
      after = page.checkpoint;
    }
    await publisher.disconnect();
    const head = await store.head();
    if (after !== head) throw new Error('not everything was published');

    let end: (() => Promise<void>) | undefined;
    const consumed = await rate(events, async () => { end = await run(head); });
    await end!();
    const raw = await rawInsert(pool, schema, round);
    verified = (await verify(pool, schema, events, round, log)) && verified;
    log(`${round === 0 ? 'warm-up' : `round ${round}`}: consume → read model ${consumed.toFixed(0)} events/s (group join included), raw unnest insert ${raw.toFixed(0)} rows/s`);
    if (round > 0) ratios.push(consumed / raw);
  }
  return { verified, checks: [check('consume → read model ÷ raw unnest insert of the same rows', median(ratios), 0.4)] };
}

/** The very rows, in batches of the same size, into a table of the same shape and indexes. */
async function rawInsert(pool: Pool, schema: string, round: number): Promise<number> {
  const { rows } = await pool.query<Record<string, unknown>>(`select id, revision, doc::text as doc, state, unit, amount, to_char(updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as updated_at from ${schema}.case_board order by id`);
  const table = `${schema}.raw_board`;
  await pool.query(`create table ${table} (like ${schema}.case_board_v1 including all)`);
  const client = await pool.connect();
  const columns = ['id', 'revision', 'doc', 'state', 'unit', 'amount', 'updated_at'];
  try {
    return await rate(rows.length, async () => {
      for (let i = 0; i < rows.length; i += BATCH) {
        const batch = rows.slice(i, i + BATCH);
        await client.query({ name: `raw${round}`, text: `insert into ${table} (${columns.join(', ')}) select * from unnest($1::text[], $2::int[], $3::jsonb[], $4::text[], $5::text[], $6::int[], $7::timestamptz[])`, values: columns.map((name) => batch.map((row) => row[name])) });
      }
    });
  } finally {
    client.release();
  }
}

async function verify(pool: Pool, schema: string, events: number, round: number, log: (line: string) => void): Promise<boolean> {
  const { rows: [row] } = await pool.query<{ rows: number; wrong: number; raw: number }>(`
    with expected as (select substr(stream, 6) as id, (data->>'amount')::int as amount, data->>'unit' as unit from event_store.events where stream like 'case-${round}-%')
    select count(b.id)::int as rows, count(*) filter (where b.id is null or e.id is null or (b.amount, b.unit, b.revision) is distinct from (e.amount, e.unit, 0))::int as wrong,
      (select count(*)::int from ${schema}.raw_board r join ${schema}.case_board using (id)) as raw
    from expected e full join (select * from ${schema}.case_board where id like '${round}-%') b using (id)`);
  const ok = row!.rows === events && row!.wrong === 0 && row!.raw >= events;
  if (!ok) log(`not verified: ${JSON.stringify(row)}`);
  return ok;
}
