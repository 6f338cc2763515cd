import { setTimeout as delay } from 'node:timers/promises';
import type { Pool, PoolClient, QueryConfig } from 'pg';
import type { StoredEvent } from '@gridcase/events';
import { hashValues, intValues, jsonValues, textValues, uuidValues } from '@gridcase/platform';
import { previousHashOf, revisionOf, type ChainedEvent } from '../hash-chain';
import { OutcomeUnknown, StoreOverloaded, WrongExpectedHead, type AppendResult, type ExpectedHead } from '../port';

export interface AppendQueueLimits {
  /** Appends that may wait for the one in flight; more are refused with StoreOverloaded. */
  queueAppendsMax: number;
  batchAppendsMax: number;
  batchEventsMax: number;
  /** Tries of one transaction whose outcome was lost, the first included. */
  attemptsMax: number;
  retryDelayMs: number;
  retryDelayMaxMs: number;
  /** An answer that takes longer counts as lost. */
  answerTimeoutMs: number;
}

const UNDIVIDED_APPENDS = 32;

interface Pending {
  stream: string; expected: ExpectedHead; events: ChainedEvent[];
  resolve(result: AppendResult): void; reject(error: unknown): void;
}
interface OutcomeRow { outcome: 'appended' | 'repeated' | 'conflict'; head_revision: number | null; head_hash: string | null; last_position: string | null }

/**
 * Group commit: one transaction in flight on one dedicated connection; what arrives meanwhile goes with the next one.
 * The same batch may be sent again after a lost answer, because a repeat writes nothing.
 */
export class AppendQueue {
  private queue: Pending[] = [];
  private running: Promise<void> | undefined;
  private client: PoolClient | undefined;

  constructor(
    private readonly pool: Pool, private readonly schema: string, private readonly limits: AppendQueueLimits,
    private readonly readRepeated: (stream: string, from: number, limit: number) => Promise<StoredEvent[]>,
    private readonly onAppended: () => void,
  ) {}

  add(stream: string, expected: ExpectedHead, events: ChainedEvent[]): Promise<AppendResult> {
    if (this.queue.length >= this.limits.queueAppendsMax) throw new StoreOverloaded(this.queue.length);
    return new Promise((resolve, reject) => {
      this.queue.push({ stream, expected, events, resolve, reject });
      this.running ??= this.run();
    });
  }

  async close(): Promise<void> {
    while (this.running) await this.running;
    this.client?.release();
    this.client = undefined;
  }

  private async run(): Promise<void> {
    // Everything asked for in this turn of the event loop can go in the first transaction.
    await new Promise(setImmediate);
    let inFlight = this.commit(this.take());
    for (;;) {
      const answerAll = await inFlight;
      // The next transaction is on its way before the answers wake the callers: while it commits, they prepare the one after.
      const next = this.queue.length > 0 ? this.commit(this.take()) : undefined;
      answerAll();
      if (!next) break;
      inFlight = next;
    }
    this.running = undefined;
  }

  /** Half of what waits, so that the other half is ready when the first is answered; few go together at once. */
  private take(): Pending[] {
    const appendsMax = Math.min(this.limits.batchAppendsMax, Math.max(UNDIVIDED_APPENDS, Math.ceil(this.queue.length / 2)));
    let appends = 0;
    let events = 0;
    for (const pending of this.queue) {
      if (appends === appendsMax || (appends > 0 && events + pending.events.length > this.limits.batchEventsMax)) break;
      appends++;
      events += pending.events.length;
    }
    return this.queue.splice(0, appends);
  }

