import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Pool, PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { textValues } from '@gridcase/platform';
import type { ColumnDefinition, Columns, ColumnType, ColumnValues, StreamProjection } from './port';

const NAME = /^[a-z_][a-z0-9_]{0,47}$/;
export const checkedName = (name: string): string => {
  if (!NAME.test(name)) throw new RangeError(`not a name for a table, column or schema: ${JSON.stringify(name)}`);
  return name;
};
const quoted = (column: string) => `"${checkedName(column)}"`;

/** `case_board_v3`; a rebuild beside it `case_board_v3_b1`. */
export const tableName = (name: string, version: number, build: number): string => `${checkedName(name)}_v${version}${build > 0 ? `_b${build}` : ''}`;

export interface Column { name: string; type: ColumnType }
export interface PhysicalTable { table: string; view: string; columns: Column[] }

/** One row as it is stored: what `evolve` gave, and what was extracted from it. */
export interface StoredRow { id: string; revision: number; docText: string; columns: ColumnValues; details: ColumnValues[][] }

/** What a write does to one detail table of a row: `new` has nothing there to be taken away. */
export type DetailChange = (row: StoredRow, detail: number) => 'new' | 'same' | 'replaced';

const definitions = (columns: Columns): string[] =>
  Object.entries(columns).map(([name, { type, nullable }]: [string, ColumnDefinition]) => `${quoted(name)} ${type}${nullable ? '' : ' not null'}`);

/** The tables of one build of a projection, and the statements on them. */
export class ReadModelTable {
  readonly main: PhysicalTable;
  readonly details: PhysicalTable[];

  constructor(readonly schema: string, readonly projection: StreamProjection, readonly build: number) {
    checkedName(schema);
    const table = (name: string, columns: Column[]): PhysicalTable => ({ table: `${schema}.${tableName(name, projection.version, build)}`, view: `${schema}.${checkedName(name)}`, columns });
    const list = (columns: Columns): Column[] => Object.entries(columns).map(([name, { type }]) => ({ name: checkedName(name), type }));
    this.main = table(projection.name, [{ name: 'id', type: 'text' }, { name: 'revision', type: 'integer' }, { name: 'doc', type: 'jsonb' }, ...list(projection.columns)]);
    this.details = (projection.details ?? []).map((detail) => table(detail.name, [...(detail.columns['stream_id'] ? [] : [{ name: 'stream_id', type: 'text' as const }]), ...list(detail.columns)]));
  }

  get tables(): PhysicalTable[] {
    return [this.main, ...this.details];
  }

  /** Tables with their keys; `createIndexes` comes after a bulk load. */
  async create(client: PoolClient): Promise<void> {
    const main = ['id text primary key', 'revision integer not null', 'doc jsonb not null', ...definitions(this.projection.columns)];
    await client.query(`create table ${this.main.table} (${main.join(', ')})`);
    for (const [i, detail] of (this.projection.details ?? []).entries()) {
      const columns = [...(detail.columns['stream_id'] ? [] : ['stream_id text not null']), ...definitions(detail.columns), `primary key (${detail.primaryKey.map(quoted).join(', ')})`];
      await client.query(`create table ${this.details[i]!.table} (${columns.join(', ')})`);
      // Details are found by their stream at every change of it.
      await client.query(`create index on ${this.details[i]!.table} (stream_id)`);
    }
  }

  async createIndexes(client: PoolClient): Promise<void> {
    for (const index of this.projection.indexes ?? []) await client.query(`create index on ${this.main.table} ${index}`);
    for (const [i, detail] of (this.projection.details ?? []).entries()) {
      for (const index of detail.indexes ?? []) await client.query(`create index on ${this.details[i]!.table} ${index}`);
    }
  }

  /** Rows that are not there yet, by COPY: several times faster than the upsert. */
  async copyIn(client: PoolClient, rows: readonly StoredRow[]): Promise<void> {
    await copy(client, this.main, rows.map(mainValues));
    for (const [i, detail] of this.details.entries()) await copy(client, detail, rows.flatMap((row) => detailValues(row, i)));
  }

  async load(client: Pool | PoolClient, ids: readonly string[]): Promise<{ id: string; revision: number; doc: any }[]> {
    return (await client.query({ name: `${this.main.table}.load`, text: `select id, revision, doc from ${this.main.table} where id = any($1::text[])`, values: [textValues(ids)] })).rows;
  }

