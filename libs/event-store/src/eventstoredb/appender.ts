import { MaxAppendSizeExceededError, NO_STREAM as NO_STREAM_ON_SERVER, StreamDeletedError, WrongExpectedVersionError, type AppendResult as ServerResult } from '@eventstore/db-client';
import type { StoredEvent } from '@gridcase/events';
import { previousHashOf, revisionOf, type ChainedEvent } from '../hash-chain';
import { LruMap } from '../lru-map';
import { AppendRefused, NO_STREAM, OutcomeUnknown, StoreOverloaded, WrongExpectedHead, type AppendResult, type ExpectedHead, type StreamHead } from '../port';
import { isAnswerLost, type Connection } from './connection';
import { RecordDamaged } from './record-damaged';
import { toRecord, type StoredRecord } from './stored-record';
import type { StreamReader } from './stream-reader';

export interface AppenderLimits {
  /** Appends that may wait or be in flight; more are refused with StoreOverloaded. */
  queueAppendsMax: number;
  appendsInFlightMax: number;
  /** Heads of streams kept in memory, so that the usual append needs no read. */
  headsMax: number;
}

/**
 * The server compares revisions, the port compares heads: the hash at the expected revision is compared here. That is safe without a
 * lock, because the hash at a revision never changes and the server then takes the append at exactly that revision or not at all.
 */
export class Appender {
  private readonly heads: LruMap<string, StreamHead>;
  /** Appends to one stream are handled in the order they were asked for. */
  private readonly turns = new Map<string, Promise<unknown>>();
  private waiting = 0;
  private inFlight = 0;
  private readonly queue: (() => void)[] = [];
  private attempts = 0;

  constructor(
    private readonly connection: Connection, private readonly reader: StreamReader, private readonly limits: AppenderLimits, private readonly instance: string,
    private readonly onPosition: (position: bigint) => void,
  ) {
    this.heads = new LruMap(limits.headsMax);
  }

  append(stream: string, expected: ExpectedHead, events: ChainedEvent[]): Promise<AppendResult> {
    if (this.waiting >= this.limits.queueAppendsMax) throw new StoreOverloaded(this.waiting);
    this.waiting++;
    const previous = this.turns.get(stream) ?? Promise.resolve();
    const turn = previous.then(() => this.inSlot(() => this.appendInTurn(stream, expected, events)));
    const settled = turn.then(() => undefined, () => undefined).then(() => {
      this.waiting--;
      if (this.turns.get(stream) === settled) this.turns.delete(stream);
    });
    this.turns.set(stream, settled);
    return turn;
  }

  async close(): Promise<void> {
    while (this.turns.size > 0) await Promise.all(this.turns.values());
  }

  /** Another store stands in the place of this one. */
  forget(): void {
    this.heads.clear();
  }

  private async inSlot<T>(work: () => Promise<T>): Promise<T> {
    if (this.inFlight >= this.limits.appendsInFlightMax) await new Promise<void>((resolve) => this.queue.push(resolve));
    else this.inFlight++;
    try {
      return await work();
    } finally {
      const next = this.queue.shift();
      if (next) next();
      else this.inFlight--;
    }
  }

  private async appendInTurn(stream: string, expected: ExpectedHead, events: ChainedEvent[]): Promise<AppendResult> {
    try {
      const answered = await this.compareHead(stream, expected, events);
      const result = answered ?? (await this.write(stream, expected, events));
      // A repeat says nothing of the head: more may follow it.
      if (!result.repeated) this.heads.set(stream, result.head);
      this.onPosition(result.position);
      return result;
    } catch (error) {
      if (!(error instanceof WrongExpectedHead)) this.heads.delete(stream);
      throw isAnswerLost(error) ? new OutcomeUnknown(stream, error) : error;
    }
  }

  /** Answers what needs no write: a conflict or a repeat. Undefined when the head is, or may be, the expected one. */
  private async compareHead(stream: string, expected: ExpectedHead, events: ChainedEvent[]): Promise<AppendResult | undefined> {
    const revision = revisionOf(expected);
    const known = this.heads.get(stream);
    if (known && known.revision > revision) return this.repeated(stream, expected, events);
    if (expected === NO_STREAM) return undefined;
    if (known?.revision === revision) {
      if (known.hash !== expected.hash) throw await this.conflict(stream, expected);
      return undefined;
    }
    const [at, ...after] = await this.reader.read(stream, revision, events.length + 1);
    if (at?.event.hash !== expected.hash) throw await this.conflict(stream, expected);
    if (after.length > 0) return this.repeated(stream, expected, events, after);
    this.heads.set(stream, expected);
    return undefined;
  }

