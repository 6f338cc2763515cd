/**
 * A district's grid tree as one CSV or YAML file. Reading it gives rows or errors that name row, column and code; whether the rows
 * fit together and into the tree already there is decided in `grid-tree.ts`.
 */
import type { Grid, Officer } from '@gridcase/events';
import { parse as parseCsv } from 'csv-parse/sync';
import { LineCounter, isMap, isNode, isSeq, type YAMLMap } from 'yaml';
import { readYamlDocument } from '../yaml-document';

export type GridTreeFormat = 'csv' | 'yaml';
/** Columns of the CSV and keys of a YAML entry, in the order they are written in. */
export const gridTreeColumns = ['code', 'name', 'parent', 'tier', 'kind', 'class', 'area', 'households', 'population', 'longitude', 'latitude', 'chief', 'workers', 'officers'] as const;
export type GridTreeColumn = (typeof gridTreeColumns)[number];

export interface RowError { row: number; column: GridTreeColumn | 'file'; /** Of the grid, where it could be read. */ code?: string; error: string; zh: string; en: string; rule?: string }
export type GridRow = Omit<Grid, 'unusualSize'>;
/** `row` is the line of the file, the header being line 1. */
export interface GridTreeRow { row: number; grid: GridRow; officers: Officer[] }
/** `faulty`: what the rows at fault say of their place, so that no other row is blamed for them. */
export interface GridTreeFile { rows: GridTreeRow[]; errors: RowError[]; faulty: { code?: string; parent?: string }[] }

export const fileBytesMax = 8_000_000;
const TIERS: Record<Grid['kind'], number[]> = { district: [0], street: [1], community: [2], grid: [3, 4], dedicated: [1, 2, 3, 4] };
/** Digits of the code by tier: one uniform standard (X10, Z7). */
const DIGITS: Record<number, [number, number]> = { 0: [6, 6], 1: [9, 9], 2: [12, 12], 3: [13, 18], 4: [13, 18] };

type Cells = Partial<Record<GridTreeColumn, unknown>>;

/** @rule X10 Z7 H2 */
export function parseGridTree(format: GridTreeFormat, content: string): GridTreeFile {
  if (content.length > fileBytesMax) return { rows: [], faulty: [], errors: [{ row: 0, column: 'file', error: 'TOO_LARGE', zh: `文件超过 ${fileBytesMax} 字符`, en: `the file has more than ${fileBytesMax} characters` }] };
  const read = format === 'csv' ? readCsv(content) : readYaml(content);
  const errors = [...read.errors];
  const rows: GridTreeRow[] = [];
  const faulty: GridTreeFile['faulty'] = [];
  for (const { row, cells } of read.rows) {
    const parsed = new RowReader(row, cells, errors).read();
    if (parsed) rows.push(parsed);
    else faulty.push({ code: textOf(cells.code), parent: textOf(cells.parent) });
  }
  if (rows.length === 0 && errors.length === 0) errors.push({ row: 1, column: 'file', error: 'EMPTY', zh: '文件中没有网格', en: 'the file holds no grid' });
  return { rows, errors, faulty };
}

const textOf = (value: unknown): string | undefined => (value === undefined || value === null ? undefined : String(value).trim());

interface RawRows { rows: { row: number; cells: Cells }[]; errors: RowError[] }

function readCsv(content: string): RawRows {
  try {
    const lines: { record: string[]; info: { lines: number } }[] = parseCsv(content, { bom: true, info: true, skip_empty_lines: true, trim: true, relax_column_count: true }) as never;
    const [header, ...records] = lines;
    if (!header) return { rows: [], errors: [] };
    const errors = headerErrors(header.record);
    if (errors.length > 0) return { rows: [], errors };
    const rows: RawRows['rows'] = [];
    for (const { record, info } of records) {
      if (record.length > header.record.length) errors.push({ row: info.lines, column: 'file', code: record[0], error: 'TOO_MANY_CELLS', zh: `本行有 ${record.length} 列,表头只有 ${header.record.length} 列`, en: `the row has ${record.length} cells, the header ${header.record.length}` });
      else rows.push({ row: info.lines, cells: Object.fromEntries(header.record.map((column, index) => [column, record[index]])) });
    }
    return { rows, errors };
  } catch (error) {
    const { lines, message } = error as { lines?: number; message: string };
    return { rows: [], errors: [{ row: lines ?? 0, column: 'file', error: 'NOT_CSV', zh: `不是有效的 CSV:${message}`, en: `not a CSV file: ${message}` }] };
  }
}

