import { Client, type ClientConfig } from 'pg';
import { testDatabase, type TestDatabase } from '@gridcase/testing';
import { HurtfulProxy } from './hurtful-proxy';

let database: TestDatabase;
let proxy: HurtfulProxy;
beforeAll(async () => {
  database = await testDatabase();
  const { hostname, port } = new URL(database.url);
  proxy = await HurtfulProxy.start({ host: hostname, port: Number(port) });
  await database.pool.query('create table done (n int)');
});
afterAll(async () => {
  await proxy.stop();
  await database.drop();
});

async function connected(config: ClientConfig = {}): Promise<Client> {
  const client = new Client({ connectionString: proxy.through(database.url), ...config });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
const count = async () => Number((await database.pool.query<{ count: string }>('select count(*) from done')).rows[0]!.count);

it('lets everything through', async () => {
  const client = await connected();
  expect((await client.query('select $1::int as n', [5])).rows).toEqual([{ n: 5 }]);
  await client.end();
});

it('loses the answer of what was done, as often as it was told, and nothing else', async () => {
  const lost = proxy.loseAnswers('insert into done', 1);
  const client = await connected();
  expect((await client.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
  await expect(client.query('insert into done values (1)')).rejects.toThrow(/terminated|reset/);
  await lost;
  expect(await count()).toBe(1);
  const another = await connected();
  await another.query('insert into done values (2)');
  expect(await count()).toBe(2);
  await another.end();
});

it('cuts every connection at once', async () => {
  const clients = [await connected(), await connected()];
  const ended = Promise.all(clients.map((client) => new Promise((resolve) => client.once('end', resolve))));
  expect(proxy.cut()).toBe(2);
  await ended;
});
