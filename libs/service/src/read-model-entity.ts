import type { StreamProjection } from '@gridcase/projections';
import { EntitySchema, type EntitySchemaColumnOptions } from 'typeorm';

/** Of every row of a projection's main view. */
export interface ReadModelRow<Doc> { id: string; revision: number; doc: Doc }

/**
 * The view of a projection, or of one of its details, as an entity to read: columns are the projection's own, so they stand in one place.
 * As a table with its key (docs/adr/0013-typeorm.md); `Row` names what a query reads of it.
 */
export function readModelOf<Row extends object>({ name, columns, details = [] }: StreamProjection, detailName?: string): EntitySchema<Row> {
  if (detailName === undefined) {
    const all = { id: { type: 'text' }, revision: { type: 'integer' }, doc: { type: 'jsonb' }, ...columns } as const;
    return entity(name, all, ['id']);
  }
  const detail = details.find((one) => one.name === detailName);
  if (!detail) throw new RangeError(`projection ${name} has no detail ${detailName}`);
  return entity(detail.name, { stream_id: { type: 'text' }, ...detail.columns }, detail.primaryKey);
}

function entity<Row extends object>(name: string, columns: StreamProjection['columns'], key: readonly string[]): EntitySchema<Row> {
  const mapped = Object.entries(columns).map(([column, { type, nullable = false }]): [string, EntitySchemaColumnOptions] =>
    [column, { ...(type === 'text[]' ? { type: 'text', array: true } : { type }), nullable, primary: key.includes(column) }]);
  return new EntitySchema({ name, tableName: name, columns: Object.fromEntries(mapped) }) as EntitySchema<Row>;
}
