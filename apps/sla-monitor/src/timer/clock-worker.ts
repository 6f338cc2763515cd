import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { CaseCommands } from '@gridcase/domain';
import type { EventStore } from '@gridcase/event-store';
import { ManualClock, SteadyClock, identifier, randomUuid, uuidFrom, type Clock, type Logger, type Metrics } from '@gridcase/platform';
import { CaseDesk, CLOCK, EVENT_STORE, POOL, Processors, ReadModels, SCHEMA, SERVICE_LOGGER, WakingLoop, digestOf, type CaseCall } from '@gridcase/service';
import { Lease } from './lease';
import { watchTimers } from './timer-figures';

export const CLOCK_WORKER_OPTIONS = Symbol('CLOCK_WORKER_OPTIONS');
export interface ClockWorkerOptions {
  metrics?: Metrics;
  /** Commands on their way at the same time; of one case one after the other. */
  inFlightMax?: number;
  batchSizeMax?: number;
  /** Longest sleep: the backstop for whatever did not wake it. */
  pollIntervalMs?: number;
  leaseTtlMs?: number;
  /** How long a pass waits for the read model to show what it fired. */
  catchUpTimeoutMs?: number;
}
const defaults = { inFlightMax: 64, batchSizeMax: 1024, pollIntervalMs: 1_000, leaseTtlMs: 5_000, catchUpTimeoutMs: 10_000 } as const;
const LEASE_RETRY_MS = 50;
const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 60_000;

interface Due { case_id: string; clock: string; fires: 'warn' | 'due'; moment: Date; fire_at: Date; district: string; revision: number }
type Fired = 'fired' | 'stale' | 'failed';
const keyOf = (due: Due): string => `${due.case_id} ${due.clock} ${due.fires}`;

/**
 * Fires clocks: asks the index for what is due and sends WarnClock and BreachClock to the case, whose decider has the last word (a
 * disposal that came first leaves nothing to breach). The index holds only what is still to fire, so the cost grows with what
 * is due, not with what is open.
 * @rule X17 L4.6 L5.4 H4.2.5
 */
@Injectable()
export class ClockWorker implements OnApplicationBootstrap {
  private readonly options: Required<Omit<ClockWorkerOptions, 'metrics'>>;
  /** A host's clock that was set by mistake breaches nothing. */
  private readonly clock: Clock;
  private readonly lease: Lease;
  private readonly due: string;
  private readonly cases: string;
  private readonly loop: WakingLoop;
  private turn: Promise<unknown> = Promise.resolve();
  /** What was sent, and the revision of the case its row then showed: while the row shows the same it is not sent again. */
  private readonly sent = new Map<string, number>();
  /** What failed is tried again later and later, so that one broken case costs nothing to the others. */
  private readonly retries = new Map<string, { attempts: number; atMs: number }>();
  private readonly count: (what: Fired, of: 'warn' | 'due') => void;

  constructor(
    @Inject(CaseDesk) private readonly desk: CaseDesk, @Inject(ReadModels) private readonly readModels: ReadModels, @Inject(Processors) private readonly processors: Processors,
    @Inject(POOL) private readonly pool: Pool, @Inject(SCHEMA) private readonly schema: string, @Inject(CLOCK) clock: Clock, @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(SERVICE_LOGGER) private readonly logger: Logger, @Inject(CLOCK_WORKER_OPTIONS) private readonly given: ClockWorkerOptions,
  ) {
    const { metrics, ...options } = given;
    this.options = { ...defaults, ...options };
    this.clock = clock instanceof ManualClock ? clock : new SteadyClock(clock, { onSet: (awayMs) => logger.warn({ awayMs }, 'the clock of this host was set: what falls due by that waits until it has stood there for a while') });
    this.lease = new Lease(pool, schema, 'clock-worker', randomUuid(), this.options.leaseTtlMs);
    this.due = `${identifier(schema)}.clock_due`;
    this.cases = `${identifier(schema)}.case_clocks`;
    const counter = metrics?.counter('clocks_fired_total', 'Clocks that were due, by what came of it', ['outcome', 'fires']);
    for (const outcome of ['fired', 'stale', 'failed']) for (const fires of ['warn', 'due']) counter?.inc({ outcome, fires }, 0);
    this.count = (outcome, fires) => counter?.inc({ outcome, fires });
    this.loop = new WakingLoop(() => this.turnAndTime(), {
      pollIntervalMs: this.options.pollIntervalMs,
      onError: (error, retryInMs) => logger.warn({ err: error, retryInMs }, 'the clock worker failed and tries again'),
    });
  }

