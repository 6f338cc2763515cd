import type { EventStore } from '@gridcase/event-store';
import type { StoredEvent } from '@gridcase/events';
import type { LiveFold, LiveView } from './port';
import { PositionWaiters } from './position-waiters';

/** Folds reference data from the whole store and follows it until the signal fires. `done` rejects when `evolve` throws. */
export function createLiveView<State>(
  store: EventStore, fold: LiveFold<State>, signal: AbortSignal, upcast: (event: StoredEvent) => StoredEvent = (event) => event,
): LiveView<State> & { readonly done: Promise<void> } {
  const waiters = new PositionWaiters();
  let state = fold.initial();
  const done = (async () => {
    try {
      for await (const batch of store.subscribe({ after: 0n, categories: fold.categories, batchSizeMax: 2_000, signal })) {
        for (const event of batch.events) state = fold.evolve(state, upcast(event));
        waiters.set(batch.checkpoint);
      }
    } finally {
      waiters.close();
    }
  })();
  return { get state() { return state; }, get position() { return waiters.position; }, waitFor: (position, timeoutMs) => waiters.waitFor(position, timeoutMs), done };
}
