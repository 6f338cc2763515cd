import type { Page } from '@gridcase/platform';
import { ProblemError } from './replies';

export type CursorValue = string | number | boolean | null;

/** The sort key of the last row of a page, opaque to callers. */
export const encodeCursor = (key: readonly CursorValue[]): string => Buffer.from(JSON.stringify(key)).toString('base64url');

const isKey = (value: unknown, length: number): value is CursorValue[] =>
  Array.isArray(value) && value.length === length && value.every((part) => part === null || ['string', 'number', 'boolean'].includes(typeof part));

/** @throws ProblemError INVALID_CURSOR when it is none of ours with `length` parts. */
export function decodeCursor(cursor: string, length: number): CursorValue[] {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (isKey(key, length)) return key;
  } catch {
    // Not JSON: told below, like any other cursor that is none of ours.
  }
  throw new ProblemError({ code: 'INVALID_CURSOR' });
}

/** A page from `limit + 1` rows: the extra row only tells that there is a next page. */
export function pageOf<Row, Item>(rows: readonly Row[], limit: number, item: (row: Row) => Item, key: (row: Row) => readonly CursorValue[]): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(item), ...(rows.length > limit && last !== undefined && { next: encodeCursor(key(last)) }) };
}
