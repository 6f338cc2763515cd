import { setTimeout as delay } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import type { Pool } from 'pg';
import { Publisher, checkTopics } from '@gridcase/bus';
import type { Batch, EventStore } from '@gridcase/event-store';
import { categoryOf, noticeMessage, publicTopics, toPublicMessage, upcastEvent, type PublicMessage, type PublicTopic, type StoredEvent } from '@gridcase/events';
import { Lease, Tracer, identifier, inSpans, instantToMs, migrate, randomUuid, spansOfBatch, type Clock, type Metrics, type Span } from '@gridcase/platform';
import { Fenced, RelayCheckpoint } from './checkpoint';
import { relayTables } from './relay-tables';

export type RelayState = 'starting' | 'standby' | 'leading';
export interface RelayOptions {
  store: EventStore;
  kafka: Kafka;
  /** Holds lease and checkpoint. */
  pool: Pool;
  schema?: string;
  clock: Clock;
  metrics?: Metrics;
  tracer?: Tracer;
  topics?: readonly PublicTopic[];
  /** In its public form. A throw costs its body and no more: the event goes out as a notice. */
  encode?(event: StoredEvent, epoch: string): PublicMessage;
  /** Who holds the lease; one a process. */
  holder?: string;
  /** A leader silent for so long is replaced. */
  leaseTtlMs?: number;
  /** How often one that stands by asks. */
  standbyPollMs?: number;
  batchEventsMax?: number;
  retryDelayMs?: number;
  retryDelayMaxMs?: number;
  onState?(state: RelayState, position: bigint): void;
  onError?(error: unknown): void;
  /** It went out as a notice, for this reason. */
  onNotice?(event: StoredEvent, reason: unknown): void;
}

const LAG_EVENTS_MAX = 1_000;
/** Of its time, a lease counts as held: the rest is for clocks that do not run alike. */
const LEASE_SHARE = 0.8;

/**
 * Event store → Kafka: everything, in order, at least once. One leads by lease, the others stand by. The checkpoint moves after the
 * acknowledgement and only under the fence of the lease, so that a leader who was paused too long changes nothing when it wakes; what
 * it may still have in flight is a repeat, which readers drop.
 */
export class Relay {
  private current: RelayState = 'starting';
  private reached = 0n;
  private failure: unknown;
  private readonly lease: Lease;
  private readonly checkpoint: RelayCheckpoint;
  private readonly topics: readonly PublicTopic[];
  private readonly categories: string[];
  private readonly meters: ReturnType<typeof metersOf>;

  constructor(private readonly options: RelayOptions) {
    const { pool, store, schema = 'relay', leaseTtlMs = 5_000 } = options;
    this.topics = options.topics ?? publicTopics;
    this.categories = this.topics.flatMap(({ categories }) => categories);
    this.lease = new Lease(pool, `${identifier(schema)}.relay_lease`, 'relay', options.holder ?? randomUuid(), leaseTtlMs);
    this.checkpoint = new RelayCheckpoint(pool, schema, store);
    this.meters = metersOf(options.metrics);
    options.metrics?.beforeScrape(() => this.lookAtLag());
  }

  get state(): RelayState {
    return this.current;
  }

  /** Everything up to here is acknowledged; of a leader. */
  get position(): bigint {
    return this.reached;
  }

  /** For readiness: leading and standing by are both ready. @throws with the last failure */
  check(): Record<string, unknown> {
    if (this.failure !== undefined) throw this.failure instanceof Error ? this.failure : new Error(String(this.failure));
    if (this.current === 'starting') throw new Error('the relay is starting');
    return { state: this.current, position: String(this.reached) };
  }

  /** Tables and topics. @throws TopicsUnusable at once when topics are missing or have other partitions */
  async install(): Promise<void> {
    const { pool, schema = 'relay', kafka } = this.options;
    await migrate(pool, schema, relayTables);
    await checkTopics(kafka, this.topics);
  }

