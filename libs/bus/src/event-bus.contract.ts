/** What every adapter of the bus must do. A bus that delivers in partitions passes it too: order is asked for within a stream only. */
import { setTimeout as delay } from 'node:timers/promises';
import { NO_STREAM, type Batch, type EventStore, type ExpectedHead } from '@gridcase/event-store';
import type { NewEvent } from '@gridcase/events';
import { uuidFrom } from '@gridcase/platform';
import { waitUntil } from '@gridcase/testing';
import type { BusSubscription, EventBus } from './port';

export interface BusUnderTest {
  bus: EventBus;
  /** What is appended here comes out of the bus. */
  store: EventStore;
  /** Another instance on the same positions, as after a restart. */
  reopen(): Promise<EventBus>;
  dispose(): Promise<void>;
}

let serial = 0;
const anEvent = (n: number): NewEvent => ({
  id: uuidFrom('bus-contract', String(++serial)), type: 'Counted', version: 1, data: { n },
  metadata: { correlationId: 'c', causationId: 'c', commandId: `c${serial}`, commandDigest: 'd', actor: { person: 'p', role: 'r', jurisdiction: '211103' }, occurredAt: '2025-09-29T01:30:00.000Z', recordedAt: '2025-09-29T01:30:00.000Z' },
});

export function eventBusContract(name: string, open: () => Promise<BusUnderTest>): void {
  describe(`event bus: ${name}`, () => {
    let under: BusUnderTest;
    const heads = new Map<string, ExpectedHead>();
    const consumers: { stop(): Promise<void> }[] = [];
    const group = () => `spec.consumer-${++serial}.v1`;

    beforeAll(async () => { under = await open(); });
    afterEach(async () => { for (const consumer of consumers.splice(0)) await consumer.stop(); });
    afterAll(() => under?.dispose());

    const publish = async (stream: string, ...values: number[]) => {
      heads.set(stream, (await under.store.append(stream, heads.get(stream) ?? NO_STREAM, values.map(anEvent))).head);
    };
    /** Remembers what was handled, stream by stream. */
    const consume = (options: Partial<BusSubscription> & { group: string }, work: (batch: Batch) => Promise<void> = async () => undefined, bus = under.bus) => {
      const stop = new AbortController();
      const seen = new Map<string, number[]>();
      let handling = 0;
      const done = bus.subscribe({
        categories: ['case'], batchSizeMax: 5, ...options, signal: stop.signal,
        handler: async (batch) => {
          if (++handling > 1) throw new Error('two batches at once');
          try {
            await work(batch);
            for (const { stream, data } of batch.events) seen.set(stream, [...(seen.get(stream) ?? []), data.n]);
          } finally {
            handling--;
          }
        },
      });
      const consumer = { seen, stop: async () => { stop.abort(); await done; } };
      consumers.push(consumer);
      return consumer;
    };
    /** Repeats are allowed: the first appearance of each must be in order, and nothing may be missing. */
    const firsts = (values: number[] | undefined) => [...new Set(values)];
    const stream = (category = 'case') => `${category}-bus${++serial}`;

    it('delivers every event of its categories, in the order of each stream', async () => {
      const streams = [stream(), stream(), stream()];
      const foreign = stream('patrol');
      await publish(streams[0]!, 0, 1, 2);
      const consumer = consume({ group: group() });
      for (let n = 0; n < 10; n++) for (const one of streams.slice(1)) await publish(one, n);
      await publish(foreign, 1);
      await publish(streams[0]!, 3);
      await waitUntil(() => consumer.seen.get(streams[0]!)?.includes(3) && consumer.seen.get(streams[2]!)?.includes(9), { timeoutMs: 20_000 });
      await waitUntil(() => consumer.seen.get(streams[1]!)?.includes(9), { timeoutMs: 20_000 });
      expect(firsts(consumer.seen.get(streams[0]!))).toEqual([0, 1, 2, 3]);
      for (const one of streams.slice(1)) expect(firsts(consumer.seen.get(one))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(consumer.seen.has(foreign)).toBe(false);
    });

    it('a group goes on after a restart where it stood; another group sees everything', async () => {
      const id = group();
      const one = stream();
      await publish(one, 0, 1, 2);
      const first = consume({ group: id });
      await waitUntil(() => first.seen.get(one)?.includes(2), { timeoutMs: 20_000 });
      await first.stop();
      await publish(one, 3, 4);
      const second = consume({ group: id }, undefined, await under.reopen());
      const other = consume({ group: group() });
      await waitUntil(() => second.seen.get(one)?.includes(4) && other.seen.get(one)?.includes(4), { timeoutMs: 20_000 });
      expect(second.seen.get(one)).toEqual([3, 4]);
      expect(firsts(other.seen.get(one))).toEqual([0, 1, 2, 3, 4]);
    });

    it('a handler that fails gets the same events again, and nothing passes them', async () => {
      const one = stream();
      let failures = 3;
      const consumer = consume({ group: group() }, async (batch) => {
        if (batch.events.some((event) => event.stream === one && event.data.n === 2) && failures-- > 0) throw new Error('not now');
      });
      await publish(one, 0, 1);
      await publish(one, 2, 3);
      await publish(one, 4);
      await waitUntil(() => consumer.seen.get(one)?.includes(4), { timeoutMs: 20_000 });
      expect(firsts(consumer.seen.get(one))).toEqual([0, 1, 2, 3, 4]);
      expect(failures).toBeLessThan(0);
    });

    it('what was not handled before a stop comes again', async () => {
      const id = group();
      const one = stream();
      let asked = false;
      const broken = consume({ group: id }, async (batch) => {
        if (!batch.events.some((event) => event.stream === one)) return;
        asked = true;
        throw new Error('never');
      });
      await publish(one, 0, 1);
      await waitUntil(() => asked, { timeoutMs: 20_000 });
      await broken.stop();
      const next = consume({ group: id }, undefined, await under.reopen());
      await waitUntil(() => next.seen.get(one)?.includes(1), { timeoutMs: 20_000 });
      expect(firsts(next.seen.get(one))).toEqual([0, 1]);
    });

    it('waits for a slow handler, and its end waits for the handler', async () => {
      const one = stream();
      let inside = false;
      const consumer = consume({ group: group() }, async (batch) => {
        inside = true;
        await delay(20);
        if (batch.events.some((event) => event.stream === one)) await delay(30);
        inside = false;
      });
      for (let n = 0; n < 5; n++) await publish(one, n);
      await waitUntil(() => consumer.seen.get(one)?.includes(4), { timeoutMs: 20_000 });
      await publish(one, 5);
      await waitUntil(() => inside, { timeoutMs: 20_000 });
      await consumer.stop();
      expect(inside).toBe(false);
    });
  });
}
