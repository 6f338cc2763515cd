import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import { createStoreBus, type EventBus } from '@gridcase/bus';
import type { Batch, EventStore } from '@gridcase/event-store';
import type { StoredEvent } from '@gridcase/events';
import { eventAttributes, inSpan, inTransaction, Tracer } from '@gridcase/platform';
import { StoreReplaced, claimCheckpoint, installBookkeeping } from './bookkeeping';
import { byStream } from './fold-stream';
import { park, unpark } from './parked';
import type { Reactor } from './port';
import { PositionWaiters } from './position-waiters';
import type { RunnerEvents } from './projection-runner';

export interface RunReactorOptions extends Pick<RunnerEvents, 'onParked' | 'onReleased' | 'onError'> {
  pool: Pool;
  schema: string;
  store: EventStore;
  bus?: EventBus;
  reactor: Reactor;
  signal: AbortSignal;
  upcast?(event: StoredEvent): StoredEvent;
  tracer?: Tracer;
  batchSizeMax?: number;
  /** Streams handled at the same time. */
  concurrencyMax?: number;
  /** Tries of one event before its stream is parked. */
  attemptsMax?: number;
  retryDelayMs?: number;
  retryDelayMaxMs?: number;
  controlPollIntervalMs?: number;
}

export interface ReactorRun {
  readonly position: bigint;
  waitFor(position: bigint, timeoutMs: number): Promise<boolean>;
  /** Resolves when the run has ended after the signal; rejects with StoreReplaced when it can never go on. */
  readonly done: Promise<void>;
}

/** Hands events to a reactor: at least once, in order within a stream; a stream whose event fails again and again is parked. */
export function runReactor(options: RunReactorOptions): ReactorRun {
  const runner = new ReactorRunner(options);
  return { get position() { return runner.waiters.position; }, waitFor: (position, timeoutMs) => runner.waiters.waitFor(position, timeoutMs), done: runner.run() };
}

/** Writes down where a reactor begins that never ran. The runner does it too, but when it gets its turn; done before, `end` means now. */
export async function installReactor({ pool, schema, store, reactor }: Pick<RunReactorOptions, 'pool' | 'schema' | 'store' | 'reactor'>): Promise<void> {
  const first = reactor.startAt === 'end' ? await store.head() : 0n;
  await inTransaction(pool, async (client) => {
    await installBookkeeping(client, schema);
    await client.query(`insert into ${schema}.checkpoint (processor, position, begun, begun_at) values ($1, $2, $2, now()) on conflict do nothing`, [reactor.id, first]);
  });
}

class CheckpointMoved extends Error {
  constructor(reactor: string) { super(`another process moved the checkpoint of ${reactor}`); this.name = 'CheckpointMoved'; }
}

