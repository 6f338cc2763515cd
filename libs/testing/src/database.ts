import { randomUuid } from '@gridcase/platform';
import { Client, Pool } from 'pg';
import { waitUntil } from './wait-until';

export interface TestDatabase {
  pool: Pool;
  url: string;
  /** An empty schema in a database of its own; `public` is empty too. */
  schema: string;
  /** Drops the database. @throws Error when a connection leaks: not released to the pool, or opened and never closed. */
  drop(): Promise<void>;
}

const LEAK_GRACE_MS = 2_000;

/** A fresh, empty database on the one server of this jest run (`tools/jest/global-setup.cjs`). Drop it in `afterAll` or `afterEach`. */
export async function testDatabase(): Promise<TestDatabase> {
  const server = serverUrl();
  const name = `gridcase_test_${randomUuid().replaceAll('-', '')}`;
  await onServer(server, (client) => client.query(`create database ${name}`));
  const url = new URL(server);
  url.pathname = `/${name}`;
  const pool = new Pool({ connectionString: url.href, max: 20, application_name: 'gridcase-test-pool' });
  // The forced drop below ends idle clients; without a listener that would end the process.
  pool.on('error', () => undefined);
  // As every pool of the platform (createPool): cut off while it is handed over, a client has no other listener yet.
  pool.on('connect', (client) => void client.on('error', () => undefined));
  const schema = 'gridcase_test';
  await pool.query(`create schema ${schema}`);

  let dropped = false;
  const drop = async () => {
    if (dropped) return;
    dropped = true;
    const unreleased = () => pool.totalCount - pool.idleCount;
    const settled = await waitUntil(() => unreleased() === 0, { timeoutMs: LEAK_GRACE_MS }).then(() => true, () => false);
    const leakedClients = unreleased();
    if (settled) await pool.end();

    const leaks = await onServer(server, async (client) => {
      const open = async () =>
        (
          await client.query<{ application_name: string; state: string; query: string }>(
            `select application_name, state, query from pg_stat_activity where datname = $1 and backend_type = 'client backend' and application_name <> 'gridcase-test-pool'`,
            [name],
          )
        ).rows;
      await waitUntil(async () => (await open()).length === 0, { timeoutMs: LEAK_GRACE_MS }).catch(() => undefined);
      const rows = await open();
      await client.query(`drop database ${name} with (force)`);
      return rows;
    });
    if (!settled) void pool.end(); // its checked-out clients were just cut off by the server
    if (leakedClients > 0) throw new Error(`${leakedClients} client(s) of the test pool were never released`);
    if (leaks.length > 0) {
      const list = leaks.map((leak) => `${leak.application_name || 'unnamed'} (${leak.state}): ${leak.query.slice(0, 120)}`).join('\n  ');
      throw new Error(`${leaks.length} connection(s) to the test database were never closed:\n  ${list}`);
    }
  };
  return { pool, url: url.href, schema, drop };
}

function serverUrl(): string {
  const url = process.env['GRIDCASE_TEST_PG'];
  if (!url) throw new Error('no test server: run jest with the root configuration, which starts one (tools/jest/global-setup.cjs)');
  return url;
}

async function onServer<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, application_name: 'gridcase-test-admin' });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
