import { setTimeout as delay } from 'node:timers/promises';
import type { Admin, Batch as KafkaBatch, Consumer, EachBatchPayload, KafkaMessage } from 'kafkajs';
import { categoryOf, NOTICE_TYPE, type PublicTopic, type StoredEvent } from '@gridcase/events';
import type { Batch } from '@gridcase/event-store';
import type { BusSubscription } from '../port';
import { RETRY } from './client';
import type { Headers } from './header-texts';
import type { KafkaBusOptions } from './kafka-bus';
import { HoleInLog, PartitionMerge, type Arrived, type LaneStart } from './merge-partitions';
import { oneActiveMember } from './one-active-member';
import { checkWith } from './topics';

/** `joining`: not in the group yet; `standby`: another member reads; `catching-up`: from the event store, because the log cannot give it. */
export type SessionState = 'joining' | 'standby' | 'catching-up' | 'reading';
type Settings = Required<KafkaBusOptions>;
interface Partition { topic: string; partition: number }
/** What is committed beside an offset: up to where everything was handled, and had arrived in this partition; in which store. */
interface Mark { position: bigint; arrived: bigint; epoch: string }

const FILL_PAGE_EVENTS = 1_000;
const BATCH_SIZE = 500;
/** Of one partition. Small, so that the handler works on one answer while the next is decoded; a larger record batch comes whole all the same. */
const FETCH_BYTES_MAX = 256 * 1024;
const HEARTBEAT_LOOK_MS = 500;
/** A broker that is away does not keep a service from ending. */
const STOP_TIMEOUT_MS = 3_000;
/** A member that has heard nothing for so many sessions has lost its place. */
const SILENT_SESSIONS_MAX = 2;
const keyOf = ({ topic, partition }: Partition): string => `${topic}/${partition}`;

/**
 * One consumer of kafkajs from connect to its end. Messages are taken up as they come; a loop beside hands them to the handler in the
 * order of the record. An offset is committed only for what the handler has done. Any failure ends the session: the bus makes a new one.
 */
export class ConsumerSession {
  state: SessionState = 'joining';
  private readonly ended = new AbortController();
  private readonly self = { active: false };
  private consumer!: Consumer;
  private admin!: Admin;
  private merge: PartitionMerge | undefined;
  private partitions = new Map<string, Partition>();
  private readonly paused = new Set<string>();
  private epoch = '';
  private generation = 0;
  /** Resolves when the state belongs to the present assignment. */
  private ready: Promise<void> = Promise.resolve();
  private handling: Promise<unknown> = Promise.resolve();
  private wake: () => void = () => undefined;
  /** What the handler has done: up to where, and where the partitions go on from there. */
  private handled: { position: bigint; starts: LaneStart[] } = { position: 0n, starts: [] };
  private committing: Promise<unknown> | undefined;
  private committedAt = performance.now();
  private committed = '';
  private heardAt = performance.now();
  private rebalancing = false;

  constructor(private readonly settings: Settings, private readonly subscription: BusSubscription, private readonly onProgress: () => void, private readonly holeBefore: boolean) {}

  /** Since the last sign of life of the group's coordinator. */
  get silentMs(): number {
    return performance.now() - this.heardAt;
  }

  /** Resolves after the subscription's signal, rejects with what went wrong. */
  async run(): Promise<void> {
    const { kafka, topics } = this.settings;
    const { signal, from } = this.subscription;
    const stop = () => this.ended.abort();
    signal.addEventListener('abort', stop);
    this.ended.signal.addEventListener('abort', () => this.wake());
    const ticks = setInterval(() => {
      this.wake();
      this.failWhenSilent();
    }, this.settings.commitIntervalMs);
    let delivering: Promise<void> | undefined;
    try {
      // Also one that will stand by gets its tables.
      await from?.();
      this.admin = kafka.admin();
      await this.admin.connect();
      await checkWith(this.admin, topics);
      if (signal.aborted) return;
      this.consumer = this.createConsumer();
      await this.consumer.connect();
      await this.consumer.subscribe({ topics: topics.map(({ name }) => name), fromBeginning: false });
      delivering = this.deliver().catch((error: unknown) => this.fail(error));
      await this.consumer.run({ autoCommit: false, eachBatchAutoResolve: false, partitionsConsumedConcurrently: 1, eachBatch: (payload) => this.receive(payload) });
      await aborted(this.ended.signal);
      if (!signal.aborted) throw this.ended.signal.reason;
    } finally {
      signal.removeEventListener('abort', stop);
      this.ended.abort();
      await delivering;
      await this.ready;
      clearInterval(ticks);
      await atMost(STOP_TIMEOUT_MS, this.commit());
      await atMost(STOP_TIMEOUT_MS, this.consumer?.disconnect());
      await atMost(STOP_TIMEOUT_MS, this.admin?.disconnect());
    }
  }