  /** Until the signal fires; then what is in flight is finished, saved, and the lease given back. */
  async run(signal: AbortSignal): Promise<void> {
    const { standbyPollMs = 500, retryDelayMs = 100, retryDelayMaxMs = 5_000, onError = () => undefined } = this.options;
    for (let failures = 0; !signal.aborted; ) {
      try {
        const asked = performance.now();
        if (await this.lease.hold()) await this.lead(asked, signal, () => { failures = 0; this.failure = undefined; });
        else this.enter('standby');
        this.failure = undefined;
        await pause(standbyPollMs, signal);
      } catch (error) {
        if (signal.aborted) break;
        // To be overtaken is no failure: the other one leads.
        if (!(error instanceof Fenced)) this.failure = error;
        onError(error);
        await this.lease.release().catch(() => undefined);
        await pause(Math.min(retryDelayMs * 2 ** failures++, retryDelayMaxMs), signal);
      }
    }
    await this.lease.release().catch(onError);
  }

  private async lead(asked: number, signal: AbortSignal, onProgress: () => void): Promise<void> {
    const { store, kafka, leaseTtlMs = 5_000 } = this.options;
    const fence = this.lease.epoch!;
    const ended = new AbortController();
    const term = { validUntil: asked + leaseTtlMs * LEASE_SHARE, lost: new Promise<never>((_, reject) => ended.signal.addEventListener('abort', () => reject(ended.signal.reason as Error))) };
    term.lost.catch(() => undefined); // looked at while a request is in flight
    const renewing = this.renew(term, fence, ended, signal);
    let publisher: Publisher | undefined;
    let saving: Promise<void> | undefined;
    try {
      this.reached = await this.checkpoint.claim(fence);
      publisher = new Publisher({ kafka, epoch: await store.epoch(), topics: this.topics, encode: (event, of) => this.encode(event, of) });
      await Promise.race([publisher.connect(), term.lost]);
      this.enter('leading');
      const mayProduce = () => {
        // A process that was stopped for a while wakes here: its lease may be another's by now.
        if (ended.signal.aborted || performance.now() >= term.validUntil) throw new Fenced(fence);
      };
      const batchSizeMax = this.options.batchEventsMax ?? 1_000;
      for await (const batch of gathered(store.subscribe({ after: this.reached, categories: this.categories, batchSizeMax, signal: AbortSignal.any([signal, ended.signal]) }), batchSizeMax)) {
        await Promise.race([this.publish(publisher, batch, mayProduce), term.lost]);
        this.reached = batch.checkpoint;
        onProgress();
        // Beside the next request: what is lost of it at a crash is sent again.
        saving ??= this.save(fence, () => { saving = undefined; }).catch((error: unknown) => ended.abort(error));
      }
      await saving;
      if (ended.signal.aborted) throw ended.signal.reason;
    } finally {
      await saving;
      ended.abort(new Fenced(fence));
      this.meters.leading.set(0);
      await renewing;
      void publisher?.disconnect().catch(() => undefined);
    }
  }

  /** The newest that is acknowledged; what is acknowledged meanwhile in the same go. `onDone`: in the same moment as the last look, so that nothing acknowledged falls between two goes. */
  private async save(fence: bigint, onDone: () => void): Promise<void> {
    for (let saved: bigint | undefined; saved !== this.reached; ) {
      const position = this.reached;
      await this.checkpoint.save(fence, position);
      saved = position;
    }
    onDone();
  }

  private async publish(publisher: Publisher, { events, checkpoint }: Batch, mayProduce: () => void): Promise<void> {
    const end = this.meters.seconds.startTimer();
    await inSpans(this.spansOf(events), () => publisher.publish({ events, after: this.reached, checkpoint }, mayProduce));
    end();
    this.meters.events.inc(events.length);
  }

  /** What a newer release wrote keeps its place: readers that know it take it from the record, and what stands behind it waits for nobody (ADR 20). */
  private encode(event: StoredEvent, epoch: string): PublicMessage {
    const { encode = (of, its) => toPublicMessage(upcastEvent(of), its), onNotice = () => undefined } = this.options;
    try {
      return encode(event, epoch);
    } catch (error) {
      this.meters.notices.inc();
      onNotice(event, error);
      return noticeMessage(event, epoch);
    }
  }