  onApplicationBootstrap(): void {
    const unlisten = this.clock instanceof ManualClock ? this.clock.onChange(() => this.loop.wake()) : () => undefined;
    const unwatch = this.given.metrics ? watchTimers(this.given.metrics, this.pool, this.schema, this.clock) : () => undefined;
    this.loop.start();
    this.processors.add({
      id: 'sla-monitor.clock-worker',
      waitFor: async () => { await this.fireDue(); return true; },
      stop: async () => {
        unlisten();
        unwatch();
        await this.loop.stop();
        await this.turn;
        await this.lease.release().catch(() => undefined);
      },
    });
  }

  /** Something may be due earlier than thought. */
  wake(): void { this.loop.wake(); }

  /**
   * Fires everything that is due by the clock, also what comes due by it, and resolves when the read model shows it: the number of
   * clocks fired. One that failed is left for later. While another replica holds the lease, waits for it to do it, but not longer than
   * a dead one would keep the lease.
   */
  fireDue(): Promise<number> { return this.inTurn(true); }

  /** `isAsked`: what failed before is tried again at once. */
  private inTurn(isAsked: boolean): Promise<number> {
    const mine = this.turn.then(() => this.passes(isAsked));
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  private async turnAndTime(): Promise<number> {
    if (await this.isAnythingDue()) await this.inTurn(false);
    return this.untilNext();
  }

  private async isAnythingDue(): Promise<boolean> {
    return (await this.pool.query(`select 1 from ${this.due} where fire_at <= $1 limit 1`, [this.clock.now()])).rows.length > 0;
  }

  /** Until the next one in the index is due; real time passes only on a real clock. */
  private async untilNext(): Promise<number> {
    const { pollIntervalMs } = this.options;
    const { rows } = await this.pool.query<{ fire_at: Date }>(`select fire_at from ${this.due} order by fire_at limit 1`);
    const leftMs = rows[0] && !(this.clock instanceof ManualClock) ? rows[0].fire_at.getTime() - Date.parse(this.clock.now()) : pollIntervalMs;
    // What is overdue already was just tried and failed, or waits for another replica.
    return leftMs <= 0 ? pollIntervalMs : Math.min(leftMs, pollIntervalMs);
  }

  private async passes(isAsked: boolean): Promise<number> {
    // What was recorded before this call counts: a clock started just now may be due.
    await this.reach(await this.store.head());
    const failed = new Set<string>();
    let total = 0;
    let patienceMs = 2 * this.options.leaseTtlMs;
    while (!this.loop.signal.aborted) {
      if (!(await this.lease.hold())) {
        if (patienceMs <= 0 || !(await this.isAnythingDue())) break;
        patienceMs -= LEASE_RETRY_MS;
        await delay(LEASE_RETRY_MS);
        continue;
      }
      if (isAsked) this.retries.clear();
      isAsked = false;
      const { fired, position } = await this.pass(failed);
      total += fired;
      if (position === undefined) break;
      await this.reach(position);
    }
    return total;
  }

  /** Once through everything due, in order of time. `position` is absent when nothing was recorded. */
  private async pass(failed: Set<string>): Promise<{ fired: number; position?: bigint }> {
    const { batchSizeMax } = this.options;
    const now = this.clock.now();
    const seen = new Set<string>();
    let fired = 0;
    let position: bigint | undefined;
    let after: readonly unknown[] = ['-infinity', '', '', ''];
    for (;;) {
      const { rows } = await this.pool.query<Due>(
        `select d.stream_id as case_id, d.clock, d.fires, d.moment, d.fire_at, d.district, c.revision from ${this.due} d join ${this.cases} c on c.id = d.stream_id
         where d.fire_at <= $1 and (d.fire_at, d.stream_id, d.clock, d.fires) > ($2::timestamptz, $3, $4, $5) order by d.fire_at, d.stream_id, d.clock, d.fires limit $6`,
        [now, ...after, batchSizeMax],
      );
      for (const due of rows) seen.add(keyOf(due));
      const nowMs = performance.now();
      const fresh = rows.filter((due) => !failed.has(keyOf(due)) && this.sent.get(keyOf(due)) !== due.revision && (this.retries.get(keyOf(due))?.atMs ?? 0) <= nowMs);
      await this.inFlight(fresh, async (due) => {
        const { outcome, position: at } = await this.fire(due);
        this.count(outcome, due.fires);
        if (outcome === 'failed') { failed.add(keyOf(due)); this.retryLater(keyOf(due)); return; }
        this.retries.delete(keyOf(due));
        this.sent.set(keyOf(due), due.revision);
        if (outcome === 'fired') fired += 1;
        if (at !== undefined && (position === undefined || at > position)) position = at;
      });
      const last = rows.at(-1);
      if (!last || rows.length < batchSizeMax || this.loop.signal.aborted || !(await this.lease.renew())) break;
      after = [last.fire_at, last.case_id, last.clock, last.fires];
    }
    for (const known of [this.sent, this.retries]) for (const key of known.keys()) if (!seen.has(key)) known.delete(key);
    return { fired, position };
  }

  private retryLater(key: string): void {
    const attempts = (this.retries.get(key)?.attempts ?? 0) + 1;
    this.retries.set(key, { attempts, atMs: performance.now() + Math.min(RETRY_FIRST_MS * 2 ** attempts, RETRY_MAX_MS) });
  }

  /** Clocks of one case one after the other: they would only conflict. */
  private async inFlight(list: readonly Due[], work: (due: Due) => Promise<void>): Promise<void> {
    const cases = new Map<string, Due[]>();
    for (const due of list) cases.set(due.case_id, [...(cases.get(due.case_id) ?? []), due]);
    const queue = cases.values();
    const lane = async () => { for (const ofCase of queue) for (const due of ofCase) if (!this.loop.signal.aborted) await work(due); };
    await Promise.all(Array.from({ length: Math.min(this.options.inFlightMax, cases.size) }, lane));
  }

  private async fire(due: Due): Promise<{ outcome: Fired; position?: bigint }> {
    const moment = due.moment.toISOString();
    try {
      const outcome = due.fires === 'warn'
        ? await this.desk.executeRaw('WarnClock', this.callFor(due, 'WarnClock', { clock: due.clock, warnAt: moment }, moment))
        : await this.desk.executeRaw('BreachClock', this.callFor(due, 'BreachClock', { clock: due.clock, dueAt: moment }, moment));
      if (!outcome.ok) {
        // The clock moved or stopped meanwhile: its row is about to change.
        if (outcome.rejection.code === 'CLOCK_NOT_DUE') return { outcome: 'stale' };
        this.logger.warn({ case: due.case_id, clock: due.clock, code: outcome.rejection.code }, 'a due clock could not be fired');
        return { outcome: 'failed' };
      }
      if (outcome.events.length === 0) return { outcome: 'stale', position: outcome.position };
      return { outcome: outcome.repeated ? 'stale' : 'fired', position: outcome.position };
    } catch (error) {
      this.logger.warn({ case: due.case_id, clock: due.clock, err: error }, 'a due clock could not be fired');
      return { outcome: 'failed' };
    }
  }

  /** Happened when it was due; recorded now. The id follows from what is fired, so that it is fired once whatever happens. */
  private callFor<K extends 'WarnClock' | 'BreachClock'>({ case_id: caseId, clock, fires, district }: Due, type: K, body: CaseCommands[K], moment: string): CaseCall<K> {
    const commandId = uuidFrom('gridcase.clock', caseId, clock, fires, moment);
    return { type, body: { caseId, ...body }, context: { actor: { person: 'sla-monitor', role: 'system', jurisdiction: district }, correlationId: commandId, commandId, digest: digestOf(type, body), occurredAt: moment } };
  }

  /** A read model that is still behind afterwards is only a later pass. */
  private async reach(position: bigint): Promise<void> {
    await this.readModels.waitFor(position, this.options.catchUpTimeoutMs).catch((error: unknown) => { if (!this.loop.signal.aborted) this.logger.warn({ err: error }, 'the clock index is behind'); });
  }
}
