/** How an event of the port lies in EventStoreDB: ADR 0007. @rule X18 */
import { jsonEvent, type EventData, type Position } from '@eventstore/db-client';
import type { EventMetadata, StoredEvent } from '@gridcase/events';
import type { ChainedEvent } from '../hash-chain';
import { RecordDamaged } from './record-damaged';

/** Beside the port's own metadata; not covered by the hash are `hash` itself and `writer`. */
interface RecordMetadata {
  id: string;
  version: number;
  hash: string;
  previousHash: string;
  /** The very attempt that wrote it: tells an own write from a repeat, and people which process it was. */
  writer: string;
}
export interface StoredRecord { event: StoredEvent; writer: string }
export interface RecordedEvent { streamId: string; type: string; revision: bigint; isJson: boolean; data: unknown; metadata?: unknown; position?: Position }

/** Holds the epoch, and nothing the port hands out. */
export const EPOCH_STREAM = 'gridcase_epoch-store';
/** What the server sends for an event of an old TCP transaction. */
const NO_POSITION = 2n ** 64n - 1n;

/**
 * The event's id at the server is drawn from its hash. The server compares nothing but ids: with the port's own id a writer that repeats
 * with another body, or at another predecessor, would be told that all is well. So it says so of the very same record only; ids of
 * the port are compared by reading.
 */
export function recordIdOf(hash: string): string {
  const variant = ((Number.parseInt(hash[16]!, 16) & 0x3) | 0x8).toString(16);
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-${variant}${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}

export function toRecord({ event, hash, previousHash }: ChainedEvent, writer: string): EventData {
  const gridcase: RecordMetadata = { id: event.id, version: event.version, hash, previousHash, writer };
  return jsonEvent({ id: recordIdOf(hash), type: event.type, data: event.data as Record<string, unknown>, metadata: { ...event.metadata, gridcase } }) as EventData;
}

export const isSystem = ({ streamId, type }: { streamId: string; type: string }): boolean => streamId.startsWith('$') || type.startsWith('$') || streamId === EPOCH_STREAM;

/** Undefined for what this adapter did not write. */
export function fromRecord(recorded: RecordedEvent, position = recorded.position?.commit): StoredRecord | undefined {
  const { gridcase, ...metadata } = (recorded.metadata ?? {}) as { gridcase?: Partial<RecordMetadata> };
  if (!recorded.isJson || !gridcase || typeof gridcase.id !== 'string' || typeof gridcase.hash !== 'string' || typeof gridcase.previousHash !== 'string' || typeof gridcase.version !== 'number') return undefined;
  if (position === undefined || position >= NO_POSITION) return undefined;
  const revision = Number(recorded.revision);
  if (!Number.isSafeInteger(revision)) throw new RecordDamaged(recorded.streamId, `revision ${recorded.revision} is out of range`);
  return {
    writer: gridcase.writer ?? '',
    event: {
      position, stream: recorded.streamId, revision, id: gridcase.id, type: recorded.type, version: gridcase.version,
      data: recorded.data, metadata: metadata as unknown as EventMetadata, hash: gridcase.hash, previousHash: gridcase.previousHash,
    },
  };
}
