import { setTimeout as delay } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';
import { createStoreBus, type EventBus } from '@gridcase/bus';
import { LruMap, type Batch, type EventStore } from '@gridcase/event-store';
import { categoryOf, type StoredEvent } from '@gridcase/events';
import { heapShare, inSpans, inTransaction, literal, spansOfBatch, Tracer, WITHOUT_DISK, type Span } from '@gridcase/platform';
import { StoreReplaced, claimCheckpoint, defaultProcessor, installProjections, liveTables } from './bookkeeping';
import { foldStepwise, isBadValue } from './fold-stepwise';
import { byStream, foldStream, rowIdOf, toStoredRow, type FoldedDoc, type Poison } from './fold-stream';
import { park, unpark } from './parked';
import type { StreamProjection } from './port';
import { PositionWaiters } from './position-waiters';
import type { DetailChange, ReadModelTable, StoredRow } from './read-model-table';
import { rebuild } from './rebuild';

/** What a runner tells: for metrics, alerts and the log. */
export interface RunnerEvents {
  onBatch?(batch: { events: number; position: bigint; rowsWritten: number }): void;
  onParked?(parked: { processor: string; stream: string; revision: number; error: unknown }): void;
  onReleased?(released: { processor: string; stream: string }): void;
  /** A failure that is tried again: the store or the database cannot be reached. */
  onError?(error: unknown): void;
  onRebuild?(progress: { phase: string; events: number; position: bigint }): void;
}

export interface RunProjectionsOptions extends RunnerEvents {
  pool: Pool;
  schema: string;
  store: EventStore;
  /** Default: the store itself, read in order. */
  bus?: EventBus;
  projections: readonly StreamProjection[];
  signal: AbortSignal;
  /** Default `<schema>.read-models.v1`. */
  processor?: string;
  upcast?(event: StoredEvent): StoredEvent;
  tracer?: Tracer;
  batchSizeMax?: number;
  /** Of documents kept in memory, all projections together, about. Default: a sixteenth of the heap, at most 64 MiB. */
  hotBytesMax?: number;
  /** How often the tables are asked for streams to release and for a switch of tables. */
  controlPollIntervalMs?: number;
}

export interface ProjectionRun {
  /** Everything up to here is in the read models. */
  readonly position: bigint;
  /** Read-your-writes: false when the position is not reached in time. */
  waitFor(position: bigint, timeoutMs: number): Promise<boolean>;
  /** Resolves when the run has ended after the signal; rejects when it can never go on (see StoreReplaced). */
  readonly done: Promise<void>;
}

/** Another runner, a rebuild or a release came in between: look at the checkpoint again. */
class Overtaken extends Error {
  constructor() { super('the checkpoint was moved by somebody else'); this.name = 'Overtaken'; }
}

/** As text: thousands of documents as objects would be moved and marked by the garbage collector again and again, each pause a wait for everybody. */
interface Hot { revision: number; docText: string; details: string[] }
const HOT_OVERHEAD_BYTES = 200;
/** Two a character, as text with any Chinese in it takes. */
const bytesOfHot = ({ docText, details }: Hot): number => HOT_OVERHEAD_BYTES + 2 * details.reduce((sum, rows) => sum + rows.length, docText.length);
interface Model { table: ReadModelTable; projection: StreamProjection; parkedId: string; hot: LruMap<string, Hot>; parked: Set<string> }
interface Written { model: Model; row: StoredRow; stream: string; hot: Hot; /** There was no row of it. */ isNew: boolean }
/** What there is to do besides writing rows: a stream is parked, or folded with a look at each of its rows. */
type Repair = (client: PoolClient) => Promise<void>;
type WrittenOf = ReadonlyMap<Model, Written[]>;
interface Folded { row?: Written; repairs: Repair[] }

/** Id under which streams of a projection are parked. */
export const parkedIdOf = (schema: string, { name, version }: StreamProjection): string => `${schema}.${name}.v${version}`;

