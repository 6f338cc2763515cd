import { testDatabase, type TestDatabase } from '@gridcase/testing';
import type { DataSource } from 'typeorm';
import { createDataSource } from '.';
import { createLogger } from '../logging';

let db: TestDatabase;
let dataSource: DataSource;
beforeAll(async () => {
  db = await testDatabase();
  dataSource = await createDataSource(db.pool, db.schema).initialize();
});
afterAll(async () => {
  if (dataSource?.isInitialized) await dataSource.destroy();
  await db?.drop();
});

it('tells what failed by its code, and shows the parameters to nobody', async () => {
  const printed = (['log', 'warn', 'error', 'info'] as const).map((method) => jest.spyOn(console, method).mockImplementation(() => undefined));
  const lines: string[] = [];
  const error = await dataSource.query('select $1::int', ['x']).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: '22P02' });
  const silent = await dataSource.query('select no_such($1)', ['13800138000']).catch((reason: unknown) => reason);
  createLogger({ service: 'probe', destination: { write: (line) => void lines.push(line) } }).error({ err: silent }, 'failed');
  expect(lines.join()).toMatch(/no_such/);
  expect(lines.join()).not.toMatch(/13800138000/);
  for (const spy of printed) {
    expect(spy).not.toHaveBeenCalled();
    spy.mockRestore();
  }
});

it('closes without closing the pool it was lent', async () => {
  await dataSource.destroy();
  expect((await db.pool.query('select 1 one')).rows).toEqual([{ one: 1 }]);
});
