import { Inject, Injectable, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { directoryCategories } from '@gridcase/domain';
import { upcastEvent } from '@gridcase/events';
import type { EventStore } from '@gridcase/event-store';
import type { Logger, Metrics } from '@gridcase/platform';
import { checkStore, defaultProcessor, forgetReactor, installReactor, noteStanding, parkedIdOf, runProjections, runReactor, type Reactor, type RunnerEvents } from '@gridcase/projections';
import { EVENT_STORE, SERVICE_LOGGER, SERVICE_OPTIONS } from './adapters';
import { LiveDirectory } from './live-directory';
import { watchProcessors } from './processor-metrics';
import type { ServiceOptions } from './service.module';
import { installTables } from './service-tables';

/** Something that follows the record: projections, a reactor, a waker of due clocks. */
export interface Processor {
  id: string;
  /** True when everything up to the position is done, within the time. */
  waitFor(position: bigint, timeoutMs: number): Promise<boolean>;
  stop(): Promise<void>;
}

interface Run { readonly position: bigint; waitFor(position: bigint, timeoutMs: number): Promise<boolean>; readonly done: Promise<void> }

const REBUILD_LOOK_MS = 1_000;
const parkedCounter = (metrics: Metrics) => metrics.counter('parked_streams_total', 'Streams parked because an event could not be processed', ['processor']);

/** What runs in a service beside its calls: started when its tables stand, stopped after its last call. */
@Injectable()
export class Processors {
  private readonly running: Processor[] = [];
  private readonly failures = new Map<string, unknown>();
  private readonly stopping = new AbortController();
  private projections: Run | undefined;
  private toRebuild: string[] = [];
  private unwatch: () => void = () => undefined;

  constructor(
    @Inject(SERVICE_OPTIONS) private readonly options: ServiceOptions, @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(SERVICE_LOGGER) private readonly logger: Logger, private readonly directory: LiveDirectory, private readonly moduleRef: ModuleRef,
  ) {}

  /** A service's own follower: waited for by `catchUp`, stopped with the service. */
  add(processor: Processor): void {
    this.running.push(processor);
  }

  /** Working tables and read-model tables. @throws StoreReplaced before anything is written to a record that is not the one this service knows */
  async install(): Promise<void> {
    const { adapters: { pool, schema }, reactorsOff = [] } = this.options;
    await checkStore(pool, schema, this.store);
    this.toRebuild = (await installTables(pool, schema, this.options)).toRebuild;
    for (const reactor of reactorsOff) await forgetReactor(pool, schema, reactor);
  }

  /** When it resolves, the directory is complete and every read model has tables; read models and reactors then catch up by themselves. */
  async start(): Promise<void> {
    const { name, projections = [], reactors = [], standing } = this.options;
    const directoryId = `${name}.directory`;
    this.add({ id: directoryId, waitFor: (position, timeoutMs) => this.directory.waitFor(position, timeoutMs), stop: () => this.directory.stop() });
    await this.directory.start((error) => this.fail(directoryId, error));
    this.watch(directoryId);
    if (standing !== undefined) this.noteStanding(standing);
    if (projections.length > 0) {
      this.projections = this.follow(`${name}.read-models`, runProjections({ ...this.common(`${name}.read-models`), projections }));
      await this.awaitRebuild();
    }
    for (const reactor of reactors) await this.startReactor(reactor);
  }

  /** Position up to which every read model of this service is complete. */
  get position(): bigint {
    const { projections, directory } = this;
    return projections && projections.position < directory.position ? projections.position : directory.position;
  }

  /** Whether read models and directory have passed the position within the time. */
  async waitForReadModels(position: bigint, timeoutMs: number): Promise<boolean> {
    const passed = await Promise.all([this.directory.waitFor(position, timeoutMs), this.projections?.waitFor(position, timeoutMs) ?? true]);
    return passed.every(Boolean);
  }

  /** Everything on record when asked is done. @returns the head it found. @throws when not within the time, naming who is behind. */
  async catchUp(timeoutMs: number): Promise<bigint> {
    const head = await this.store.head();
    for (const processor of this.running) {
      const { id } = processor;
      if (!(await processor.waitFor(head, timeoutMs))) throw new Error(`${id} has not reached position ${head} within ${timeoutMs} ms`, { cause: this.failures.get(id) });
    }
    return head;
  }

  /** For readiness: behind is ready, failed for good is not. */
  async check(): Promise<Record<string, unknown>> {
    for (const [id, error] of this.failures) throw new Error(`${id} has failed: ${String(error)}`);
    return { position: String(this.position), head: String(await this.store.head()) };
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.unwatch();
    // In the opposite order of their start: who reacts stops before what it reads from.
    for (let processor = this.running.pop(); processor; processor = this.running.pop()) await processor.stop();
  }

  private async startReactor(type: Type<Reactor>): Promise<void> {
    const reactor = this.moduleRef.get(type, { strict: false });
    // Before the first call: one that begins at the end misses nothing of what this service does.
    await installReactor({ ...this.common(reactor.id), reactor });
    this.follow(reactor.id, runReactor({ ...this.common(reactor.id), reactor }));
  }

  private noteStanding(follower: string): void {
    const { pool, schema, store, signal, onError } = this.common(follower);
    const ended = noteStanding({ pool, schema, store, follower, position: () => this.directory.position, signal, onError }).catch((error: unknown) => this.fail(follower, error));
    this.add({ id: follower, waitFor: () => Promise.resolve(true), stop: () => ended });
  }

  /** What processors do is told at every scrape. */
  private watch(directoryId: string): void {
    const { adapters: { metrics, pool, schema, store, clock }, projections = [], reactors = [] } = this.options;
    if (!metrics) return;
    const followers = [
      { id: directoryId, categories: directoryCategories, position: () => this.directory.position },
      ...(projections.length > 0 ? [{ id: defaultProcessor(schema), categories: [...new Set(projections.flatMap(({ categories }) => categories))] }] : []),
      ...reactors.map((type) => this.moduleRef.get(type, { strict: false })),
    ];
    const parkers = [...projections.map((projection) => parkedIdOf(schema, projection)), ...reactors.map((type) => this.moduleRef.get(type, { strict: false }).id)];
    const parked = parkedCounter(metrics);
    for (const processor of parkers) parked.inc({ processor }, 0);
    this.unwatch = watchProcessors({ metrics, pool, schema, store, clock, followers, parkers });
  }

  private common(id: string) {
    const { pool, schema, store, bus, metrics, tracer } = this.options.adapters;
    const parked = metrics && parkedCounter(metrics);
    const events: RunnerEvents = {
      onParked: ({ processor, stream, revision, error }) => { parked?.inc({ processor }); this.logger.error({ processor, stream, revision, err: error }, 'a stream was parked'); },
      onReleased: (released) => this.logger.warn(released, 'a parked stream goes on'),
      onError: (error) => { if (!this.stopping.signal.aborted) this.logger.warn({ processor: id, err: error }, 'a processor failed and tries again'); },
    };
    return { pool, schema, store, bus, tracer, upcast: upcastEvent, signal: this.stopping.signal, ...events };
  }

  private follow(id: string, run: Run): Run {
    const ended = run.done.catch((error: unknown) => this.fail(id, error));
    this.add({ id, waitFor: (position, timeoutMs) => run.waitFor(position, timeoutMs), stop: () => ended });
    return run;
  }

  private fail(id: string, error: unknown): void {
    // A run that is cut off by its own end has not failed.
    if (this.stopping.signal.aborted) return;
    this.failures.set(id, error);
    this.logger.fatal({ processor: id, err: error }, 'a processor cannot go on');
  }

  /** A read model in a new version has no view of its own before its rebuild has switched to it. */
  private async awaitRebuild(): Promise<void> {
    if (this.toRebuild.length === 0) return;
    const head = await this.store.head();
    while (!(await this.projections!.waitFor(head, REBUILD_LOOK_MS))) {
      if (this.failures.size > 0 || this.stopping.signal.aborted) throw new Error(`read models ${this.toRebuild.join(', ')} were not rebuilt`, { cause: [...this.failures.values()][0] });
    }
  }
}
