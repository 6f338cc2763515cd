import { Inject, Injectable } from '@nestjs/common';
import { directoryCategories, emptyDirectory, evolveDirectory, type Directory, type District } from '@gridcase/domain';
import { upcastEvent } from '@gridcase/events';
import type { EventStore } from '@gridcase/event-store';
import { createLiveView, type LiveView } from '@gridcase/projections';
import { EVENT_STORE } from './adapters';

/** For folding all reference data there is, at start. */
const START_TIMEOUT_MS = 120_000;

/**
 * Grids, units, people, items, calendars and policies, folded from the registry's streams and followed. Complete as of its start
 * when the service takes its first call.
 */
@Injectable()
export class LiveDirectory {
  private readonly stopping = new AbortController();
  private view: LiveView<Directory> & { readonly done: Promise<void> } | undefined;

  constructor(@Inject(EVENT_STORE) private readonly store: EventStore) {}

  /** Folded in place: read what you need before the next await. */
  get(): Directory {
    return this.started.state;
  }

  district(code: string): District | undefined {
    return this.get().districts.get(code);
  }

  get position(): bigint {
    return this.started.position;
  }

  /** Whether everything up to the position was folded in within the time. */
  waitFor(position: bigint, timeoutMs: number): Promise<boolean> {
    return this.started.waitFor(position, timeoutMs);
  }

  /** Resolves when it holds everything recorded so far. `onFailed`: it can never go on, a fold of a registry event threw. */
  async start(onFailed: (error: unknown) => void): Promise<void> {
    const view = (this.view = createLiveView(this.store, { categories: directoryCategories, initial: emptyDirectory, evolve: evolveDirectory }, this.stopping.signal, upcastEvent));
    view.done.catch(onFailed);
    if (!(await Promise.race([view.waitFor(await this.store.head(), START_TIMEOUT_MS), view.done.then(() => false)]))) throw new Error('the directory was not folded');
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    // What it failed of was told to `onFailed`.
    await this.view?.done.catch(() => undefined);
  }

  private get started() {
    if (!this.view) throw new Error('the directory is used before the service has started');
    return this.view;
  }
}
