import { Inject, Injectable } from '@nestjs/common';
import type { Pool, QueryResultRow } from 'pg';
import { identifier } from '@gridcase/platform';
import { POOL, SCHEMA, SERVICE_OPTIONS } from './adapters';
import { Processors } from './processors';
import { ProblemError } from './replies';
import type { ServiceOptions } from './service.module';

const WAIT_TIMEOUT_MS = 5_000;

/**
 * PostgreSQL could not read a given value as its type (classes 22007, 22008, 22P02, 22003). Of what a caller gives only the parts of
 * a cursor are not checked before: a made-up one is his mistake.
 */
const isUnreadableValue = (error: unknown): boolean => ['22007', '22008', '22P02', '22003'].includes(String((error as { code?: unknown }).code));

/** The read models of this service, read-only. */
@Injectable()
export class ReadModels {
  private readonly begin: string;

  constructor(
    @Inject(POOL) private readonly pool: Pool, @Inject(SCHEMA) schema: string, @Inject(SERVICE_OPTIONS) private readonly options: ServiceOptions,
    private readonly processors: Processors,
  ) {
    this.begin = `begin read only; set local search_path = ${identifier(schema)}`;
  }

  /** Table and view names stand without schema. A statement that writes fails. */
  async query<Row extends QueryResultRow = any>(sql: string, params: readonly unknown[] = []): Promise<Row[]> {
    const client = await this.pool.connect();
    let broken: Error | undefined;
    try {
      await client.query(this.begin);
      const { rows } = await client.query<Row>(sql, params as unknown[]);
      await client.query('commit');
      return rows;
    } catch (error) {
      await client.query('rollback').catch((lost: Error) => (broken = lost));
      throw isUnreadableValue(error) ? new ProblemError({ code: 'INVALID_CURSOR' }) : error;
    } finally {
      client.release(broken);
    }
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
}
