import { join } from 'node:path';
import { Client } from 'pg';
import { startPostgres, type Shutdown } from '@gridcase/platform';
import { databaseOwners, type Databases } from './database-owners';

/** Eight processes with a dozen connections each, and room for tools. */
const CONNECTIONS_MAX = '300';
export const databaseName = (owner: string): string => `gridcase_${owner.replaceAll('-', '_')}`;

/** In an embedded PostgreSQL, or in the one of `url`, whose role may create databases. */
export async function openDatabases(dataDir: string, url: string | undefined, shutdown: Shutdown): Promise<Databases> {
  const server = url ?? (await embedded(dataDir, shutdown));
  const client = new Client({ connectionString: server });
  await client.connect();
  try {
    const { rows } = await client.query<{ datname: string }>('select datname from pg_database');
    const present = new Set(rows.map(({ datname }) => datname));
    for (const name of databaseOwners.map(databaseName)) if (!present.has(name)) await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
  return Object.fromEntries(databaseOwners.map((owner) => [owner, Object.assign(new URL(server), { pathname: `/${databaseName(owner)}` }).href])) as Databases;
}

async function embedded(dataDir: string, shutdown: Shutdown): Promise<string> {
  const postgres = await startPostgres({ dataDir: join(dataDir, 'postgres'), settings: { max_connections: CONNECTIONS_MAX } });
  shutdown.onStop('servers', 'PostgreSQL', () => postgres.stop());
  return postgres.url;
}
