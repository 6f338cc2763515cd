import { createMemoryEventStore, createPostgresEventStore, NO_STREAM } from '@gridcase/event-store';
import { testDatabase, waitUntil } from '@gridcase/testing';
import { eventBusContract } from './event-bus.contract';
import { createStoreBus } from './store-bus';

eventBusContract('the store on PostgreSQL', async () => {
  const db = await testDatabase();
  const store = await createPostgresEventStore({ pool: db.pool });
  const open = () => createStoreBus({ store, positions: { pool: db.pool, schema: 'bus' }, retryDelayMs: 5 });
  return {
    bus: open(), store, reopen: async () => open(),
    dispose: async () => {
      await store.close();
      await db.drop();
    },
  };
});

describe('a consumer that keeps its own position', () => {
  it('is asked for it at the start and after every failure', async () => {
    const store = createMemoryEventStore();
    const metadata = { correlationId: 'c', causationId: 'c', commandId: 'c', commandDigest: 'd', actor: { person: 'p', role: 'r', jurisdiction: '1' }, occurredAt: '2025-09-29T01:30:00.000Z', recordedAt: '2025-09-29T01:30:00.000Z' };
    await store.append('case-1', NO_STREAM, [1, 2, 3].map((n) => ({ id: `00000000-0000-8000-8000-00000000000${n}`, type: 'Counted', version: 1, data: { n }, metadata })));
    const stop = new AbortController();
    let position = 1n;
    let failures = 1;
    const seen: number[] = [];
    const asked: bigint[] = [];
    const done = createStoreBus({ store, retryDelayMs: 1 }).subscribe({
      group: 'spec.own.v1', batchSizeMax: 1, signal: stop.signal,
      from: async () => { asked.push(position); return position; },
      handler: async ({ events, checkpoint }) => {
        if (events[0]?.data.n === 3 && failures-- > 0) throw new Error('not now');
        seen.push(...events.map(({ data }) => data.n));
        position = checkpoint;
      },
    });
    await waitUntil(() => seen.includes(3), { timeoutMs: 5_000 });
    stop.abort();
    await done;
    expect(seen).toEqual([2, 3]);
    expect(asked).toEqual([1n, 2n]);
  });

  it('a group without one needs a bus that keeps positions', async () => {
    const bus = createStoreBus({ store: createMemoryEventStore() });
    await expect(bus.subscribe({ group: 'spec.none.v1', signal: new AbortController().signal, handler: async () => undefined })).rejects.toThrow('needs to keep one');
  });
});
