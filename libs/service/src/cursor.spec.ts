import { decodeCursor, encodeCursor, pageOf } from './cursor';

it('a cursor comes back as it was, and nothing else is taken for one', () => {
  expect(decodeCursor(encodeCursor(['2025-09-29', 7, null]), 3)).toEqual(['2025-09-29', 7, null]);
  for (const bad of ['', 'x', encodeCursor(['a']), Buffer.from('{"a":1}').toString('base64url'), Buffer.from('[{},{},{}]').toString('base64url')]) {
    expect(() => decodeCursor(bad, 3)).toThrow('INVALID_CURSOR');
  }
});

it('a page tells of the next one only when there is one', () => {
  const page = (rows: number[]) => pageOf(rows, 2, String, (row) => [row]);
  expect(page([1, 2])).toEqual({ items: ['1', '2'] });
  expect(page([1, 2, 3])).toEqual({ items: ['1', '2'], next: encodeCursor([2]) });
  expect(page([])).toEqual({ items: [] });
});