  private createConsumer(): Consumer {
    const { kafka, sessionTimeoutMs, heartbeatIntervalMs, fetchWaitMaxMs } = this.settings;
    const consumer = kafka.consumer({
      groupId: this.subscription.group, partitionAssigners: [oneActiveMember(this.self)], sessionTimeout: sessionTimeoutMs, rebalanceTimeout: Math.max(30_000, sessionTimeoutMs), heartbeatInterval: heartbeatIntervalMs,
      maxWaitTimeInMs: fetchWaitMaxMs, minBytes: 1, maxBytes: 8 * 1024 * 1024, maxBytesPerPartition: FETCH_BYTES_MAX, maxInFlightRequests: 8, metadataMaxAge: 300_000, allowAutoTopicCreation: false, readUncommitted: false,
      // What it gives up on, this session gives up on: one place decides when to begin again.
      retry: { ...RETRY, restartOnFailure: async () => false },
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => this.fail(payload.error));
    consumer.on(consumer.events.HEARTBEAT, () => { this.heardAt = performance.now(); });
    consumer.on(consumer.events.REBALANCING, () => { this.rebalancing = true; });
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => this.joined(payload.memberAssignment));
    return consumer;
  }

  private fail(error: unknown): void {
    this.ended.abort(error);
  }

  /**
   * kafkajs measures the time to its next heartbeat by the clock of the host: set back by an hour, it sends none for an hour, and the
   * group goes on without this member.
   */
  private failWhenSilent(): void {
    if (this.state !== 'joining' && !this.rebalancing && this.silentMs > SILENT_SESSIONS_MAX * this.settings.sessionTimeoutMs) this.fail(new Error(`nothing heard from Kafka for ${Math.round(this.silentMs)} ms: joining anew`));
  }

  private joined(assignment: Record<string, number[]>): void {
    this.heardAt = performance.now();
    this.rebalancing = false;
    this.partitions = new Map(Object.entries(assignment).flatMap(([topic, numbers]) => numbers.map((partition) => [keyOf({ topic, partition }), { topic, partition }] as const)));
    this.self.active = this.partitions.size > 0;
    this.merge = undefined;
    this.handled.starts = [];
    this.paused.clear();
    const generation = ++this.generation;
    const before = this.handling;
    this.ready = before.catch(() => undefined).then(() => this.prepare(generation)).catch((error: unknown) => this.fail(error));
    this.wake();
  }

  /** False when the assignment is another one by now. */
  private current(generation: number): boolean {
    return generation === this.generation && !this.ended.signal.aborted;
  }

  /** Where to go on: from the committed offsets when the log and the consumer's own position fit them, else from the event store. */
  private async prepare(generation: number): Promise<void> {
    const { store, topics } = this.settings;
    const { group, from } = this.subscription;
    if (!this.current(generation)) return;
    if (this.partitions.size === 0) {
      this.state = 'standby';
      return this.onProgress();
    }
    this.epoch = await store.epoch();
    const own = await from?.();
    const committed = await this.committedOffsets(group, topics);
    const bounds = await this.bounds(topics);
    const marks: Mark[] = [];
    for (const [key, { offset, mark }] of committed) {
      const { low, high } = bounds.get(key)!;
      if (mark?.epoch === this.epoch && offset >= low && offset <= high) marks.push(mark);
    }
    const done = marks.length === this.partitions.size ? marks.reduce((least, { position }) => (position < least ? position : least), marks[0]!.position) : undefined;
    if (done !== undefined && (own === undefined || own >= done) && !this.holeBefore) {
      this.handled.position = own ?? done;
      this.merge = new PartitionMerge([...committed].map(([key, { offset, mark }]) => ({ key, offset, arrived: mark!.arrived })), this.handled.position);
    } else {
      // A group without a position of its own that was never here, or whose offsets are gone, gets everything.
      await this.fill(generation, own ?? done ?? 0n, bounds);
    }
    if (!this.current(generation)) return;
    this.state = 'reading';
    this.onProgress();
    this.wake();
  }

