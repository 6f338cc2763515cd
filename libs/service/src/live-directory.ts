import { Inject, Injectable } from '@nestjs/common';
import { directoryCategories, emptyDirectory, evolveDirectory, type Directory, type District } from '@gridcase/domain';
import type { EventStore } from '@gridcase/event-store';
import { EVENT_STORE } from './adapters';
import { PositionGate } from './position-gate';
import { ProblemError } from './replies';

const WAIT_TIMEOUT_MS = 5_000;

/**
 * Grids, units, people, items, calendars and policies, folded from the registry's streams and followed. Complete as of its start
 * when the service takes its first call.
 */
@Injectable()
export class LiveDirectory {
  private directory: Directory = emptyDirectory();
  private readonly gate = new PositionGate();
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(@Inject(EVENT_STORE) private readonly store: EventStore) {}

  /** Folded in place: read what you need before the next await. */
  get(): Directory {
    return this.directory;
  }

  district(code: string): District | undefined {
    return this.directory.districts.get(code);
  }

  get position(): bigint {
    return this.gate.position;
  }

  /** Whether everything up to the position was folded in within the time. */
  waitFor(position: bigint, timeoutMs: number): Promise<boolean> {
    return this.gate.waitFor(position, timeoutMs);
  }

  /** @throws ProblemError READ_MODEL_BEHIND */
  async reach(position?: bigint): Promise<void> {
    if (position !== undefined && !(await this.waitFor(position, WAIT_TIMEOUT_MS))) throw new ProblemError({ code: 'READ_MODEL_BEHIND' });
  }

  /** Resolves when it holds everything recorded so far. */
  async start(): Promise<void> {
    let caughtUp: () => void = () => undefined;
    let failed: (error: unknown) => void = () => undefined;
    const complete = new Promise<void>((resolve, reject) => { caughtUp = resolve; failed = reject; });
    this.running = this.follow(caughtUp).catch((error: unknown) => { this.gate.fail(error); failed(error); });
    await complete;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async follow(caughtUp: () => void): Promise<void> {
    for await (const batch of this.store.subscribe({ after: 0n, categories: directoryCategories, signal: this.stopping.signal })) {
      for (const event of batch.events) this.directory = evolveDirectory(this.directory, event);
      this.gate.pass(batch.checkpoint);
      if (batch.caughtUp) caughtUp();
    }
    caughtUp();
  }
}