function headerErrors(header: string[]): RowError[] {
  const errors: RowError[] = [];
  for (const column of header) {
    if (!gridTreeColumns.includes(column as GridTreeColumn)) errors.push({ row: 1, column: 'file', error: 'UNKNOWN_COLUMN', zh: `未知列 ${column}`, en: `unknown column ${column}` });
    else if (header.indexOf(column) !== header.lastIndexOf(column)) errors.push({ row: 1, column: 'file', error: 'DUPLICATE_COLUMN', zh: `重复列 ${column}`, en: `column ${column} occurs twice` });
  }
  for (const column of ['code', 'name', 'tier', 'kind'] as const) if (!header.includes(column)) errors.push({ row: 1, column, error: 'MISSING_COLUMN', zh: `缺少列 ${column}`, en: `column ${column} is missing` });
  return errors;
}

/** `grids:` with a list of entries, or the list itself; `officers` of an entry is a map department → `unit/person`. */
function readYaml(content: string): RawRows {
  const lines = new LineCounter();
  const document = readYamlDocument(content, { lineCounter: lines, schema: 'core' });
  const syntax = document.errors.map((error): RowError => ({ row: lines.linePos(error.pos[0]).line, column: 'file', error: 'NOT_YAML', zh: `不是有效的 YAML:${error.code}`, en: `not a YAML file: ${error.message.split('\n')[0]}` }));
  if (syntax.length > 0) return { rows: [], errors: syntax };
  const list = isMap(document.contents) ? document.contents.get('grids', true) : document.contents;
  if (list === null || list === undefined) return { rows: [], errors: [] };
  if (!isSeq(list)) return { rows: [], errors: [{ row: 1, column: 'file', error: 'NOT_A_LIST', zh: '应为网格列表(grids)', en: 'a list of grids is expected' }] };
  const rows: RawRows['rows'] = [];
  const errors: RowError[] = [];
  for (const node of list.items) {
    const at = isNode(node) ? (node.range?.[0] ?? 0) : 0;
    const row = lines.linePos(at).line;
    if (!isMap(node)) { errors.push({ row, column: 'file', error: 'NOT_AN_ENTRY', zh: '应为一个网格条目', en: 'an entry of a grid is expected' }); continue; }
    const cells = (node as YAMLMap).toJS(document) as Record<string, unknown>;
    for (const key of Object.keys(cells)) if (!gridTreeColumns.includes(key as GridTreeColumn)) errors.push({ row, column: 'file', error: 'UNKNOWN_COLUMN', zh: `未知字段 ${key}`, en: `unknown key ${key}` });
    rows.push({ row, cells });
  }
  return { rows, errors };
}

/** Reads the cells of one row; every fault is told, not only the first. */
class RowReader {
  private readonly before: number;
  constructor(private readonly row: number, private readonly cells: Cells, private readonly errors: RowError[]) { this.before = errors.length; }

  read(): GridTreeRow | undefined {
    const code = this.text('code');
    if (!code) this.fail('code', 'REQUIRED', '缺少编码', 'the code is missing');
    else if (!/^\d{6}(\d{3}(\d{3}(\d{1,6})?)?)?$/.test(code)) this.fail('code', 'BAD_CODE', `编码 ${code} 不符合统一编码规则(6、9、12 或 13–18 位数字)`, `code ${code} is not of the uniform standard (6, 9, 12 or 13–18 digits)`, 'X10');
    const name = this.text('name');
    if (!name) this.fail('name', 'REQUIRED', '缺少名称', 'the name is missing');
    const kind = this.oneOf('kind', ['district', 'street', 'community', 'grid', 'dedicated'] as const, true);
    const tier = this.number('tier', { integer: true, min: 0, max: 4, required: true });
    if (kind && tier !== undefined && !TIERS[kind].includes(tier)) this.fail('tier', 'TIER_OF_KIND', `${kind} 不能是第 ${tier} 级`, `a ${kind} is not of tier ${tier}`);
    if (code && tier !== undefined && DIGITS[tier] && (code.length < DIGITS[tier][0] || code.length > DIGITS[tier][1])) this.fail('code', 'CODE_LENGTH', `第 ${tier} 级编码应为 ${DIGITS[tier].join('–')} 位,实为 ${code.length} 位`, `a code of tier ${tier} has ${DIGITS[tier].join('–')} digits, this one ${code.length}`, 'X10');
    const grid: Record<string, unknown> = {
      code, name, parent: this.text('parent') || undefined, tier, kind, class: this.oneOf('class', ['A', 'B', 'C'] as const), area: this.text('area') || undefined,
      households: this.number('households', { integer: true, min: 0, max: 10_000_000 }), population: this.number('population', { integer: true, min: 0, max: 100_000_000 }),
      longitude: this.number('longitude', { min: -180, max: 180 }), latitude: this.number('latitude', { min: -90, max: 90 }),
      workers: this.list('workers'), chief: this.text('chief') || undefined,
    };
    if ((grid['longitude'] === undefined) !== (grid['latitude'] === undefined)) this.fail(grid['longitude'] === undefined ? 'longitude' : 'latitude', 'HALF_A_POINT', '经纬度须同时填写', 'longitude and latitude go together');
    const officers = this.officers(code ?? '');
    if (this.errors.length > this.before) return undefined;
    for (const key of Object.keys(grid)) if (grid[key] === undefined) delete grid[key];
    return { row: this.row, grid: grid as GridRow, officers };
  }