  /**
   * From the event store up to its head, then from the log's end as it was before the head was read: what lies before it in the
   * log is of events up to that head.
   */
  private async fill(generation: number, after: bigint, bounds: Map<string, { high: bigint }>): Promise<void> {
    const { store } = this.settings;
    const { categories, batchSizeMax = BATCH_SIZE } = this.subscription;
    const head = await store.head();
    this.state = 'catching-up';
    this.handled.position = after;
    for (let position = after; position < head; ) {
      const page = await store.readAll({ after: position, limit: Math.min(batchSizeMax, FILL_PAGE_EVENTS), categories });
      const events = page.events.filter((event) => event.position <= head);
      const checkpoint = page.checkpoint < head && !page.caughtUp ? page.checkpoint : head;
      if (!(await this.hand({ events, checkpoint, caughtUp: checkpoint === head }, generation))) return;
      position = checkpoint;
    }
    if (!this.current(generation)) return;
    for (const [key, { topic, partition }] of this.partitions) this.consumer.seek({ topic, partition, offset: String(bounds.get(key)!.high) });
    this.merge = new PartitionMerge([...this.partitions.keys()].map((key) => ({ key, offset: bounds.get(key)!.high, arrived: head })), this.handled.position);
    this.handled.starts = this.merge.starts();
    await this.commit();
  }

  private async committedOffsets(groupId: string, topics: readonly PublicTopic[]): Promise<Map<string, { offset: bigint; mark?: Mark }>> {
    const list = await this.admin.fetchOffsets({ groupId, topics: topics.map(({ name }) => name) });
    return new Map(list.flatMap(({ topic, partitions }) => partitions.map(({ partition, offset, metadata }) => [keyOf({ topic, partition }), { offset: BigInt(offset), mark: readMark(metadata) }] as const)));
  }

  private async bounds(topics: readonly PublicTopic[]): Promise<Map<string, { low: bigint; high: bigint }>> {
    const lists = await Promise.all(topics.map(async ({ name }) => (await this.admin.fetchTopicOffsets(name)).map(({ partition, low, high }) => [keyOf({ topic: name, partition }), { low: BigInt(low), high: BigInt(high) }] as const)));
    return new Map(lists.flat());
  }

  /** Takes up what came; never throws for what a message holds, never waits for the handler. */
  private async receive({ batch, resolveOffset, heartbeat, isRunning, isStale }: EachBatchPayload): Promise<void> {
    await this.untilReady(heartbeat);
    if (!isRunning() || isStale() || this.ended.signal.aborted || !this.merge) return;
    const key = keyOf(batch);
    const first = BigInt(batch.firstOffset()!);
    if (first > this.merge.nextOffset(key)) {
      this.fail(new HoleInLog(key, this.merge.nextOffset(key), first));
      return;
    }
    const generation = this.generation;
    const arrived = await this.decode(batch);
    if (generation !== this.generation) return;
    try {
      this.merge.add(key, arrived, BigInt(batch.lastOffset()) + 1n);
    } catch (error) {
      this.fail(error);
      return;
    }
    resolveOffset(batch.lastOffset());
    if (this.merge.waiting(key) > this.settings.waitingEventsMax && !this.paused.has(key)) {
      this.paused.add(key);
      this.consumer.pause([{ topic: batch.topic, partitions: [batch.partition] }]);
    }
    this.wake();
  }

  /** Catching up may take long: the group hears from us meanwhile. */
  private async untilReady(heartbeat: () => Promise<void>): Promise<void> {
    for (let generation = -1; generation !== this.generation; ) {
      generation = this.generation;
      const ready = this.ready.then(() => true);
      while (!(await Promise.race([ready, delay(HEARTBEAT_LOOK_MS, false, { ref: false })]))) await heartbeat();
    }
  }

  private async decode({ messages }: KafkaBatch): Promise<Arrived[]> {
    const arrived: Arrived[] = [];
    for (const message of messages) {
      const headers = (message.headers ?? {}) as Headers;
      const offset = BigInt(message.offset);
      // Of a store that was replaced: those events are no part of the record.
      if (headers['ce_epoch'] !== this.epoch) continue;
      const event = this.wanted(headers) ? (this.decoded(headers, message) ?? (await this.recorded(headers))) : undefined;
      arrived.push({ offset, event, after: positionIn(headers['ce_after']), progress: positionIn(headers['ce_progress']) });
    }
    return arrived;
  }

  private wanted({ ce_stream: stream }: Headers): boolean {
    const { categories } = this.subscription;
    return stream !== undefined && (!categories || categories.includes(categoryOf(stream)));
  }

  private decoded(headers: Headers, { value }: KafkaMessage): StoredEvent | undefined {
    if (headers['ce_type'] === NOTICE_TYPE) return undefined;
    try {
      return this.settings.decode(headers, value?.toString() ?? '');
    } catch (error) {
      this.subscription.onError?.(error);
      return undefined;
    }
  }