class ReactorRunner {
  readonly waiters = new PositionWaiters();
  private parked = new Set<string>();
  private started = false;
  /** What the checkpoint table says: behind the waiters by events of other categories only. */
  private persisted = 0n;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: RunReactorOptions) {}

  async run(): Promise<void> {
    const { store, reactor, signal, batchSizeMax = 500, onError } = this.options;
    const bus = this.options.bus ?? createStoreBus({ store });
    const ended = new AbortController();
    const stop = AbortSignal.any([signal, ended.signal]);
    const releases = this.watchReleases(stop);
    try {
      await bus.subscribe({
        group: reactor.id, categories: reactor.categories, batchSizeMax, signal: stop, onError,
        from: () => this.start().catch((error: unknown) => {
          if (error instanceof StoreReplaced) ended.abort(error);
          throw error;
        }),
        handler: (batch) => this.inTurn(() => this.handle(batch)),
      });
      if (ended.signal.aborted && !signal.aborted) throw ended.signal.reason;
    } finally {
      ended.abort();
      await releases;
      this.waiters.close();
    }
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => undefined);
    return result;
  }

  private async start(): Promise<bigint> {
    const { pool, schema, store, reactor } = this.options;
    await installReactor(this.options);
    const position = await claimCheckpoint(pool, schema, reactor.id, store);
    const { rows } = await pool.query<{ stream: string }>(`select stream from ${schema}.parked where processor = $1`, [reactor.id]);
    this.parked = new Set(rows.map(({ stream }) => stream));
    this.started = true;
    this.persisted = position;
    this.waiters.set(position);
    return this.waiters.position;
  }

  private async handle(batch: Batch): Promise<void> {
    const { reactor, concurrencyMax = 8, signal } = this.options;
    const streams = [...byStream(batch.events, reactor.categories)].filter(([stream]) => !this.parked.has(stream));
    const lanes = Array.from({ length: Math.min(concurrencyMax, streams.length) }, async () => {
      for (let next = streams.shift(); next; next = streams.shift()) await this.handleStream(...next);
    });
    const failed = (await Promise.allSettled(lanes)).find((lane) => lane.status === 'rejected');
    if (failed) throw failed.reason;
    signal.throwIfAborted();
    if (batch.events.length > 0) await this.persist(batch.checkpoint);
    this.waiters.set(batch.checkpoint);
  }

  private async persist(position: bigint): Promise<void> {
    const { pool, schema, reactor } = this.options;
    const { rowCount } = await pool.query(`update ${schema}.checkpoint set position = $3 where processor = $1 and position = $2`, [reactor.id, this.persisted, position]);
    if (rowCount === 0) throw new CheckpointMoved(reactor.id);
    this.persisted = position;
  }

  /** False when the stream is parked now. */
  private async handleStream(stream: string, events: readonly StoredEvent[]): Promise<boolean> {
    const { pool, schema, reactor, onParked } = this.options;
    for (const event of events) {
      const failure = await this.tryEvent(event);
      if (!failure) continue;
      await park(pool, schema, reactor.id, stream, { revision: event.revision, error: failure.error });
      this.parked.add(stream);
      onParked?.({ processor: reactor.id, stream, revision: event.revision, error: failure.error });
      return false;
    }
    return true;
  }

  private async tryEvent(event: StoredEvent): Promise<{ error: unknown } | undefined> {
    const { signal, onError, attemptsMax = 5, retryDelayMs = 100, retryDelayMaxMs = 5_000, upcast = (e: StoredEvent) => e } = this.options;
    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted();
      try {
        await this.react(upcast(event));
        return undefined;
      } catch (error) {
        if (attempt >= attemptsMax) {
          if (!passes(error)) return { error };
          onError?.(error);
        }
        await delay(Math.min(retryDelayMs * 2 ** (attempt - 1), retryDelayMaxMs), undefined, { signal });
      }
    }
  }

  /** What it causes hangs below its span: the commands it gives take the event's trace. */
  private react(event: StoredEvent): Promise<void> {
    const { reactor, tracer = Tracer.none } = this.options;
    const span = tracer.span(`react ${reactor.id}`, event.metadata.trace, () => ({ kind: 'consumer', attributes: eventAttributes([event]) }));
    return inSpan(span, () => reactor.handle(span ? { ...event, metadata: { ...event.metadata, trace: span.trace } } : event));
  }

  private async watchReleases(signal: AbortSignal): Promise<void> {
    const { controlPollIntervalMs = 500, onError = () => undefined } = this.options;
    while (!signal.aborted) {
      await delay(controlPollIntervalMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted || !this.started) continue;
      await this.inTurn(async () => {
        // Nothing of ours came for a while: the checkpoint follows now and then, not with every event of others.
        if (this.waiters.position > this.persisted) await this.persist(this.waiters.position);
        if (this.parked.size > 0) await this.release();
      }).catch((error: unknown) => {
        // Another member is fed now: this one stands by until the bus asks it again where it stands.
        if (error instanceof CheckpointMoved) this.started = false;
        else onError(error);
      });
    }
  }

  /** Takes released streams up from the event that failed to the checkpoint; what lies behind it comes by the subscription. */
  private async release(): Promise<void> {
    const { pool, schema, store, reactor, onReleased } = this.options;
    const { rows } = await pool.query<{ stream: string; revision: number }>(`select stream, revision from ${schema}.parked where processor = $1 and release_requested`, [reactor.id]);
    for (const { stream, revision } of rows) {
      const missed = (await store.readStream(stream, { from: revision })).filter(({ position }) => position <= this.waiters.position);
      if (!(await this.handleStream(stream, missed))) continue;
      await unpark(pool, schema, reactor.id, stream);
      this.parked.delete(stream);
      onReleased?.({ processor: reactor.id, stream });
    }
  }
}

/** Of the database as it is at this moment, not of this event: serialization and deadlocks, no room, no connection left (SQLSTATE classes 40 and 53). */
const passes = (error: unknown): boolean => /^(40|53)\w{3}$/.test(String((error as { code?: unknown } | null)?.code));
