import { Inject, Injectable, type OnApplicationBootstrap, type Provider } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger, Metrics } from '@gridcase/platform';
import { SERVICE_LOGGER } from '../adapters';
import { Processors } from '../processors';
import { WakingLoop } from '../waking-loop';
import { EffectOutbox, type ClaimedEffect } from './effect-outbox';
import { RETRY_AFTER_MAX_MS, RETRY_TIMES, retryDelayMs, type RetryTimes } from './retry-delay';

/**
 * What came of an attempt. `failed`: the other side may take it later (it is away, overloaded, in trouble). `refused`: it looked at it and
 * said no, which usually stays so. `code` goes into the table: no words of the other side, no personal data.
 */
export type Attempt = { outcome: 'delivered' } | { outcome: 'failed' | 'refused'; code: string; /** The other side asked for it. */ retryAfterMs?: number };

/** Carries out effects on one target. The same effect may come again, with the same id, whatever came of it before. */
export interface EffectSender {
  target: string;
  /** Longest time of one attempt; `send` keeps it by itself. */
  timeoutMs: number;
  /** Never rejects; resolves soon after the signal, however the attempt stands. */
  send(effect: ClaimedEffect, signal: AbortSignal): Promise<Attempt>;
}

export interface DeliveryOptions {
  sender: EffectSender;
  metrics?: Metrics;
  /** Attempts at the same time, of one stream one after the other; also the rows in memory. */
  inFlightMax?: number;
  /** Backstop for what did not wake it: effects that other replicas wrote, and retries. */
  pollIntervalMs?: number;
  retry?: RetryTimes;
  /** Refusals after which it is given up. */
  refusalsMax?: number;
  /** Waiting for so long, it is given up: the moment it was for has passed. */
  giveUpAfterMs?: number;
  /** Beyond the sender's time, until another worker may take up what this one left. */
  claimMarginMs?: number;
  /** At a stop: for attempts in hand. */
  drainMs?: number;
  deliveredKeptMs?: number;
  givenUpKeptMs?: number;
  pruneIntervalMs?: number;
  pruneBatchSize?: number;
}
export const DELIVERY_OPTIONS = Symbol('DELIVERY_OPTIONS');
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A delivered row is there at least so long. */
export const DELIVERED_KEPT_MS = 7 * DAY_MS;
const defaults = {
  inFlightMax: 8, pollIntervalMs: 1_000, retry: RETRY_TIMES, refusalsMax: 8, giveUpAfterMs: 3 * DAY_MS, claimMarginMs: 15_000, drainMs: 3_000,
  deliveredKeptMs: DELIVERED_KEPT_MS, givenUpKeptMs: 90 * DAY_MS, pruneIntervalMs: HOUR_MS, pruneBatchSize: 1_000,
} as const;

/** For `ServiceModule.forRoot`: the outbox, and the worker that empties it. */
export const deliveryOf = (options: DeliveryOptions): Provider[] => [EffectOutbox, { provide: DELIVERY_OPTIONS, useValue: options }, DeliveryWorker];

/**
 * Carries out what waits in the outbox: at least once, with the row's id, by which the other side drops repeats. Any number of workers
 * share one table: a row in hand is nobody else's before its time is over. While it cannot be carried out it is tried later and later.
 */
@Injectable()
export class DeliveryWorker implements OnApplicationBootstrap {
  private readonly options: Required<Omit<DeliveryOptions, 'metrics' | 'sender'>>;
  private readonly sender: EffectSender;
  private readonly count: (outcome: Attempt['outcome'] | 'given_up') => void;
  private readonly unwatch: () => void;
  private readonly loop: WakingLoop;
  /** Fires when attempts in hand have had their time. */
  private readonly cutOff = new AbortController();
  private readonly inHand = new Set<Promise<void>>();
  /** By `performance.now()`. */
  private readonly due = { pruneMs: 0, claimMs: 0 };
  private reachable = true;

