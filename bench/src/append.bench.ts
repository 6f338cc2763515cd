import type { Pool } from 'pg';
import { GENESIS_HASH, NO_STREAM, createPostgresEventStore, type EventStore, type ExpectedHead } from '@gridcase/event-store';
import type { NewEvent } from '@gridcase/events';
import { createPool, startPostgres } from '@gridcase/platform';
import { check, median, peakMemory, rate, type Bench, type BenchOptions } from './bench';
import { sampleEvent } from './sample-events';

const BATCH = 1_000;
const IN_FLIGHT = 64;
const RAW_CONNECTIONS = 16;

const columns = 'position, stream, revision, id, type, version, data, metadata, hash, previous_hash, category';
const UNNEST = `insert into event_store.events (${columns})
  select p.n + u.ordinality, $1, u.ordinality - 1, u.id, u.type, u.version, u.data, u.metadata, u.hash, u.previous_hash, 'raw'
  from (select coalesce(max(position), 0) as n from event_store.events) p,
    unnest($2::uuid[], $3::text[], $4::smallint[], $5::json[], $6::json[], $7::bytea[], $8::bytea[]) with ordinality as u (id, type, version, data, metadata, hash, previous_hash, ordinality)`;
const INSERT = `insert into event_store.events (${columns}) values ($1, $2, 0, $3, $4, $5, $6, $7, $8, $9, 'raw')`;
const HASH = Buffer.from(GENESIS_HASH, 'hex');

/** Both sides write the same events into the same table, with its indexes and triggers; the raw side without hashes, expectations and order. */
export const appendBench: Bench = {
  name: 'append',
  about: 'appends through the event store ÷ raw inserts into the same table',
  async run(options) {
    const server = await startPostgres({ dataDir: `${options.dir}/pg`, log: options.log });
    const pool = createPool({ url: server.url, applicationName: 'bench', max: RAW_CONNECTIONS + 4 });
    const store = await createPostgresEventStore({ pool });
    try {
      const { result, peakMiB } = await peakMemory(() => measure(store, pool, options));
      options.log(`peak memory ${peakMiB} MiB`);
      return result;
    } finally {
      await store.close();
      await pool.end();
      await server.stop();
    }
  },
};

