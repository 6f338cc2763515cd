import { BACKWARDS, END, StreamDeletedError, StreamNotFoundError } from '@eventstore/db-client';
import type { StreamHead } from '../port';
import type { Connection } from './connection';
import { RecordDamaged } from './record-damaged';
import { fromRecord, isSystem, type RecordedEvent, type StoredRecord } from './stored-record';

/** Reads single streams, of the leader: what a decision rests on must not be a follower's older state. */
export class StreamReader {
  constructor(private readonly connection: Connection) {}

  /** Events from a revision (inclusive), without a hole: an event that was truncated away or came from elsewhere is damage, not an end. */
  async read(stream: string, from: number, limit: number, signal?: AbortSignal): Promise<StoredRecord[]> {
    if (limit <= 0 || isSystem({ streamId: stream, type: '' })) return [];
    const records = await this.collect(stream, { fromRevision: BigInt(from), maxCount: limit }, signal);
    records.forEach(({ event }, i) => {
      if (event.revision !== from + i) throw new RecordDamaged(stream, `revision ${from + i} is missing, ${event.revision} follows`);
    });
    return records;
  }

  async head(stream: string): Promise<StreamHead | null> {
    const [last] = await this.collect(stream, { direction: BACKWARDS, fromRevision: END, maxCount: 1 });
    return last ? { revision: last.event.revision, hash: last.event.hash } : null;
  }

  private async collect(stream: string, options: { fromRevision: bigint | typeof END; maxCount: number; direction?: typeof BACKWARDS }, signal?: AbortSignal): Promise<StoredRecord[]> {
    const { client, credentials } = this.connection;
    try {
      const maxCount = Number.isFinite(options.maxCount) ? options.maxCount : Number.MAX_SAFE_INTEGER;
      const resolved = await this.connection.collect(() => client.readStream(stream, { ...options, maxCount, requiresLeader: true, credentials }), signal);
      return resolved.map(({ event }) => {
        const record = event && fromRecord(event as RecordedEvent);
        if (!record) throw new RecordDamaged(stream, `revision ${event?.revision ?? '?'} was not written by this system`);
        return record;
      });
    } catch (error) {
      if (error instanceof StreamNotFoundError) return [];
      if (error instanceof StreamDeletedError) throw new RecordDamaged(stream, 'it was deleted for good (tombstone)');
      throw error;
    }
  }
}
