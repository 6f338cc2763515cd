import type { Readable } from 'node:stream';
import { streamNameFilter, type AllStreamResolvedEvent } from '@eventstore/db-client';
import { at } from './all-reader';
import type { Connection } from './connection';

/** Events considered between two checkpoints of a filtered subscription, and the server's page while it catches up. */
const SEARCH_WINDOW_EVENTS = 256;

export type FeedItem = { event: AllStreamResolvedEvent } | { checkpoint: bigint } | { live: boolean };
export interface Taken { items: FeedItem[]; /** Nothing more has arrived. */ drained: boolean }

const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\-]/g, '\\$&');
/** Never a system stream; of the wanted categories only, when some are named. */
const streamPattern = (categories?: readonly string[]) => (categories ? `^(${categories.map(escape).join('|')})(-|$)` : '^[^$]');

/**
 * One subscription of the server, taken item by item: what is not taken is held back by the client's buffer and then by the server.
 * The client says "checkpoint" and "caught up" beside its stream of events; both are pushed into the stream, so that they keep their
 * place among the events.
 */
export class CatchUpFeed {
  private readonly subscription: ReturnType<Connection['client']['subscribeToAll']>;
  private readonly readable: Readable;
  private readonly iterator: AsyncIterator<FeedItem | AllStreamResolvedEvent>;
  private next: Promise<IteratorResult<FeedItem | AllStreamResolvedEvent>> | undefined;

  constructor({ client, credentials }: Connection, after: bigint, categories: readonly string[] | undefined, bufferEventsMax: number) {
    const filter = streamNameFilter({
      regex: streamPattern(categories), maxSearchWindow: SEARCH_WINDOW_EVENTS,
      checkpointReached: (_, { commit }) => void this.readable.push({ checkpoint: commit } satisfies FeedItem),
    });
    this.subscription = client.subscribeToAll({ fromPosition: at(after), filter, credentials }, { highWaterMark: bufferEventsMax });
    this.readable = this.subscription as unknown as Readable;
    // An error that comes after the feed was closed has nobody else to hear it, and would end the process.
    this.readable.on('error', () => undefined);
    this.readable.on('caughtUp', () => this.readable.push({ live: true } satisfies FeedItem));
    this.readable.on('fellBehind', () => this.readable.push({ live: false } satisfies FeedItem));
    this.iterator = this.readable[Symbol.asyncIterator]();
  }

  /** Waits for an item and takes with it what has arrived meanwhile. Nothing after `waitMs`, or when aborted. @throws when the subscription broke or ended */
  async take(max: number, waitMs: number, signal: AbortSignal): Promise<Taken> {
    const items: FeedItem[] = [];
    this.next ??= this.iterator.next();
    let result = await within(this.next, waitMs, signal);
    while (result) {
      if (result.done) throw new Error('the server ended the subscription');
      this.next = undefined;
      items.push(isMarker(result.value) ? result.value : { event: result.value });
      if (items.length >= max) break;
      // What came in the same packet is on its way through the client's stream: one turn of the event loop makes batches of it.
      if (this.readable.readableLength === 0) await new Promise(setImmediate);
      if (this.readable.readableLength === 0) break;
      this.next = this.iterator.next();
      result = await this.next;
    }
    return { items, drained: this.readable.readableLength === 0 };
  }

  close(): void {
    this.next?.catch(() => undefined);
    this.subscription.unsubscribe().catch(() => undefined);
    this.readable.destroy();
  }
}

const isMarker = (item: FeedItem | AllStreamResolvedEvent): item is FeedItem => 'checkpoint' in item || 'live' in item;

function within<T>(promise: Promise<T>, waitMs: number, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', give);
    };
    const give = () => {
      settle();
      resolve(undefined);
    };
    const timer = setTimeout(give, waitMs);
    signal.addEventListener('abort', give);
    if (signal.aborted) give();
    promise.then((value) => { settle(); resolve(value); }, (error) => { settle(); reject(error); });
  });
}