/**
 * Folds the events of one subscription into all read models of a service. Rows, details, parked streams and the checkpoint of a
 * batch are one transaction: exactly once in effect. Start it once a process; a second one of the same service waits for its turn.
 */
export function runProjections(options: RunProjectionsOptions): ProjectionRun {
  const runner = new ProjectionRunner(options);
  return { get position() { return runner.waiters.position; }, waitFor: (position, timeoutMs) => runner.waiters.waitFor(position, timeoutMs), done: runner.run() };
}

class ProjectionRunner {
  readonly waiters = new PositionWaiters();
  private models: Model[] = [];
  private position = 0n;
  /** What the checkpoint table says: behind `position` by events of other categories only. */
  private persisted = 0n;
  private generation = -1;
  private turn: Promise<unknown> = Promise.resolve();
  private restart = new AbortController();
  private readonly schema: string;
  private readonly processor: string;

  constructor(private readonly options: RunProjectionsOptions) {
    this.schema = options.schema;
    this.processor = options.processor ?? defaultProcessor(options.schema);
  }

  private get source() {
    const { store, upcast = (event: StoredEvent) => event } = this.options;
    return { readStream: store.readStream, upcast };
  }

  async run(): Promise<void> {
    const { store, signal, projections, batchSizeMax = 500, onError = () => undefined } = this.options;
    const bus = this.options.bus ?? createStoreBus({ store });
    const ended = new AbortController();
    const stop = AbortSignal.any([signal, ended.signal]);
    const control = this.watchControl(stop);
    try {
      do {
        this.restart = new AbortController();
        await bus.subscribe({
          group: this.processor,
          categories: [...new Set(projections.flatMap(({ categories }) => categories))],
          batchSizeMax,
          signal: AbortSignal.any([stop, this.restart.signal]),
          from: () => this.start().catch((error: unknown) => {
            if (error instanceof StoreReplaced) ended.abort(error);
            throw error;
          }),
          handler: (batch) => this.inTurn(() => inSpans(this.spansOf(batch), () => this.apply(batch))),
          onError: (error) => { if (!(error instanceof Overtaken)) onError(error); },
        });
      } while (this.restart.signal.aborted && !stop.aborted);
      if (ended.signal.aborted && !signal.aborted) throw ended.signal.reason;
    } finally {
      ended.abort();
      await control;
      this.waiters.close();
    }
  }

  /** One thing at a time on the models: a batch, or a release. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => undefined);
    return result;
  }

  private async start(): Promise<bigint> {
    const { pool, store, projections, signal, onRebuild, upcast } = this.options;
    const { toRebuild } = await installProjections(pool, this.schema, projections, this.processor);
    await claimCheckpoint(pool, this.schema, this.processor, store);
    if (toRebuild.length > 0) {
      await rebuild({ pool, schema: this.schema, store, processor: this.processor, projections: projections.filter(({ name }) => toRebuild.includes(name)), signal, onProgress: onRebuild, upcast });
    }
    await this.inTurn(() => this.reload());
    return this.position;
  }

  private async reload(): Promise<void> {
    const { pool, projections, hotBytesMax = heapShare(1 / 16, 64) } = this.options;
    const { rows: [checkpoint] } = await pool.query<{ position: string; generation: number }>(`select position, generation from ${this.schema}.checkpoint where processor = $1`, [this.processor]);
    const tables = await liveTables(pool, this.schema, projections);
    const { rows: parked } = await pool.query<{ processor: string; stream: string }>(`select processor, stream from ${this.schema}.parked`);
    this.models = tables.map((table) => {
      const parkedId = parkedIdOf(this.schema, table.projection);
      const streams = parked.filter(({ processor }) => processor === parkedId).map(({ stream }) => stream);
      return { table, projection: table.projection, parkedId, hot: new LruMap(hotBytesMax / tables.length, bytesOfHot), parked: new Set(streams) };
    });
    this.generation = checkpoint!.generation;
    this.position = this.persisted = BigInt(checkpoint!.position);
    this.waiters.set(this.position);
  }

  /** What is repeated is no news. */
  private spansOf({ events, checkpoint }: Batch): readonly Span[] {
    const { projections, tracer = Tracer.none } = this.options;
    if (checkpoint <= this.position) return [];
    return spansOfBatch(tracer, events, (together) => {
      const categories = new Set(together.map(({ stream }) => categoryOf(stream)));
      const names = projections.filter((projection) => projection.categories.some((category) => categories.has(category))).map(({ name }) => name);
      return { name: `project ${names.join(', ')}`, kind: 'consumer', attributes: { 'gridcase.processor': this.processor } };
    });
  }

