import { categoryOf, idOf, type StoredEvent } from '@gridcase/events';
import type { EventStore } from '@gridcase/event-store';
import type { StreamProjection } from './port';
import type { StoredRow } from './read-model-table';

export interface FoldedDoc { revision: number; doc: any }
export interface Poison { revision: number; error: unknown }

export const rowIdOf = (projection: StreamProjection, stream: string): string => (projection.categories.length === 1 ? idOf(stream) : stream);
/** The stream of a row: the way back. */
export const streamOf = (projection: StreamProjection, rowId: string): string => (projection.categories.length === 1 ? `${projection.categories[0]}-${rowId}` : rowId);

/** The events of a batch that a projection folds, by stream, in order. */
export function byStream(events: readonly StoredEvent[], categories: readonly string[]): Map<string, StoredEvent[]> {
  const streams = new Map<string, StoredEvent[]>();
  for (const event of events) {
    if (!categories.includes(categoryOf(event.stream))) continue;
    const list = streams.get(event.stream);
    if (list) list.push(event);
    else streams.set(event.stream, [event]);
  }
  return streams;
}

/**
 * Moves a document from revision r to r+1 and so on: lower is a repeat and dropped, higher is a gap and filled from the store.
 * A throw of `evolve` ends it there: what was folded before stands, and the poison is reported.
 */
export async function foldStream(
  projection: StreamProjection, stream: string, from: FoldedDoc | undefined, events: readonly StoredEvent[],
  { readStream, upcast }: { readStream: EventStore['readStream']; upcast(event: StoredEvent): StoredEvent },
): Promise<{ folded: FoldedDoc; poison?: Poison }> {
  const folded: FoldedDoc = from ? { ...from } : { revision: -1, doc: undefined };
  for (const event of events) {
    if (event.revision <= folded.revision) continue;
    const missing = event.revision - folded.revision - 1;
    const steps = missing === 0 ? [event] : [...(await readStream(stream, { from: folded.revision + 1, limit: missing })), event];
    for (const step of steps) {
      if (step.revision !== folded.revision + 1) throw new Error(`${stream}: revision ${folded.revision + 1} is missing in the event store`);
      try {
        folded.doc = projection.evolve(folded.revision < 0 ? projection.initial(rowIdOf(projection, stream)) : folded.doc, upcast(step));
      } catch (error) {
        return { folded, poison: { revision: step.revision, error } };
      }
      folded.revision = step.revision;
    }
  }
  return { folded };
}

/** @throws what `extract` or a detail's `rows` throws */
export const toStoredRow = (projection: StreamProjection, id: string, { revision, doc }: FoldedDoc): StoredRow => ({
  id, revision, docText: JSON.stringify(doc), columns: projection.extract(doc), details: (projection.details ?? []).map((detail) => detail.rows(doc, id)),
});
