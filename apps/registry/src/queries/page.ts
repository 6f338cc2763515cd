import type { Page } from '@gridcase/platform';
import { decodeCursor, pageOf } from '@gridcase/service';

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 200;
export interface PageParams { cursor?: string; limit?: number }

/** A page of entries held in memory, in the order of their key. */
export function pageInOrder<T, Item>(entries: Iterable<T>, keyOf: (entry: T) => string, { cursor, limit = LIMIT_DEFAULT }: PageParams, item: (entry: T) => Item): Page<Item> {
  const after = cursor === undefined ? undefined : String(decodeCursor(cursor, 1)[0]);
  const count = Math.min(Math.max(1, limit), LIMIT_MAX);
  const following = [...entries].filter((entry) => after === undefined || keyOf(entry) > after).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return pageOf(following.slice(0, count + 1), count, item, (entry) => [keyOf(entry)]);
}