  /** `guarded`: a value that a table refuses costs the row that holds it, not the batch. */
  private async apply(batch: Batch, guarded = false): Promise<void> {
    if (batch.checkpoint <= this.position) return;
    if (batch.events.length === 0) return this.pass(batch.checkpoint);
    let written: Written[];
    try {
      const { rows, repairs } = await this.foldAll(batch);
      const plain = repairs.length === 0 && !guarded && [...rows].every(([model, own]) => model.table.onlyAdds(own.map(({ row }) => row), detailChange(model, own)));
      written = await (plain ? this.writeAtOnce(batch.checkpoint, rows) : this.writeInSteps(batch.checkpoint, rows, repairs, guarded));
    } catch (error) {
      // The transaction may have been committed although its answer was lost: the table knows.
      for (const model of this.models) model.hot.clear();
      if (!guarded && isBadValue(error)) {
        await this.reload();
        return this.apply(batch, true);
      }
      if (!(error instanceof Overtaken)) throw error;
      const before = this.persisted;
      await this.reload();
      if (this.persisted !== before) throw error; // the subscription stands elsewhere now
      return this.apply(batch, guarded);
    }
    for (const { model, row, hot } of written) model.hot.set(row.id, hot);
    this.persisted = batch.checkpoint;
    this.pass(batch.checkpoint);
    this.options.onBatch?.({ events: batch.events.length, position: this.position, rowsWritten: written.length });
  }

  /** What is in memory or was loaded holds only while the checkpoint is the one it was loaded with. */
  private moveCheckpoint([to, processor, from, generation]: readonly string[]): string {
    return `update ${this.schema}.checkpoint set position = ${to} where processor = ${processor} and position = ${from} and generation = ${generation}`;
  }

  private movement(to: bigint): string[] {
    return [String(to), this.processor, String(this.persisted), String(this.generation)];
  }

  /** One statement, one round trip: what most batches are. */
  private async writeAtOnce(to: bigint, rows: WrittenOf): Promise<Written[]> {
    const parts = [`moved as (${this.moveCheckpoint(['$1', '$2', '$3', '$4'])} returning processor)`];
    const values: unknown[] = this.movement(to);
    for (const [model, own] of rows) {
      const upsert = model.table.upsertParts(own.map(({ row }) => row), detailChange(model, own), 'exists (select from moved)', values.length + 1);
      for (const part of upsert.parts) parts.push(`write${parts.length} as (${part})`);
      values.push(...upsert.values);
    }
    const text = `with ${parts.join(', ')} select (select count(*)::int from moved) as moved, ${WITHOUT_DISK}`;
    const { rows: [done] } = await this.options.pool.query<{ moved: number }>({ name: statementName(text), text, values });
    if (done!.moved === 0) throw new Overtaken();
    return [...rows.values()].flat();
  }

  private writeInSteps(to: bigint, rows: WrittenOf, repairs: readonly Repair[], guarded: boolean): Promise<Written[]> {
    return inTransaction(this.options.pool, async (client, { rowCount }) => {
      if (rowCount === 0) throw new Overtaken();
      for (const repair of repairs) await repair(client);
      const written: Written[] = [];
      for (const [model, own] of rows) written.push(...(await this.write(client, model, own, guarded)));
      return written;
    }, `select ${WITHOUT_DISK}; ${this.moveCheckpoint(this.movement(to).map(literal))}`);
  }

