import type { NewEvent } from '@gridcase/events';
import { uuidFrom } from '@gridcase/platform';
import type { StreamProjection } from '../port';

/** Read models for the tests of this library. */
export interface Board { opened: string; total: number; notes: string[] }
let brokenNote: string | undefined;
/** `evolve` throws at events with this note. */
export const breakOn = (note: string | undefined): void => void (brokenNote = note);

export const board = (version = 1): StreamProjection<Board> => ({
  name: 'board', version, categories: ['case'],
  columns: { total: { type: 'integer' }, opened: { type: 'timestamptz' }, tags: { type: 'text[]' }, last_note: { type: 'text', nullable: true } },
  indexes: ['(total)'],
  details: [{
    name: 'board_note', columns: { case_id: { type: 'text' }, n: { type: 'integer' }, note: { type: 'text' } }, primaryKey: ['case_id', 'n'], indexes: ['(note)'],
    rows: (doc, id) => doc.notes.map((note, n) => ({ case_id: id, n, note })),
  }],
  initial: () => ({ opened: '2025-01-01T00:00:00.000Z', total: 0, notes: [] }),
  evolve: (doc, event) => {
    if (event.data.note !== undefined && event.data.note === brokenNote) throw new Error('cannot fold this note');
    return { opened: doc.opened, total: doc.total + event.data.amount, notes: event.data.note === undefined ? doc.notes : [...doc.notes, event.data.note] };
  },
  extract: (doc) => ({ total: doc.total, opened: doc.opened, tags: doc.notes.map((note) => `"${note}\\,{`), last_note: doc.notes.at(-1) ?? null }),
});
export const tally: StreamProjection<{ n: number }> = { name: 'tally', version: 1, categories: ['case', 'report'], columns: {}, initial: () => ({ n: 0 }), evolve: ({ n }) => ({ n: n + 1 }), extract: () => ({}) };

let serial = 0;
export const anEvent = (amount: number, note?: string): NewEvent => ({
  id: uuidFrom('projections-spec', String(++serial)), type: 'Counted', version: 1, data: { amount, ...(note !== undefined && { note }) },
  metadata: { correlationId: 'c', causationId: 'c', commandId: `c${serial}`, commandDigest: 'd', actor: { person: 'p', role: 'r', jurisdiction: '211103' }, occurredAt: '2025-09-29T01:30:00.000Z', recordedAt: '2025-09-29T01:30:00.000Z' },
});
