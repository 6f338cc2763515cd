import type { StreamProjection } from '@gridcase/projections';

interface Doc { state: string; unit: string; amount: number; steps: number; note: string; updatedAt: string }

/** A read model of the usual shape, one row a case. */
export const caseBoard: StreamProjection<Doc> = {
  name: 'case_board', version: 1, categories: ['case'],
  columns: { state: { type: 'text' }, unit: { type: 'text' }, amount: { type: 'integer' }, updated_at: { type: 'timestamptz' } },
  indexes: ['(state, updated_at)', '(unit)'],
  initial: () => ({ state: 'new', unit: '', amount: 0, steps: 0, note: '', updatedAt: '' }),
  evolve: (doc, { type, data, metadata }) => ({ state: type, unit: data.unit, amount: doc.amount + data.amount, steps: doc.steps + 1, note: data.note, updatedAt: metadata.occurredAt }),
  extract: ({ state, unit, amount, updatedAt }) => ({ state, unit, amount, updated_at: updatedAt }),
};
