import type { PoolClient } from 'pg';
import type { EventStore } from '@gridcase/event-store';
import type { StoredEvent } from '@gridcase/events';
import { foldStream, rowIdOf, toStoredRow, type FoldedDoc, type Poison } from './fold-stream';
import type { ReadModelTable } from './read-model-table';

/** Data (22) or integrity (23): the value's fault, not the connection's. */
export const isBadValue = (error: unknown): boolean => /^2[23]\w{3}$/.test(String((error as { code?: unknown } | null)?.code));

/**
 * Folds a stream event by event, each written before the next, up to the one whose row cannot be extracted or stored. So the row
 * stops at the same revision whether the events came in one batch, in many, or in a rebuild.
 */
export async function foldStepwise(
  client: PoolClient, table: ReadModelTable, stream: string, lastRevision: number,
  source: { readStream: EventStore['readStream']; upcast(event: StoredEvent): StoredEvent },
): Promise<{ folded?: FoldedDoc; poison?: Poison }> {
  const { projection } = table;
  const id = rowIdOf(projection, stream);
  let folded: FoldedDoc | undefined = (await table.load(client, [id]))[0];
  const from = (folded?.revision ?? -1) + 1;
  for (const event of await source.readStream(stream, { from, limit: lastRevision - from + 1 })) {
    const step = await foldStream(projection, stream, folded, [event], source);
    if (step.poison) return { folded, poison: step.poison };
    const stored = attempt(() => toStoredRow(projection, id, step.folded));
    if ('error' in stored) return { folded, poison: { revision: event.revision, error: stored.error } };
    await client.query('savepoint step');
    try {
      await table.upsert(client, [stored.value]);
    } catch (error) {
      if (!isBadValue(error)) throw error;
      await client.query('rollback to savepoint step');
      return { folded, poison: { revision: event.revision, error } };
    }
    await client.query('release savepoint step');
    folded = step.folded;
  }
  return { folded };
}

const attempt = <T>(work: () => T): { value: T } | { error: unknown } => {
  try {
    return { value: work() };
  } catch (error) {
    return { error };
  }
};
