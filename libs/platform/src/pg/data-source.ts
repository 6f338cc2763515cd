import type { Pool } from 'pg';
import { AbstractLogger, DataSource, type EntitySchema, type MigrationInterface } from 'typeorm';

export type Entity = EntitySchema | (new () => object);
export interface DataSourceParts {
  entities?: readonly Entity[];
  migrations?: readonly (new () => MigrationInterface)[];
  migrationsTableName?: string;
}

/**
 * TypeORM on a pool of ours, not yet initialized: it makes no connections of its own, so limits, names and counts of connections stay
 * those of the pool, and `destroy` leaves the pool open. Tables are what migrations made of them: nothing is synchronized.
 */
export const createDataSource = (pool: Pool, schema: string, { entities = [], migrations = [], migrationsTableName }: DataSourceParts = {}): DataSource =>
  new DataSource({
    type: 'postgres', driver: lending(pool), schema, entities: [...entities], migrations: [...migrations], ...(migrationsTableName !== undefined && { migrationsTableName }),
    synchronize: false, installExtensions: false, logger: new Silent(),
  });

/** In place of the `pg` package, of which TypeORM takes the pool's class only. */
function lending(pool: Pool): object {
  const lent = { connect: pool.connect.bind(pool), on: () => undefined, end: (done: () => void) => done() };
  return { Pool: function () { return lent; } };
}

/** What fails is thrown to who asked, and logged there. TypeORM's own words would hold the parameters: personal data. */
class Silent extends AbstractLogger {
  protected writeLog(): void {}
}