  /** Rows with a smaller revision are replaced, each with all its details; `change` spares the work on those that stayed the same. */
  async upsert(client: PoolClient, rows: readonly StoredRow[], change: DetailChange = () => 'replaced'): Promise<void> {
    if (rows.length === 0) return;
    await client.query({ name: `${this.main.table}.upsert`, text: this.upsertText(), values: columnArrays(this.main.columns, rows.map(mainValues)) });
    for (const [i, detail] of this.details.entries()) {
      const replaced = rows.filter((row) => change(row, i) === 'replaced');
      if (replaced.length > 0) await client.query(`delete from ${detail.table} where stream_id = any($1::text[])`, [replaced.map(({ id }) => id)]);
      const values = rows.filter((row) => change(row, i) !== 'same').flatMap((row) => detailValues(row, i));
      if (values.length > 0) await client.query(insertText(detail), columnArrays(detail.columns, values));
    }
  }

  /** Whether nothing has to be taken away from the details: one statement does not see what another part of it has deleted. */
  onlyAdds(rows: readonly StoredRow[], change: DetailChange): boolean {
    return this.details.every((_, i) => rows.every((row) => change(row, i) !== 'replaced'));
  }

  /** The upsert of rows that only add, as parts of a greater statement which hold if `condition` does; their parameters are numbered from `first`. */
  upsertParts(rows: readonly StoredRow[], change: DetailChange, condition: string, first: number): { parts: string[]; values: Buffer[] } {
    const parts = [this.upsertText(first, condition)];
    const values = columnArrays(this.main.columns, rows.map(mainValues));
    for (const [i, detail] of this.details.entries()) {
      const added = rows.filter((row) => change(row, i) === 'new').flatMap((row) => detailValues(row, i));
      if (added.length === 0) continue;
      parts.push(insertText(detail, first + values.length, condition));
      values.push(...columnArrays(detail.columns, added));
    }
    return { parts, values };
  }

  private upsertText(first?: number, condition?: string): string {
    const set = this.main.columns.slice(1).map(({ name }) => `"${name}" = excluded."${name}"`).join(', ');
    return `${insertText(this.main, first, condition)} on conflict (id) do update set ${set} where t.revision < excluded.revision`;
  }
}

const insertText = ({ table, columns }: PhysicalTable, first = 1, condition = 'true'): string =>
  `insert into ${table} as t (${columns.map(({ name }) => `"${name}"`).join(', ')}) ${selectFrom(columns, first)} where ${condition}`;

/** The own values first: an object spread first and then added to is ten times slower to make. */
const mainValues = ({ id, revision, docText: doc, columns }: StoredRow): ColumnValues => ({ id, revision, doc, ...columns });
const detailValues = (row: StoredRow, detail: number): ColumnValues[] => row.details[detail]!.map((values) => ({ stream_id: row.id, ...values }));

/** Every column travels as text and is cast: the one form that also holds arrays of arrays and nulls. */
const selectFrom = (columns: Column[], first: number): string =>
  `select ${columns.map(({ type }, i) => `u.c${i}::${type}`).join(', ')} from unnest(${columns.map((_, i) => `$${i + first}::text[]`).join(', ')}) as u (${columns.map((_, i) => `c${i}`).join(', ')})`;

/** In binary form: a document has a quote every few bytes, and as an array in text each would be escaped. */
const columnArrays = (columns: Column[], rows: readonly ColumnValues[]): Buffer[] =>
  columns.map(({ name, type }) => textValues(rows.map((row) => (name === 'doc' ? (row[name] as string) : asText(row[name], type)))));

const COPY_CHUNK_ROWS = 500;
const ESCAPED: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

async function copy(client: PoolClient, { table, columns }: PhysicalTable, rows: ColumnValues[]): Promise<void> {
  if (rows.length === 0) return;
  const line = (row: ColumnValues) => columns.map(({ name, type }) => {
    const text = name === 'doc' ? (row[name] as string) : asText(row[name], type);
    return text === null ? '\\N' : /[\\\t\n\r]/.test(text) ? text.replace(/[\\\t\n\r]/g, (character) => ESCAPED[character]!) : text;
  }).join('\t');
  function* chunks() {
    for (let i = 0; i < rows.length; i += COPY_CHUNK_ROWS) yield `${rows.slice(i, i + COPY_CHUNK_ROWS).map(line).join('\n')}\n`;
  }
  await pipeline(Readable.from(chunks()), client.query(copyFrom(`copy ${table} (${columns.map(({ name }) => `"${name}"`).join(', ')}) from stdin`)));
}

/** A value in PostgreSQL's text form. */
function asText(value: unknown, type: ColumnType): string | null {
  if (value === null || value === undefined) return null;
  if (type === 'jsonb') return JSON.stringify(value);
  if (type === 'text[]') return `{${(value as string[]).map((item) => `"${item.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
  if (value instanceof Date) return value.toISOString();
  return String(value);
}