  /** The events of one append are of one stream, hence of one topic. */
  private spansOf(events: readonly StoredEvent[]): readonly Span[] {
    return spansOfBatch(this.options.tracer ?? Tracer.none, events, ([first]) => {
      const category = categoryOf(first!.stream);
      const topic = this.topics.find(({ categories }) => categories.includes(category))!.name;
      return { name: `publish ${topic}`, kind: 'producer', attributes: { 'messaging.system': 'kafka', 'messaging.destination.name': topic } };
    });
  }

  /** As long as it is held. A database that is away ends it by time alone. */
  private async renew(term: { validUntil: number }, fence: bigint, ended: AbortController, signal: AbortSignal): Promise<void> {
    const { leaseTtlMs = 5_000, onError = () => undefined } = this.options;
    while (!ended.signal.aborted) {
      await pause(leaseTtlMs / 4, ended.signal);
      if (ended.signal.aborted) return;
      const asked = performance.now();
      const held = await this.lease.renew().catch((error: unknown) => {
        if (!signal.aborted) onError(error);
        return undefined;
      });
      if (held) term.validUntil = asked + leaseTtlMs * LEASE_SHARE;
      if (held === false || performance.now() >= term.validUntil) ended.abort(new Fenced(fence));
    }
  }

  /** By the checkpoint that all share: true also of one that stands by, and when none leads. */
  private async lookAtLag(): Promise<void> {
    const { store, clock } = this.options;
    const { events } = await store.readAll({ after: await this.checkpoint.position(), limit: LAG_EVENTS_MAX, categories: this.categories });
    this.meters.lagEvents.set(events.length);
    this.meters.lagSeconds.set(events[0] ? Math.max(0, (instantToMs(clock.now()) - instantToMs(events[0].metadata.recordedAt)) / 1_000) : 0);
  }

  private enter(state: RelayState): void {
    this.meters.leading.set(state === 'leading' ? 1 : 0);
    if (state === this.current) return;
    this.current = state;
    this.options.onState?.(state, this.reached);
  }
}

/** What comes while the last request is on its way goes together into the next: nothing waits for more than one. Holds no more than `eventsMax` and a batch. */
async function* gathered(batches: AsyncIterable<Batch>, eventsMax: number): AsyncGenerator<Batch> {
  const source = batches[Symbol.asyncIterator]();
  let waiting: Batch | undefined;
  let failure: { error: unknown } | undefined;
  let ended = false;
  let tell: () => void = () => undefined;
  let taken: () => void = () => undefined;
  const gather = async () => {
    for (;;) {
      const { value, done } = await source.next();
      if (done) return;
      waiting = waiting ? { ...value, events: [...waiting.events, ...value.events] } : value;
      tell();
      while (waiting && waiting.events.length >= eventsMax && !ended) await new Promise<void>((resolve) => { taken = resolve; });
      if (ended) return;
    }
  };
  void gather().catch((error: unknown) => { failure = { error }; }).finally(() => { ended = true; tell(); });
  try {
    for (;;) {
      if (failure) throw failure.error;
      if (!waiting) {
        if (ended) return;
        await new Promise<void>((resolve) => { tell = resolve; });
        continue;
      }
      const batch = waiting;
      waiting = undefined;
      taken();
      yield batch;
    }
  } finally {
    ended = true;
    taken();
    void source.return?.().catch(() => undefined); // ends with the signal; nobody waits for what it still reads
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> => delay(ms, undefined, { signal }).catch(() => undefined);

function metersOf(metrics: Metrics | undefined) {
  const none = { inc: (_?: number) => undefined, set: (_: number) => undefined, startTimer: () => () => undefined as unknown };
  return {
    events: metrics?.counter('relay_events_total', 'Events put on the bus and acknowledged') ?? none,
    notices: metrics?.counter('relay_notices_total', 'Events put on the bus without a body, because this release does not know them') ?? none,
    seconds: metrics?.histogram('relay_publish_seconds', 'Time of a request to the brokers until all is acknowledged') ?? none,
    leading: metrics?.gauge('relay_leading', '1 while this process relays, 0 while it stands by') ?? none,
    lagEvents: metrics?.gauge('relay_lag_events', `Events in the store that are not on the bus yet, counted up to ${LAG_EVENTS_MAX}`) ?? none,
    lagSeconds: metrics?.gauge('relay_lag_seconds', 'Age of the oldest event that is not on the bus yet, 0 when there is none') ?? none,
  };
}