  private pass(position: bigint): void {
    this.position = position;
    this.waiters.set(position);
  }

  /** Nothing of ours came for a while: the checkpoint follows now and then, not with every event of others. */
  private async persistPosition(): Promise<void> {
    if (this.position === this.persisted) return;
    const position = this.position;
    const { rowCount } = await this.options.pool.query(this.moveCheckpoint(['$1', '$2', '$3', '$4']), this.movement(position));
    if (rowCount === 0) throw new Overtaken();
    this.persisted = position;
  }

  private async foldAll(batch: Batch): Promise<{ rows: WrittenOf; repairs: Repair[] }> {
    const rows = new Map<Model, Written[]>();
    const repairs: Repair[] = [];
    for (const model of this.models) {
      const streams = byStream(batch.events, model.projection.categories);
      for (const stream of streams.keys()) if (model.parked.has(stream)) streams.delete(stream);
      // One that begins in this batch has no row yet.
      const older = [...streams].filter(([, [first]]) => first!.revision > 0 || first!.position <= this.position);
      const docs = await this.load(this.options.pool, model, older.map(([stream]) => stream));
      const own: Written[] = [];
      for (const [stream, events] of streams) {
        const folded = await this.fold(model, stream, docs.get(rowIdOf(model.projection, stream)), events);
        if (folded.row) own.push(folded.row);
        repairs.push(...folded.repairs);
      }
      if (own.length > 0) rows.set(model, own);
    }
    return { rows, repairs };
  }

  private async load(client: Pool | PoolClient, model: Model, streams: string[]): Promise<Map<string, FoldedDoc>> {
    const docs = new Map<string, FoldedDoc>();
    const missing: string[] = [];
    for (const stream of streams) {
      const id = rowIdOf(model.projection, stream);
      const hot = model.hot.get(id);
      if (hot) docs.set(id, { revision: hot.revision, doc: JSON.parse(hot.docText) });
      else missing.push(id);
    }
    if (missing.length > 0) for (const { id, revision, doc } of await model.table.load(client, missing)) docs.set(id, { revision, doc });
    return docs;
  }

  private async fold(model: Model, stream: string, from: FoldedDoc | undefined, events: readonly StoredEvent[]): Promise<Folded> {
    const { projection } = model;
    const { folded, poison } = await foldStream(projection, stream, from, events, this.source);
    const repairs: Repair[] = poison ? [(client) => this.park(client, model, stream, poison)] : [];
    if (folded.revision === (from?.revision ?? -1)) return { repairs };
    let row: StoredRow;
    try {
      row = toStoredRow(projection, rowIdOf(projection, stream), folded);
    } catch {
      return { repairs: [...repairs, (client) => this.foldStepwise(client, model, stream, folded.revision)] };
    }
    const hot = { revision: row.revision, docText: row.docText, details: row.details.map((rows) => JSON.stringify(rows)) };
    return { row: { model, stream, row, isNew: from === undefined, hot }, repairs };
  }

  private async foldStepwise(client: PoolClient, model: Model, stream: string, lastRevision: number): Promise<void> {
    model.hot.delete(rowIdOf(model.projection, stream));
    const { poison } = await foldStepwise(client, model.table, stream, lastRevision, this.source);
    if (poison) await this.park(client, model, stream, poison);
  }