  /** Never rejects: what it returns gives every append of the batch its answer. */
  private async commit(batch: Pending[]): Promise<() => void> {
    try {
      const outcomes = await this.send(batch);
      if (outcomes.some(({ outcome }) => outcome === 'appended')) this.onAppended();
      return () => batch.forEach((pending, i) => this.answer(pending, outcomes[i]!));
    } catch (error) {
      if (isOutcomeLost(error)) return () => batch.forEach(({ stream, reject }) => reject(new OutcomeUnknown(stream, error)));
      if (batch.length === 1) return () => batch[0]!.reject(error);
      // One of them broke the statement and nothing was written: alone, each gets its own answer.
      const answers: (() => void)[] = [];
      for (const pending of batch) answers.push(await this.commit([pending]));
      return () => answers.forEach((answer) => answer());
    }
  }

  private answer({ stream, expected, events, resolve, reject }: Pending, row: OutcomeRow): void {
    const head = row.head_revision === null ? null : { revision: row.head_revision, hash: row.head_hash! };
    if (row.outcome === 'conflict') return reject(new WrongExpectedHead(stream, expected, head));
    const position = BigInt(row.last_position!);
    if (row.outcome === 'repeated') {
      this.readRepeated(stream, revisionOf(expected) + 1, events.length)
        .then((stored) => resolve({ head: head!, position, repeated: true, events: stored }), (error) => reject(new OutcomeUnknown(stream, error)));
      return;
    }
    const first = position - BigInt(events.length) + 1n;
    resolve({
      head: head!, position, repeated: false,
      events: events.map(({ event, revision, hash, previousHash }, i) => ({
        position: first + BigInt(i), stream, revision, id: event.id, type: event.type, version: event.version, data: event.data, metadata: event.metadata, hash, previousHash,
      })),
    });
  }

  private async send(batch: Pending[]): Promise<OutcomeRow[]> {
    const values = parameters(batch);
    for (let attempt = 1; ; attempt++) {
      try {
        this.client ??= await this.connect();
        const query: QueryConfig & { query_timeout: number } = {
          name: `${this.schema}.append`,
          text: `select outcome, head_revision, encode(head_hash, 'hex') as head_hash, last_position from ${this.schema}.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
          values,
          query_timeout: this.limits.answerTimeoutMs,
        };
        return (await this.client.query<OutcomeRow>(query)).rows;
      } catch (error) {
        if (!isOutcomeLost(error)) throw error;
        this.client?.release(true);
        this.client = undefined;
        if (attempt >= this.limits.attemptsMax) throw error;
        await delay(Math.min(this.limits.retryDelayMs * 2 ** (attempt - 1), this.limits.retryDelayMaxMs));
      }
    }
  }

  private async connect(): Promise<PoolClient> {
    const client = await this.pool.connect();
    // A connection lost while idle shows at the next append; without a listener it would end the process.
    client.on('error', () => undefined);
    return client;
  }
}

function parameters(batch: Pending[]): Buffer[] {
  const events = batch.flatMap((pending) => pending.events);
  return [
    textValues(batch.map(({ stream }) => stream)),
    intValues(batch.map(({ expected }) => revisionOf(expected))),
    hashValues(batch.map(({ expected }) => previousHashOf(expected))),
    intValues(batch.map((pending) => pending.events.length)),
    textValues(batch.flatMap((pending) => pending.events.map(() => pending.stream))),
    intValues(events.map(({ revision }) => revision)),
    uuidValues(events.map(({ event }) => event.id)),
    textValues(events.map(({ event }) => event.type)),
    intValues(events.map(({ event }) => event.version)),
    jsonValues(events.map(({ dataText }) => dataText)),
    jsonValues(events.map(({ metadataText }) => metadataText)),
    hashValues(events.map(({ hash }) => hash)),
    hashValues(events.map(({ previousHash }) => previousHash)),
  ];
}

/**
 * True when the transaction may or may not have been committed, or failed for a passing cause: no SQLSTATE at all (socket,
 * time-out), connection (08), transaction rollback (40), resources (53), operator intervention (57), lock not available (55P03).
 */
function isOutcomeLost(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return typeof code !== 'string' || !/^[0-9A-Z]{5}$/.test(code) || /^(08|40|53|57)|^55P03$/.test(code);
}