  /** Of a form this release cannot read the record itself shows what it is; a consumer parks what it cannot use. */
  private async recorded(headers: Headers): Promise<StoredEvent | undefined> {
    return (await this.settings.store.readStream(headers['ce_stream']!, { from: Number(headers['ce_revision']), limit: 1 }))[0];
  }

  /** Hands over in order, one batch at a time, until the session ends. */
  private async deliver(): Promise<void> {
    const { batchSizeMax = BATCH_SIZE } = this.subscription;
    while (!this.ended.signal.aborted) {
      const woken = new Promise<void>((resolve) => { this.wake = resolve; });
      const { merge, generation } = this;
      const next = this.state === 'reading' ? merge?.take(batchSizeMax) : undefined;
      if (next && !(await this.hand({ ...next, caughtUp: false }, generation))) continue;
      if (merge && merge === this.merge && this.state === 'reading') {
        this.handled.starts = merge.starts();
        this.resumePaused(merge);
        this.commitWhenDue();
      }
      if (!next) await woken;
    }
  }

  /** Until the handler has done it. False when the session or its assignment ended before. */
  private hand(batch: Batch, generation: number): Promise<boolean> {
    const work = this.handUntilDone(batch, generation);
    this.handling = work;
    return work;
  }

  private async handUntilDone(batch: Batch, generation: number): Promise<boolean> {
    const { handler, from, onError = () => undefined } = this.subscription;
    const { retryDelayMs, retryDelayMaxMs } = this.settings;
    for (let failures = 0, rest = batch; this.current(generation); ) {
      try {
        await handler(rest);
        this.onProgress();
        break;
      } catch (error) {
        if (!this.ended.signal.aborted) onError(error);
        await delay(Math.min(retryDelayMs * 2 ** failures++, retryDelayMaxMs), undefined, { signal: this.ended.signal }).catch(() => undefined);
      }
      if (!from || !this.current(generation)) continue;
      // As after a restart: the consumer's own position tells what has been done.
      const own = await from();
      if (own >= batch.checkpoint) break;
      if (own < this.handled.position) throw new Error(`${this.subscription.group} went back from ${this.handled.position} to ${own}: what lies between comes from the event store`);
      rest = { ...batch, events: batch.events.filter(({ position }) => position > own) };
    }
    if (!this.current(generation)) return false;
    this.handled.position = batch.checkpoint;
    return true;
  }

  private resumePaused(merge: PartitionMerge): void {
    for (const key of this.paused) {
      if (merge.waiting(key) > this.settings.waitingEventsMax / 2) continue;
      const { topic, partition } = this.partitions.get(key)!;
      this.paused.delete(key);
      this.consumer.resume([{ topic, partitions: [partition] }]);
    }
  }

  private commitWhenDue(): void {
    if (this.committing || performance.now() - this.committedAt < this.settings.commitIntervalMs) return;
    this.committing = this.commit().finally(() => { this.committing = undefined; });
  }

  /** Only what the handler has done. One that fails is made up for by the next. */
  private async commit(): Promise<void> {
    const { position, starts } = this.handled;
    const offsets = starts.map(({ key, offset, arrived }) => ({ ...this.partitions.get(key)!, offset: String(offset), metadata: JSON.stringify({ position: String(position), arrived: String(arrived), epoch: this.epoch }) }));
    const now = JSON.stringify(offsets);
    this.committedAt = performance.now();
    if (offsets.length === 0 || now === this.committed) return;
    await this.consumer.commitOffsets(offsets).then(
      () => { this.committed = now; },
      (error: unknown) => { if (!this.ended.signal.aborted) this.subscription.onError?.(error); },
    );
  }
}

function readMark(metadata: string | null): Mark | undefined {
  try {
    const { position, arrived, epoch } = JSON.parse(metadata ?? '') as Record<keyof Mark, string>;
    return { position: BigInt(position), arrived: BigInt(arrived), epoch };
  } catch {
    return undefined; // committed by something else, or never
  }
}

const aborted = (signal: AbortSignal): Promise<void> => new Promise((resolve) => {
  if (signal.aborted) resolve();
  else signal.addEventListener('abort', () => resolve(), { once: true });
});
const positionIn = (text: string | undefined): bigint | undefined => (text === undefined ? undefined : BigInt(text));
const atMost = (timeoutMs: number, work: Promise<unknown> | undefined) => Promise.race([work?.catch(() => undefined), delay(timeoutMs, undefined, { ref: false })]);
