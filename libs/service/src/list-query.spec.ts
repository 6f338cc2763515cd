import type { SelectQueryBuilder } from 'typeorm';
import { containsPattern, narrow, pageSize, prefixPattern } from '.';

it('narrows by what was asked, and by nothing else', () => {
  const conditions: unknown[] = [];
  const query = { andWhere: (...condition: unknown[]) => void conditions.push(condition) } as unknown as SelectQueryBuilder<object>;
  expect(narrow(query, { 'c.due_at < :before::timestamptz': '2026-01-01', 'c.phase = :phase': undefined, 'c.unit = :unit': '', '(c.a = :text or c.b = :text)': 'x' })).toBe(query);
  expect(conditions).toEqual([['c.due_at < :before::timestamptz', { before: '2026-01-01' }], ['(c.a = :text or c.b = :text)', { text: 'x' }]]);
  expect(() => narrow(query, { 'c.open::boolean': 'x' })).toThrow('no parameter');
});

it('patterns find the text as it is written; pages have bounds', () => {
  expect([prefixPattern('1_0%'), containsPattern('a\\b')]).toEqual(['1\\_0\\%%', '%a\\\\b%']);
  expect([pageSize(), pageSize(0), pageSize(7), pageSize(1_000)]).toEqual([50, 1, 7, 200]);
});
