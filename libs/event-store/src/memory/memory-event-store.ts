import { categoryOf, type NewEvent, type StoredEvent } from '@gridcase/events';
import { prepareAppend } from '../append-limits';
import { revisionOf, previousHashOf } from '../hash-chain';
import { WrongExpectedHead, type AllFilter, type AppendResult, type Batch, type EventStore, type ExpectedHead, type ReadAllOptions, type ReadStreamOptions } from '../port';

/** The store in memory, for fast tests of deciders and services. Gone with the process. */
export function createMemoryEventStore(options: { epoch?: string } = {}): EventStore {
  const log: StoredEvent[] = []; // position n stands at index n - 1
  const streams = new Map<string, StoredEvent[]>();
  const wakers = new Set<() => void>();

  const append = (stream: string, expected: ExpectedHead, events: readonly NewEvent[]): AppendResult => {
    const chained = prepareAppend(stream, expected, events);
    const present = streams.get(stream) ?? [];
    const head = present.at(-1);
    const revision = revisionOf(expected);
    if ((head?.revision ?? -1) === revision && (head?.hash ?? previousHashOf(expected)) === previousHashOf(expected)) {
      const stored = chained.map(({ event, revision, dataText, metadataText, hash, previousHash }, i): StoredEvent => deepFreeze({
        position: BigInt(log.length + i + 1), stream, revision, id: event.id, type: event.type, version: event.version,
        data: JSON.parse(dataText), metadata: JSON.parse(metadataText), hash, previousHash,
      }));
      streams.set(stream, [...present, ...stored]);
      log.push(...stored);
      for (const wake of [...wakers]) wake();
      return result(stored, false);
    }
    const there = present.slice(revision + 1, revision + 1 + events.length);
    if (there.length === events.length && there[0]!.previousHash === previousHashOf(expected) && there.every((event, i) => event.id === events[i]!.id)) return result(there, true);
    throw new WrongExpectedHead(stream, expected, head ? { revision: head.revision, hash: head.hash } : null);
  };

  const readAll = ({ after, limit, categories }: ReadAllOptions): Batch => {
    const events: StoredEvent[] = [];
    let index = Number(after);
    for (; index < log.length && events.length < limit; index++) {
      if (!categories || categories.includes(categoryOf(log[index]!.stream))) events.push(log[index]!);
    }
    return { events, checkpoint: BigInt(Math.max(index, Number(after))), caughtUp: index >= log.length };
  };

  async function* subscribe({ after, batchSizeMax = 500, signal, categories }: AllFilter & { after: bigint; batchSizeMax?: number; signal: AbortSignal }): AsyncIterable<Batch> {
    let checkpoint = after;
    let first = true;
    while (!signal.aborted) {
      const batch = readAll({ after: checkpoint, limit: batchSizeMax, categories });
      if (batch.checkpoint > checkpoint || first) yield batch;
      first = false;
      checkpoint = batch.checkpoint;
      if (signal.aborted || Number(checkpoint) < log.length) continue;
      await new Promise<void>((resolve) => {
        const wake = () => {
          wakers.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        wakers.add(wake);
        signal.addEventListener('abort', wake, { once: true });
      });
    }
  }

  return {
    append: async (stream, expected, events) => append(stream, expected, events),
    readStream: async (stream, { from = 0, limit = Infinity }: ReadStreamOptions = {}) => (streams.get(stream) ?? []).slice(from, from + limit),
    readAll: async (options) => readAll(options),
    head: async () => BigInt(log.length),
    subscribe,
    epoch: async () => options.epoch ?? 'memory',
    close: async () => undefined,
  };
}

function result(events: StoredEvent[], repeated: boolean): AppendResult {
  const last = events.at(-1)!;
  return { head: { revision: last.revision, hash: last.hash }, position: last.position, repeated, events };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}
