import type { PoolClient } from 'pg';
import type { EventStore } from '@gridcase/event-store';
import type { StoredEvent } from '@gridcase/events';
import { foldStepwise, isBadValue } from './fold-stepwise';
import { byStream, foldStream, rowIdOf, toStoredRow, type FoldedDoc, type Poison } from './fold-stream';
import type { ReadModelTable, StoredRow } from './read-model-table';

/** Runs a write or a read: in a transaction of its own, or in one that is open. */
export type Transact = <T>(use: (client: PoolClient) => Promise<T>) => Promise<T>;

interface Held extends FoldedDoc { stream: string; dirty: boolean; stored: boolean }
interface Row { held: Held; row: StoredRow }

const WRITE_ROWS_MAX = 1_000;
/** Of a document and what is held with it, as long as none was written; then what those had that were written. */
const FIRST_GUESS_BYTES = 16 * 1024;
const OVERHEAD_BYTES = 500;

/**
 * The fold of one projection over the whole store with bounded memory: the documents used last stay, the others are spilled to
 * the table and loaded again when their stream goes on. A row that was never spilled is written by COPY.
 */
export class RebuildFold {
  readonly poisoned = new Map<string, Poison>();
  private readonly held = new Map<string, Held>();
  private readonly written = { docs: 0, characters: 0 };

  constructor(
    readonly table: ReadModelTable, private readonly heldBytesMax: number,
    private readonly source: { readStream: EventStore['readStream']; upcast(event: StoredEvent): StoredEvent },
  ) {}

  async add(transact: Transact, events: readonly StoredEvent[]): Promise<void> {
    const { projection } = this.table;
    const streams = byStream(events, projection.categories);
    await this.loadSpilled(transact, streams);
    for (const [stream, list] of streams) {
      if (this.poisoned.has(stream)) continue;
      const id = rowIdOf(projection, stream);
      const held = this.held.get(id);
      const { folded, poison } = await foldStream(projection, stream, held, list, this.source);
      if (poison) this.poisoned.set(stream, poison);
      if (folded.revision === (held?.revision ?? -1)) continue;
      this.held.delete(id); // and in again at the end: the order of a Map is the order of last use
      this.held.set(id, { ...folded, stream, dirty: true, stored: held?.stored ?? false });
    }
    if (this.held.size > this.docsMax()) await this.spill(transact);
  }

  /** Writes everything that is not in the table yet. */
  async flush(transact: Transact): Promise<void> {
    await transact((client) => this.write(client, this.held));
  }

  /** As objects the documents take about two bytes a character of their text. */
  private docsMax(): number {
    const { docs, characters } = this.written;
    return this.heldBytesMax / (docs === 0 ? FIRST_GUESS_BYTES : OVERHEAD_BYTES + (2 * characters) / docs);
  }

  private async loadSpilled(transact: Transact, streams: ReadonlyMap<string, StoredEvent[]>): Promise<void> {
    const missing = new Map<string, string>();
    for (const [stream, [first]] of streams) {
      const id = rowIdOf(this.table.projection, stream);
      if (first!.revision > 0 && !this.held.has(id) && !this.poisoned.has(stream)) missing.set(id, stream);
    }
    if (missing.size === 0) return;
    for (const { id, revision, doc } of await transact((client) => this.table.load(client, [...missing.keys()]))) this.held.set(id, { revision, doc, stream: missing.get(id)!, dirty: false, stored: true });
  }

  private async spill(transact: Transact): Promise<void> {
    const oldest = new Map<string, Held>();
    const kept = this.docsMax() * 0.75;
    for (const entry of this.held) {
      if (this.held.size - oldest.size <= kept) break;
      oldest.set(...entry);
    }
    await transact((client) => this.write(client, oldest));
    for (const id of oldest.keys()) this.held.delete(id);
  }

  private async write(client: PoolClient, entries: ReadonlyMap<string, Held>): Promise<void> {
    let fresh: Row[] = [];
    let again: Row[] = [];
    const bad: Held[] = [];
    const out = async (limit: number) => {
      if (fresh.length > limit) {
        bad.push(...(await this.insert(client, fresh, (rows) => this.table.copyIn(client, rows))));
        fresh = [];
      }
      if (again.length > limit) {
        bad.push(...(await this.insert(client, again, (rows) => this.table.upsert(client, rows))));
        again = [];
      }
    };
    for (const [id, held] of entries) {
      if (!held.dirty) continue;
      try {
        const row = toStoredRow(this.table.projection, id, held);
        (held.stored ? again : fresh).push({ held, row });
        this.written.docs++;
        this.written.characters += row.docText.length;
      } catch {
        bad.push(held);
      }
      held.dirty = false;
      held.stored = true;
      await out(WRITE_ROWS_MAX);
    }
    await out(0);
    for (const { stream, revision } of bad) {
      const { poison } = await foldStepwise(client, this.table, stream, revision, this.source);
      if (poison) this.poisoned.set(stream, poison);
      this.held.delete(rowIdOf(this.table.projection, stream)); // the table knows where it stopped
    }
  }

  /** Returns those whose values the table refuses. */
  private async insert(client: PoolClient, rows: Row[], write: (rows: StoredRow[]) => Promise<void>): Promise<Held[]> {
    await client.query('savepoint rows');
    try {
      await write(rows.map(({ row }) => row));
      await client.query('release savepoint rows');
      return [];
    } catch (error) {
      if (!isBadValue(error)) throw error;
      await client.query('rollback to savepoint rows');
      if (rows.length === 1) return [rows[0]!.held];
      const half = rows.length >> 1;
      return [...(await this.insert(client, rows.slice(0, half), write)), ...(await this.insert(client, rows.slice(half), write))];
    }
  }
}