  private fail(column: GridTreeColumn, error: string, zh: string, en: string, rule?: string): void {
    const code = this.text('code');
    this.errors.push({ row: this.row, column, ...(code && { code }), error, zh, en, ...(rule && { rule }) });
  }
  private text(column: GridTreeColumn): string | undefined {
    return textOf(this.cells[column]);
  }
  private number(column: GridTreeColumn, bounds: { integer?: boolean; min: number; max: number; required?: boolean }): number | undefined {
    const text = this.text(column);
    if (!text) {
      if (bounds.required) this.fail(column, 'REQUIRED', `缺少 ${column}`, `${column} is missing`);
      return undefined;
    }
    const value = Number(text);
    if (!/^-?\d+(\.\d+)?$/.test(text) || value < bounds.min || value > bounds.max || (bounds.integer && !Number.isInteger(value))) {
      this.fail(column, 'BAD_NUMBER', `${column} 的值 ${text} 应为 ${bounds.min}–${bounds.max} 的${bounds.integer ? '整' : ''}数`, `${column} ${text} is no ${bounds.integer ? 'whole ' : ''}number from ${bounds.min} to ${bounds.max}`);
      return undefined;
    }
    return value;
  }
  private oneOf<T extends string>(column: GridTreeColumn, values: readonly T[], required = false): T | undefined {
    const text = this.text(column);
    if (!text) {
      if (required) this.fail(column, 'REQUIRED', `缺少 ${column}`, `${column} is missing`);
      return undefined;
    }
    if (values.includes(text as T)) return text as T;
    this.fail(column, 'BAD_VALUE', `${column} 的值 ${text} 应为 ${values.join('、')}`, `${column} ${text} is none of ${values.join(', ')}`);
    return undefined;
  }
  /** `w-1;w-2` or a YAML list. */
  private list(column: GridTreeColumn): string[] {
    const value = this.cells[column];
    const parts = (Array.isArray(value) ? value.map(String) : (this.text(column) ?? '').split(';')).map((part) => part.trim()).filter(Boolean);
    const twice = parts.find((part, index) => parts.indexOf(part) !== index);
    if (twice) this.fail(column, 'DUPLICATE', `${twice} 重复`, `${twice} occurs twice`);
    return parts;
  }
  /** `housing=u-housing/p-1;municipal=u-municipal/p-2` or a YAML map. */
  private officers(gridCode: string): Officer[] {
    const value = this.cells['officers'];
    const parts = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value).map(([department, who]) => `${department}=${String(who)}`) : this.list('officers');
    const officers: Officer[] = [];
    for (const part of parts) {
      const match = /^([^=/;\s]{1,64})=([^=/;\s]{1,64})\/([^=/;\s]{1,128})$/.exec(part);
      if (!match) this.fail('officers', 'BAD_OFFICER', `${part} 应为 部门=单位/人员`, `${part} is not department=unit/person`, 'X4');
      else if (officers.some((officer) => officer.department === match[1])) this.fail('officers', 'DUPLICATE', `部门 ${match[1]} 重复`, `department ${match[1]} occurs twice`, 'X4');
      else officers.push({ gridCode, department: match[1]!, unit: match[2]!, person: match[3]! });
    }
    return officers;
  }
}

/** The tree as a CSV file that reads back to the same tree. */
export function writeGridTreeCsv(entries: readonly { grid: GridRow; officers: readonly Officer[] }[]): string {
  const cell = (value: unknown): string => {
    const text = value === undefined ? '' : String(value);
    return /[",\n\r]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = entries.map(({ grid, officers }) => gridTreeColumns.map((column) => {
    if (column === 'workers') return cell(grid.workers.join(';'));
    if (column === 'officers') return cell(officers.map((o) => `${o.department}=${o.unit}/${o.person}`).join(';'));
    return cell(grid[column]);
  }).join(','));
  return `${[gridTreeColumns.join(','), ...lines].join('\n')}\n`;
}
