import { Inject, Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { EventStore } from '@gridcase/event-store';
import { migrate } from '@gridcase/platform';
import { EVENT_STORE, SERVICE_OPTIONS } from './adapters';
import { LiveDirectory } from './live-directory';
import type { ServiceOptions } from './service.module';

/** Something that follows the record: projections, a reactor, a waker of due clocks. */
export interface Processor {
  id: string;
  /** True when everything up to the position is done, within the time. @throws when it has failed for good */
  waitFor(position: bigint, timeoutMs: number): Promise<boolean>;
  stop(): Promise<void>;
}

/** What runs in a service beside its calls: started after its tables stand, stopped after its last call. */
@Injectable()
export class Processors {
  private readonly running: Processor[] = [];

  constructor(
    @Inject(SERVICE_OPTIONS) private readonly options: ServiceOptions, @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly directory: LiveDirectory, private readonly moduleRef: ModuleRef,
  ) {}

  /** A service's own follower: waited for by `settle`, stopped with the service. */
  add(processor: Processor): void {
    this.running.push(processor);
  }

  async install(): Promise<void> {
    const { adapters: { pool, schema }, migrations = [] } = this.options;
    if (migrations.length > 0) await migrate(pool, schema, migrations);
  }

  async start(): Promise<void> {
    await this.directory.start();
    this.add({ id: `${this.options.name}.directory`, waitFor: (position, timeoutMs) => this.directory.waitFor(position, timeoutMs), stop: () => this.directory.stop() });
  }

  /** Position up to which every read model of this service is complete. */
  projectedTo(): bigint {
    return this.directory.position;
  }

  async waitForProjections(position: bigint, timeoutMs: number): Promise<boolean> {
    return this.directory.waitFor(position, timeoutMs);
  }

  /** @throws when not settled within the time, naming who is behind. */
  async settle(timeoutMs: number): Promise<void> {
    // Reactors write too: settled is when nothing was written while everybody caught up.
    for (let head = -1n, next = await this.store.head(); next !== head; next = await this.store.head()) {
      head = next;
      for (const processor of this.running) {
        if (!(await processor.waitFor(head, timeoutMs))) throw new Error(`${processor.id} has not reached position ${head} within ${timeoutMs} ms`);
      }
    }
  }

  /** For readiness. */
  async check(): Promise<Record<string, unknown>> {
    return { position: String(this.projectedTo()), head: String(await this.store.head()) };
  }

  /** In the opposite order of their start. */
  async stop(): Promise<void> {
    for (let processor = this.running.pop(); processor; processor = this.running.pop()) await processor.stop();
  }
}
