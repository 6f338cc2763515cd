import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { MigrationExecutor, type MigrationInterface, type QueryRunner } from 'typeorm';
import { createDataSource } from './data-source';
import { identifier } from './pool';

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

/** A migration that was applied has another name or text now. Applied migrations never change: add a new one. */
export class MigrationChanged extends Error {
  constructor(schema: string, version: number, name: string) {
    super(`migration ${version} (${name}) of schema ${schema} was changed after it had been applied`);
    this.name = 'MigrationChanged';
  }
}

const TABLE = 'schema_migrations';

/**
 * Brings a schema to the newest version, in one transaction: all or nothing. Any number of processes may start at once: an advisory
 * lock lets one do the work while the others wait and find it done. TypeORM keeps the table and applies what is missing; the lock, the
 * order and the refusals are ours (docs/adr/0013-typeorm.md).
 */
export async function migrate(pool: Pool, schema: string, migrations: readonly Migration[], options: MigrateOptions = {}): Promise<MigrateResult> {
  migrations.forEach((migration, index) => {
    if (migration.version !== index + 1) throw new Error(`migration ${migration.name} of schema ${schema} has number ${migration.version}, expected ${index + 1}`);
  });
  const dataSource = createDataSource(pool, schema, { migrations: migrations.map((migration) => classOf(schema, migration)), migrationsTableName: TABLE });
  await dataSource.initialize();
  try {
    return await dataSource.transaction(async ({ queryRunner }) => {
      const runner = queryRunner!;
      await runner.query(`select set_config('lock_timeout', $1, true), set_config('statement_timeout', '0', true)`, [String(options.lockTimeoutMs ?? 120_000)]);
      await runner.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [`gridcase.migrate:${schema}`]);
      await runner.createSchema(schema, true);
      await runner.query(`select set_config('search_path', $1, true)`, [identifier(schema)]);
      const executor = new MigrationExecutor(dataSource, runner);
      const applied = (await executor.getExecutedMigrations()).sort((a, b) => a.timestamp - b.timestamp);
      const from = applied.at(-1)?.timestamp ?? 0;
      if (from > migrations.length) throw new SchemaTooNew(schema, from, migrations.length);
      for (const { timestamp: version, name } of applied) {
        const migration = migrations[version - 1]!;
        if (name !== recordedName(migration)) throw new MigrationChanged(schema, version, migration.name);
      }
      await executor.executePendingMigrations();
      return { from, to: migrations.length };
    });
  } finally {
    await dataSource.destroy();
  }
}

/** As TypeORM wants it: a class, its number the last 13 digits of its name. */
function classOf(schema: string, migration: Migration): new () => MigrationInterface {
  return class {
    readonly name = recordedName(migration);
    async up(runner: QueryRunner): Promise<void> {
      try {
        if (typeof migration.up === 'string') await runner.query(migration.up);
        else await migration.up((await runner.connect()) as PoolClient);
      } catch (error) {
        throw new Error(`migration ${migration.version} (${migration.name}) of schema ${schema} failed: ${(error as Error).message}`, { cause: error });
      }
    }
    async down(): Promise<void> {
      throw new Error('a schema only goes forward');
    }
  };
}

/** With the checksum of the text. Code is known by its name only: its text depends on the compiler. */
const recordedName = ({ name, up, version }: Migration): string =>
  `${name} ${createHash('sha256').update(typeof up === 'string' ? up.trim() : `code:${name}`).digest('hex')} ${String(version).padStart(13, '0')}`;
