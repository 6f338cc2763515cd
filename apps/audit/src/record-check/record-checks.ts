import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { EventStore } from '@gridcase/event-store';
import { EVENT_STORE } from '@gridcase/service';
import { checkRecord, type CheckOptions, type CheckProgress, type RecordReport } from './check-record';

export const CHECK_OPTIONS = Symbol('CHECK_OPTIONS');

export type CheckState =
  | { state: 'running'; progress: { position: string; head: string; pass: number; passes: number } }
  | ({ state: 'finished' } & RecordReport);

/** At most one check of the whole record at a time: a long one outlives the call that began it. */
@Injectable()
export class RecordChecks implements OnModuleDestroy {
  private running: Promise<void> | undefined;
  private outcome: { report: RecordReport } | { error: unknown } | undefined;
  private progress: CheckProgress = { position: 0n, head: 0n, pass: 1, passes: 1 };
  private readonly stopping = new AbortController();

  constructor(@Inject(EVENT_STORE) private readonly store: EventStore, @Inject(CHECK_OPTIONS) private readonly options: CheckOptions) {}

  /** The outcome that nobody has asked for yet, or of a check that begins now; `running` when that takes longer than the wait. */
  async check(waitMs: number): Promise<CheckState> {
    if (!this.outcome) await this.wait(waitMs);
    const outcome = this.outcome;
    if (!outcome) {
      const { position, head, pass, passes } = this.progress;
      return { state: 'running', progress: { position: String(position), head: String(head), pass, passes } };
    }
    this.outcome = undefined;
    if ('error' in outcome) throw outcome.error;
    return { state: 'finished', ...outcome.report };
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async wait(waitMs: number): Promise<void> {
    this.running ??= this.run();
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([this.running, new Promise<void>((late) => { timer = setTimeout(late, waitMs); })]);
    clearTimeout(timer);
  }

  private async run(): Promise<void> {
    try {
      this.outcome = { report: await checkRecord(this.store, { ...this.options, signal: this.stopping.signal, onProgress: (progress) => { this.progress = progress; } }) };
    } catch (error) {
      this.outcome = { error };
    } finally {
      this.running = undefined;
    }
  }
}