  constructor(
    @Inject(EffectOutbox) private readonly outbox: EffectOutbox, @Inject(Processors) private readonly processors: Pick<Processors, 'add'>, @Inject(SERVICE_LOGGER) private readonly logger: Logger,
    @Inject(DELIVERY_OPTIONS) { sender, metrics, ...options }: DeliveryOptions,
  ) {
    this.options = { ...defaults, ...options };
    this.sender = sender;
    const deliveries = metrics?.counter('outbox_deliveries_total', 'Attempts to carry out an effect on the outside, by what came of it; given_up: no further attempt', ['outcome']);
    for (const outcome of ['delivered', 'failed', 'refused', 'given_up']) deliveries?.inc({ outcome }, 0);
    this.count = (outcome) => deliveries?.inc({ outcome });
    this.unwatch = metrics ? watchOutbox(outbox, metrics) : () => undefined;
    this.loop = new WakingLoop(async () => { await this.keepHouse(); await this.takeUp(); }, {
      pollIntervalMs: this.options.pollIntervalMs,
      onError: (error, retryInMs) => logger.warn({ err: error, retryInMs }, 'the outbox could not be read and is read again'),
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
    this.processors.add({
      id: `outbox.${this.sender.target}`,
      // What the outside does is not waited for: the row is written, and that is what must not be lost.
      waitFor: async () => true,
      stop: async () => {
        this.unwatch();
        await this.loop.stop();
        const ended = Promise.all(this.inHand);
        await Promise.race([ended, delay(this.options.drainMs, undefined, { ref: false })]);
        this.cutOff.abort();
        await ended;
      },
    });
  }

  /** Something was written just now. */
  wake(): void { this.loop.wake(); }

  /** As many as there is room for; each that ends makes room and wakes the loop. */
  private async takeUp(): Promise<void> {
    const { inFlightMax, claimMarginMs } = this.options;
    const room = inFlightMax - this.inHand.size;
    if (room === 0 || performance.now() < this.due.claimMs) return;
    for (const effect of await this.outbox.claim(this.sender.target, room, this.sender.timeoutMs + claimMarginMs)) {
      const attempt: Promise<void> = this.attempt(effect)
        // The claim runs out by itself, and somebody does it again under the same id.
        .catch((error: unknown) => this.logger.warn({ err: error, effect: effect.id }, 'what came of an attempt could not be written down'))
        .then(() => { this.inHand.delete(attempt); this.loop.wake(); });
      this.inHand.add(attempt);
    }
  }

  private async attempt(effect: ClaimedEffect): Promise<void> {
    const { giveUpAfterMs, refusalsMax, retry } = this.options;
    if (effect.waitedMs > giveUpAfterMs) return this.giveUp(effect);
    const attempt = await this.sender.send(effect, this.cutOff.signal);
    if (attempt.outcome !== 'delivered' && this.cutOff.signal.aborted) return this.outbox.released(effect);
    this.count(attempt.outcome);
    this.tellReachable(attempt);
    if (attempt.outcome === 'delivered') return this.outbox.delivered(effect);
    const refused = attempt.outcome === 'refused';
    if (refused && effect.refusals + 1 >= refusalsMax) return this.giveUp(effect, attempt.code);
    // Asked for patience once is asked for all.
    if (attempt.retryAfterMs) this.due.claimMs = performance.now() + Math.min(attempt.retryAfterMs, RETRY_AFTER_MAX_MS);
    return this.outbox.postponed(effect, { code: attempt.code, refused, delayMs: retryDelayMs(effect.id, effect.attempts, retry, attempt.retryAfterMs) });
  }

  private async giveUp(effect: ClaimedEffect, code?: string): Promise<void> {
    await this.outbox.givenUp(effect, code);
    this.count('given_up');
    this.logger.error({ effect: effect.id, kind: effect.kind, stream: effect.stream, revision: effect.revision, ...(code && { code }) }, 'an effect on the outside was given up: see `gridcase outbox list`');
  }

  /** One line when it begins and one when it ends, however many wait. */
  private tellReachable(attempt: Attempt): void {
    const reachable = attempt.outcome !== 'failed';
    if (reachable === this.reachable) return;
    this.reachable = reachable;
    if (attempt.outcome === 'failed') this.logger.warn({ target: this.sender.target, code: attempt.code }, 'effects on the outside do not get through and are tried again');
    else this.logger.info({ target: this.sender.target }, 'effects on the outside get through again');
  }

  private async keepHouse(): Promise<void> {
    const { pruneIntervalMs, pruneBatchSize: limit, deliveredKeptMs, givenUpKeptMs } = this.options;
    const nowMs = performance.now();
    if (nowMs < this.due.pruneMs) return;
    const deleted = await this.outbox.prune({ deliveredKeptMs, givenUpKeptMs, limit });
    // A full batch: there is more, with deliveries in between.
    this.due.pruneMs = deleted >= limit ? nowMs : nowMs + pruneIntervalMs;
  }
}

/** Of the table and not of this process: every replica tells the same. The returned function ends it. */
function watchOutbox(outbox: EffectOutbox, metrics: Metrics): () => void {
  const waiting = metrics.gauge('outbox_waiting', 'Effects on the outside that are not carried out yet');
  const oldest = metrics.gauge('outbox_oldest_seconds', 'How long the oldest of them has waited, 0 when there is none');
  const givenUp = metrics.gauge('outbox_given_up', 'Effects on the outside that were given up and wait for an operator');
  return metrics.beforeScrape(async () => {
    const figures = await outbox.figures();
    waiting.set(figures.waiting);
    oldest.set(figures.oldestSeconds);
    givenUp.set(figures.givenUp);
  });
}
