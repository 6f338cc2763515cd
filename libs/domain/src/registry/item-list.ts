/** The item list (事项清单) of a district and who may enter it: stream `itemlist-{district}`. */
import { rejected, type DomainEvent, type Item, type JsonObject, type Rejection } from '@gridcase/events';
import type { Directory } from './directory';
import { districtIn, entriesMax, outsideJurisdiction, sameData, type RegistryEnvironment } from './registry';

/** What kind of act the item asks of the grid. The first three never enter, nor what does not fit a worker's duty (Z10). */
export const itemNatures = ['licensing', 'penalty', 'coercion', 'outside-duty', 'inspection', 'service', 'mediation'] as const;
export type ItemNature = (typeof itemNatures)[number];
/** `nature` decides upon admission; what is admitted is the item. */
export type ItemEntry = Item & { nature?: ItemNature };
export interface AdmitItems { district: string; items: ItemEntry[] }
export interface WithdrawItem { district: string; code: string; reason: string }

const WORDS: readonly { nature: ItemNature; words: readonly string[] }[] = [
  { nature: 'licensing', words: ['许可', '审批', '核准', '发证', '颁证'] },
  { nature: 'penalty', words: ['处罚', '罚款', '没收', '吊销'] },
  { nature: 'coercion', words: ['强制', '拘留', '查封', '扣押', '强拆', '冻结'] },
];

/** Why an item may not enter, by its nature or by the words of its name and category. @rule Z10 */
export function inadmissible(item: ItemEntry): { nature: ItemNature; word?: string } | undefined {
  if (item.nature && ['licensing', 'penalty', 'coercion', 'outside-duty'].includes(item.nature)) return { nature: item.nature };
  for (const { nature, words } of WORDS) {
    const word = words.find((part) => item.name.zh.includes(part) || item.category.includes(part));
    if (word !== undefined) return { nature, word };
  }
  return undefined;
}

/** All or nothing. @rule Z10 X6 X7 */
export function admitItems(command: AdmitItems, state: Directory, env: RegistryEnvironment): DomainEvent[] | Rejection {
  const { district, items } = command;
  const refusal = outsideJurisdiction(env.actor, district);
  if (refusal) return refusal;
  if (items.length > entriesMax) return rejected('TOO_MANY_ENTRIES', { count: items.length, max: entriesMax });
  const twice = items.find((item, index) => items.findIndex((other) => other.code === item.code) !== index);
  if (twice) return rejected('DUPLICATE_ENTRY', { entry: twice.code });
  const refused = items.flatMap((item): JsonObject[] => {
    const why = inadmissible(item);
    return why ? [{ code: item.code, name: item.name.zh, ...why }] : [];
  });
  if (refused.length > 0) return rejected('ITEM_NOT_ADMISSIBLE', { items: refused, names: refused.map((item) => String(item['name'])).join('、') }, 'Z10');
  const there = districtIn(state, district).items;
  return items
    .map(({ nature: _decidedUpon, ...item }): Item => item)
    .filter((item) => !sameData(there.get(item.code), item))
    .map((item): DomainEvent => ({ type: 'ItemAdmitted', data: { district, item } }));
}

/** @rule Z10 X7 */
export function withdrawItem({ district, code, reason }: WithdrawItem, state: Directory, env: RegistryEnvironment): DomainEvent[] | Rejection {
  const refusal = outsideJurisdiction(env.actor, district);
  if (refusal) return refusal;
  return districtIn(state, district).items.has(code) ? [{ type: 'ItemWithdrawn', data: { district, code, reason } }] : rejected('ITEM_UNKNOWN', { itemCode: code }, 'X7');
}
