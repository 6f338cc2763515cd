import { Inject, Injectable } from '@nestjs/common';
import { identifier } from '@gridcase/platform';
import { DataSource, type EntitySchema, type QueryRunner, type SelectQueryBuilder } from 'typeorm';
import { SCHEMA, SERVICE_OPTIONS } from './adapters';
import { Processors } from './processors';
import { ProblemError } from './replies';
import type { ServiceOptions } from './service.module';

const WAIT_TIMEOUT_MS = 5_000;

/**
 * PostgreSQL could not read a given value as its type (classes 22007, 22008, 22P02, 22003; 22021: U+0000 in a text). Of what a caller gives only the parts of
 * a cursor are not checked before: a made-up one is his mistake.
 */
const isUnreadableValue = (error: unknown): boolean => ['22007', '22008', '22P02', '22003', '22021'].includes(String((error as { code?: unknown }).code));

/** The read models of this service, read-only: a statement that writes fails. */
@Injectable()
export class ReadModels {
  private readonly begin: string;

  constructor(
    private readonly dataSource: DataSource, @Inject(SCHEMA) schema: string, @Inject(SERVICE_OPTIONS) private readonly options: ServiceOptions,
    private readonly processors: Processors,
  ) {
    this.begin = `begin read only; set local search_path = ${identifier(schema)}`;
  }

  /** An ordinary query on one view (`readModelOf`), under the alias its columns have in it. */
  select<Row extends object, Result>(view: EntitySchema<Row>, alias: string, read: (query: SelectQueryBuilder<Row>) => Promise<Result>): Promise<Result> {
    return this.reading((runner) => read(this.dataSource.createQueryBuilder(view, alias, runner)));
  }

  /** One row by its id. */
  find<Row extends { id: string }>(view: EntitySchema<Row>, id: string): Promise<Row | null> {
    return this.select(view, 'row', (query) => query.where('row.id = :id', { id }).getOne());
  }

  /** What a query builder does not say better. Table and view names stand without schema. */
  query<Row extends object = any>(sql: string, params: readonly unknown[] = []): Promise<Row[]> {
    return this.reading((runner) => runner.query(sql, params as unknown[]) as Promise<Row[]>);
  }

  /** Everything up to here is in the read models. Take it before the query whose answer it describes. */
  position(): bigint {
    return this.processors.position;
  }

  /** Read-your-writes, of read models and directory. @throws ProblemError READ_MODEL_BEHIND */
  async waitFor(position?: bigint, timeoutMs = this.options.readModelWaitMs ?? WAIT_TIMEOUT_MS): Promise<void> {
    if (position === undefined || position <= this.position()) return;
    if (!(await this.processors.waitForReadModels(position, timeoutMs))) throw new ProblemError({ code: 'READ_MODEL_BEHIND' });
  }

  private async reading<Result>(read: (runner: QueryRunner) => Promise<Result>): Promise<Result> {
    const runner = this.dataSource.createQueryRunner();
    try {
      await runner.query(this.begin);
      const result = await read(runner);
      await runner.query('commit');
      return result;
    } catch (error) {
      // A connection that cannot roll back is broken, and the pool drops it.
      await runner.query('rollback').catch(() => undefined);
      throw isUnreadableValue(error) ? new ProblemError({ code: 'INVALID_CURSOR' }) : error;
    } finally {
      await runner.release();
    }
  }
}