  private async write(stream: string, expected: ExpectedHead, events: ChainedEvent[]): Promise<AppendResult> {
    const headKnown = this.heads.get(stream) !== undefined;
    for (let attempt = 1; ; attempt++) {
      const writer = `${this.instance}/${++this.attempts}`;
      try {
        const answer = await this.send(stream, expected, events, writer);
        this.checkRevision(stream, expected, events, answer);
        // One event at a known head, answered at once: the answer says all. Otherwise the stored events do: positions within an
        // append, and whether it was this attempt that wrote them, are not in the server's answer.
        if (headKnown && attempt === 1 && events.length === 1 && answer.position) return appended(stream, events[0]!, answer.position.commit);
        return await this.readBack(stream, expected, events, writer);
      } catch (error) {
        if (error instanceof WrongExpectedVersionError) return this.repeated(stream, expected, events);
        if (error instanceof StreamDeletedError) throw new RecordDamaged(stream, 'it was deleted for good (tombstone)');
        if (error instanceof MaxAppendSizeExceededError) throw new AppendRefused('append-too-large', `${events.length} events for ${stream}, at most ${error.maxAppendSize} bytes: --max-append-size of the server`);
        if (!isAnswerLost(error) || attempt >= this.connection.limits.attemptsMax) throw error;
        await this.connection.backOff(attempt);
      }
    }
  }

  private send(stream: string, expected: ExpectedHead, events: ChainedEvent[], writer: string): Promise<ServerResult> {
    return this.connection.append(stream, events.map((event) => toRecord(event, writer)), expected === NO_STREAM ? NO_STREAM_ON_SERVER : BigInt(expected.revision));
  }

  /** "No stream" on a soft-deleted stream goes on counting, while the hashes are of revisions from 0. */
  private checkRevision(stream: string, expected: ExpectedHead, events: ChainedEvent[], { nextExpectedRevision }: ServerResult): void {
    const last = revisionOf(expected) + events.length;
    if (nextExpectedRevision !== BigInt(last)) throw new RecordDamaged(stream, `appended up to revision ${nextExpectedRevision} instead of ${last}: the stream was deleted on the server`);
  }

  private async readBack(stream: string, expected: ExpectedHead, events: ChainedEvent[], writer: string): Promise<AppendResult> {
    const stored = await this.reader.read(stream, revisionOf(expected) + 1, events.length);
    if (stored.length !== events.length || stored.at(-1)!.event.hash !== events.at(-1)!.hash) throw new RecordDamaged(stream, 'an acknowledged append is not what the stream holds');
    return result(stored, stored[0]!.writer !== writer);
  }

  /** The same ids after the same predecessor are a repeat, whatever their bodies: what was stored first is the answer. */
  private async repeated(stream: string, expected: ExpectedHead, events: ChainedEvent[], read?: StoredRecord[]): Promise<AppendResult> {
    const stored = (read ?? (await this.reader.read(stream, revisionOf(expected) + 1, events.length))).slice(0, events.length);
    if (stored.length === events.length && stored[0]!.event.previousHash === previousHashOf(expected) && stored.every(({ event }, i) => event.id === events[i]!.event.id)) return result(stored, true);
    throw await this.conflict(stream, expected);
  }

  private async conflict(stream: string, expected: ExpectedHead): Promise<WrongExpectedHead> {
    const actual = await this.reader.head(stream);
    if (actual) this.heads.set(stream, actual);
    else this.heads.delete(stream);
    return new WrongExpectedHead(stream, expected, actual);
  }
}

function appended(stream: string, { event, revision, hash, previousHash }: ChainedEvent, position: bigint): AppendResult {
  const stored: StoredEvent = { position, stream, revision, id: event.id, type: event.type, version: event.version, data: event.data, metadata: event.metadata, hash, previousHash };
  return { head: { revision, hash }, position, repeated: false, events: [stored] };
}

function result(stored: StoredRecord[], repeated: boolean): AppendResult {
  const last = stored.at(-1)!.event;
  return { head: { revision: last.revision, hash: last.hash }, position: last.position, repeated, events: stored.map(({ event }) => event) };
}
