import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';

const PARAMETER = /(?<!:):(\w+)/;

/**
 * Narrows a list by what was asked: `{ 'board.phase = :state': params.state }`, a condition with one parameter and its value. What is
 * absent or empty asks nothing. A condition with `or` stands in brackets.
 */
export function narrow<Row extends ObjectLiteral>(query: SelectQueryBuilder<Row>, asked: Readonly<Record<string, string | undefined>>): SelectQueryBuilder<Row> {
  for (const [condition, value] of Object.entries(asked)) {
    const parameter = PARAMETER.exec(condition)?.[1];
    if (parameter === undefined) throw new TypeError(`no parameter in the condition ${condition}`);
    if (value !== undefined && value !== '') query.andWhere(condition, { [parameter]: value });
  }
  return query;
}

const escaped = (text: string): string => text.replace(/[\\%_]/g, '\\$&');
/** For LIKE. */
export const prefixPattern = (prefix: string): string => `${escaped(prefix)}%`;
export const containsPattern = (text: string): string => `%${escaped(text)}%`;

const LIMIT = 50;
const LIMIT_MAX = 200;
/** Of a page of a list. */
export const pageSize = (limit = LIMIT): number => Math.min(Math.max(1, limit), LIMIT_MAX);
