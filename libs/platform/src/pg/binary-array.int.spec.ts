import { testDatabase, type TestDatabase } from '@gridcase/testing';
import { hashValues, intValues, jsonValues, textValues, uuidValues } from '.';

let db: TestDatabase;
beforeAll(async () => (db = await testDatabase()));
afterAll(() => db.drop());

const backFrom = async (type: string, array: Buffer) => (await db.pool.query({ text: `select u.v::text from unnest($1::${type}[]) with ordinality as u (v, n) order by n`, values: [array], rowMode: 'array' })).rows.flat();

it('PostgreSQL reads what was written, nulls and all', async () => {
  const texts = ['', 'plain', null, '"quoted" \\ and {braces}, commas', '东关十字 🚲', 'line\nbreak', null];
  expect(await backFrom('text', textValues(texts))).toEqual(texts);
  expect(await backFrom('text', textValues([]))).toEqual([]);
  expect(await backFrom('json', jsonValues(['{"a":"\\"b\\""}', 'null']))).toEqual(['{"a":"\\"b\\""}', 'null']);
  expect(await backFrom('integer', intValues([0, -1, 2_147_483_647]))).toEqual(['0', '-1', '2147483647']);
  expect(await backFrom('uuid', uuidValues(['c8c745d5-f9ea-8353-870b-561365530fe8']))).toEqual(['c8c745d5-f9ea-8353-870b-561365530fe8']);
  expect(await backFrom('bytea', hashValues(['0f'.repeat(32)]))).toEqual([`\\x${'0f'.repeat(32)}`]);
});
