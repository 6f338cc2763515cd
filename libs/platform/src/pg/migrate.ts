import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { identifier, inTransaction } from './pool';

export interface Migration {
  /** 1, 2, 3 … without gaps. */
  version: number;
  name: string;
  /** SQL, written without schema names (`search_path` is the schema), or code for what SQL alone cannot do. */
  up: string | ((client: PoolClient) => Promise<void>);
}

export interface MigrateOptions {
  /** For waiting until another starting process has finished its own. Default 120 000. */
  lockTimeoutMs?: number;
}

export interface MigrateResult { from: number; to: number }

/** The database was written by a newer program: this one would misread it. */
export class SchemaTooNew extends Error {
  constructor(schema: string, found: number, known: number) {
    super(`schema ${schema} is at version ${found}, this program knows up to ${known}: run a newer program`);
    this.name = 'SchemaTooNew';
  }
}

/** A migration that was applied has another text now. Applied migrations never change: add a new one. */
export class MigrationChanged extends Error {
  constructor(schema: string, version: number, name: string) {
    super(`migration ${version} (${name}) of schema ${schema} was changed after it had been applied`);
    this.name = 'MigrationChanged';
  }
}

/**
 * Brings a schema to the newest version, in one transaction: all or nothing. Any number of processes may start at once: an advisory
 * lock lets one do the work while the others wait and find it done.
 */
export async function migrate(pool: Pool, schema: string, migrations: readonly Migration[], options: MigrateOptions = {}): Promise<MigrateResult> {
  migrations.forEach((migration, index) => {
    if (migration.version !== index + 1) throw new Error(`migration ${migration.name} of schema ${schema} has number ${migration.version}, expected ${index + 1}`);
  });
  return inTransaction(pool, async (client) => {
    await client.query(`select set_config('lock_timeout', $1, true), set_config('statement_timeout', '0', true)`, [String(options.lockTimeoutMs ?? 120_000)]);
    await client.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [`gridcase.migrate:${schema}`]);
    await client.query(`create schema if not exists ${identifier(schema)}`);
    await client.query(`select set_config('search_path', $1, true)`, [identifier(schema)]);
    await client.query(
      `create table if not exists schema_migrations (
         version integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())`,
    );
    const { rows: applied } = await client.query<{ version: number; checksum: string }>('select version, checksum from schema_migrations order by version');
    const from = applied.at(-1)?.version ?? 0;
    if (from > migrations.length) throw new SchemaTooNew(schema, from, migrations.length);
    for (const { version, checksum } of applied) {
      const migration = migrations[version - 1]!;
      if (checksum !== checksumOf(migration)) throw new MigrationChanged(schema, version, migration.name);
    }
    for (const migration of migrations.slice(from)) {
      try {
        if (typeof migration.up === 'string') await client.query(migration.up);
        else await migration.up(client);
      } catch (error) {
        throw new Error(`migration ${migration.version} (${migration.name}) of schema ${schema} failed: ${(error as Error).message}`, { cause: error });
      }
      await client.query('insert into schema_migrations (version, name, checksum) values ($1, $2, $3)', [migration.version, migration.name, checksumOf(migration)]);
    }
    return { from, to: migrations.length };
  });
}

/** Code is known by its name only: its text depends on the compiler. */
function checksumOf(migration: Migration): string {
  return createHash('sha256').update(typeof migration.up === 'string' ? migration.up.trim() : `code:${migration.name}`).digest('hex');
}