  private async write(client: PoolClient, model: Model, written: Written[], guarded: boolean): Promise<Written[]> {
    const upsert = () => model.table.upsert(client, written.map(({ row }) => row), detailChange(model, written));
    if (!guarded) {
      await upsert();
      return written;
    }
    await client.query('savepoint rows');
    try {
      await upsert();
      await client.query('release savepoint rows');
      return written;
    } catch (error) {
      if (!isBadValue(error)) throw error;
      await client.query('rollback to savepoint rows');
      if (written.length > 1) {
        const good: Written[] = [];
        for (const one of written) good.push(...(await this.write(client, model, [one], guarded)));
        return good;
      }
      // A value the table refuses is poison like a throw of `evolve`.
      await this.foldStepwise(client, model, written[0]!.stream, written[0]!.row.revision);
      return [];
    }
  }

  private async park(client: PoolClient, model: Model, stream: string, poison: Poison): Promise<void> {
    await park(client, this.schema, model.parkedId, stream, poison);
    model.parked.add(stream);
    model.hot.delete(rowIdOf(model.projection, stream));
    this.options.onParked?.({ processor: model.parkedId, stream, ...poison });
  }

  private async watchControl(signal: AbortSignal): Promise<void> {
    const { controlPollIntervalMs = 500, onError = () => undefined } = this.options;
    while (!signal.aborted) {
      await delay(controlPollIntervalMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted || this.generation < 0) continue;
      await this.inTurn(async () => {
        await this.followCheckpoint();
        await this.persistPosition();
        await this.release();
      }).catch((error: unknown) => { if (!(error instanceof Overtaken)) onError(error); });
    }
  }

  /** A rollback to older tables, or a second runner, shows in the checkpoint also when no event comes. */
  private async followCheckpoint(): Promise<void> {
    const { rows: [row] } = await this.options.pool.query<{ position: string; generation: number }>(`select position, generation from ${this.schema}.checkpoint where processor = $1`, [this.processor]);
    if (row!.generation === this.generation && BigInt(row!.position) === this.persisted) return;
    const before = this.position;
    await this.reload();
    if (this.position < before) this.restart.abort();
  }

  private async release(): Promise<void> {
    const { pool, store, onReleased } = this.options;
    if (this.models.every(({ parked }) => parked.size === 0)) return;
    const { rows } = await pool.query<{ processor: string; stream: string }>(`select processor, stream from ${this.schema}.parked where release_requested`);
    for (const { processor, stream } of rows) {
      const model = this.models.find(({ parkedId }) => parkedId === processor);
      if (!model) continue;
      // No further than the checkpoint: rows and checkpoint always tell of the same moment.
      const events = (await store.readStream(stream)).filter(({ position }) => position <= this.position);
      model.parked.delete(stream);
      await inTransaction(pool, async (client) => {
        // Another runner of this service must not go on with what it believes to be parked.
        const { rowCount } = await client.query(`update ${this.schema}.checkpoint set generation = generation + 1 where processor = $1 and generation = $2`, [this.processor, this.generation]);
        if (rowCount === 0) throw new Overtaken();
        await unpark(client, this.schema, processor, stream);
        const docs = await this.load(client, model, [stream]);
        const { row, repairs } = await this.fold(model, stream, docs.get(rowIdOf(model.projection, stream)), events);
        for (const repair of repairs) await repair(client);
        if (row) await this.write(client, model, [row], true);
      }).finally(() => this.reload());
      if (!model.parked.has(stream)) onReleased?.({ processor, stream });
    }
  }
}

function detailChange(model: Model, written: readonly Written[]): DetailChange {
  const after = new Map(written.map((one) => [one.row, one]));
  return (row, detail) => {
    const { hot, isNew } = after.get(row)!;
    if (isNew) return 'new';
    // Texts of a row that was not in memory are not known, hence written.
    return model.hot.get(row.id)?.details[detail] === hot.details[detail] ? 'same' : 'replaced';
  };
}

/** One name for one text in the whole process: connections may serve several runners. */
const statementNames = new Map<string, string>();
function statementName(text: string): string {
  const name = statementNames.get(text) ?? `write_${statementNames.size}`;
  statementNames.set(text, name);
  return name;
}
