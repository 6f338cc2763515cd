import type { CallContext } from '@gridcase/platform';
import { prefixPattern } from '@gridcase/service';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';

const unitRoles: ReadonlySet<string> = new Set(['unit-handler', 'unit-leader']);
export const isOfUnit = (actor: CallContext['actor']): boolean => unitRoles.has(actor.role);

/** A unit sees its own, everybody else what lies in his jurisdiction; the system sees everything. */
export function visible<Row extends ObjectLiteral>(query: SelectQueryBuilder<Row>, actor: CallContext['actor'], columns: { unit: string; grid: string }): SelectQueryBuilder<Row> {
  if (actor.role === 'system') return query;
  if (isOfUnit(actor)) return query.andWhere(`${columns.unit} = :ownUnit`, { ownUnit: actor.unit ?? '' });
  return query.andWhere(`${columns.grid} like :jurisdiction`, { jurisdiction: prefixPattern(actor.jurisdiction) });
}

export const prefix = (code: string | undefined): string | undefined => code && prefixPattern(code);