async function measure(store: EventStore, pool: Pool, { events = 40_000, rounds = 5, log }: BenchOptions) {
  const batches = Math.max(1, Math.round(events / BATCH / rounds));
  const singles = Math.max(IN_FLIGHT, Math.round(events / 2 / rounds));
  const ratios = { batch: [] as number[], single: [] as number[] };
  const rawClients = await Promise.all(Array.from({ length: RAW_CONNECTIONS }, () => pool.connect()));
  let total = 0;
  let amount = 0;
  const prepared = (key: string, count: number): NewEvent[] => {
    const list = Array.from({ length: count }, (_, n) => sampleEvent(key, n));
    total += count;
    amount += list.reduce((sum, event) => sum + (event.data as { amount: number }).amount, 0);
    return list;
  };

  // Round 0 warms both sides up and is not counted.
  for (let round = 0; round <= rounds; round++) {
    const storeSide = async () => {
      const lists = Array.from({ length: batches }, (_, i) => prepared(`b${round}.${i}`, BATCH));
      let head: ExpectedHead = NO_STREAM;
      return rate(batches * BATCH, async () => {
        for (const list of lists) head = (await store.append(`batch-${round}`, head, list)).head;
      });
    };
    const rawSide = async () => {
      const lists = Array.from({ length: batches }, (_, i) => prepared(`rb${round}.${i}`, BATCH));
      return rate(batches * BATCH, async () => {
        for (const [i, list] of lists.entries()) {
          await rawClients[0]!.query({ name: 'unnest', text: UNNEST, values: [
            `raw-${round}.${i}`, list.map(({ id }) => id), list.map(({ type }) => type), list.map(({ version }) => version),
            list.map(({ data }) => JSON.stringify(data)), list.map(({ metadata }) => JSON.stringify(metadata)), list.map(() => HASH), list.map(() => HASH),
          ] });
        }
      });
    };
    const storeSingles = async () => {
      const list = prepared(`s${round}`, singles);
      return rate(singles, () => lanes(IN_FLIGHT, list, (event, i) => store.append(`single-${round}.${i}`, NO_STREAM, [event])));
    };
    const rawSingles = async () => {
      const list = prepared(`rs${round}`, singles);
      const first = (await store.head()) + 1n;
      return rate(singles, () => lanes(RAW_CONNECTIONS, list, (event, i, lane) => rawClients[lane]!.query({ name: 'insert', text: INSERT, values: [
        first + BigInt(i), `raw-s${round}.${i}`, event.id, event.type, event.version, JSON.stringify(event.data), JSON.stringify(event.metadata), HASH, HASH,
      ] })));
    };
    const [batch, rawBatch] = await inTurns(round, storeSide, rawSide);
    const [single, rawSingle] = await inTurns(round, storeSingles, rawSingles);
    log(`${round === 0 ? 'warm-up' : `round ${round}`}: batch ${batch.toFixed(0)}/s, raw unnest ${rawBatch.toFixed(0)}/s; single ${single.toFixed(0)}/s, raw insert ${rawSingle.toFixed(0)}/s`);
    if (round === 0) continue;
    ratios.batch.push(batch / rawBatch);
    ratios.single.push(single / rawSingle);
  }
  rawClients.forEach((client) => client.release());
  return {
    verified: await verify(pool, total, amount, log),
    checks: [check('batch append ÷ raw unnest insert', median(ratios.batch), 0.6), check('single appends, 64 in flight ÷ raw INSERT+commit on 16 connections', median(ratios.single), 1)],
  };
}

/** Which side goes first changes with the round. */
async function inTurns(round: number, one: () => Promise<number>, other: () => Promise<number>): Promise<[number, number]> {
  if (round % 2) {
    const second = await other();
    return [await one(), second];
  }
  return [await one(), await other()];
}

async function lanes<T>(count: number, list: readonly T[], work: (item: T, index: number, lane: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: count }, async (_, lane) => {
    for (let i = next++; i < list.length; i = next++) await work(list[i]!, i, lane);
  }));
}

/** By SQL alone: rows, sums, revisions without holes, and every hash recomputed from the stored texts. */
async function verify(pool: Pool, total: number, amount: number, log: (line: string) => void): Promise<boolean> {
  const { rows: [sums] } = await pool.query<{ n: number; amount: number; positions: number }>(`select count(*)::int as n, sum((data->>'amount')::int)::int as amount, count(distinct position)::int as positions from event_store.events`);
  const { rows: [chain] } = await pool.query<{ n: number; holes: number; broken: number; forged: number }>(`
    select count(*)::int as n, count(*) filter (where revision <> place)::int as holes, count(*) filter (where previous_hash <> coalesce(predecessor, decode(repeat('0', 64), 'hex')))::int as broken,
      count(*) filter (where hash <> sha256(convert_to('{"data":' || data::text || ',"id":"' || id || '","metadata":' || metadata::text || ',"previousHash":"' || encode(previous_hash, 'hex') || '","revision":' || revision || ',"stream":"' || stream || '","type":"' || type || '","version":' || version || '}', 'UTF8')))::int as forged
    from (select e.*, row_number() over w - 1 as place, lag(hash) over w as predecessor from event_store.events e where category <> 'raw' window w as (partition by stream order by revision)) e`);
  log(`verified by SQL: ${JSON.stringify({ ...sums, chain })}`);
  return sums!.n === total && sums!.positions === total && sums!.amount === amount && chain!.n === total / 2 && chain!.holes === 0 && chain!.broken === 0 && chain!.forged === 0;
}
