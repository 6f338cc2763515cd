import { Pool, escapeLiteral, type PoolClient, type QueryResult } from 'pg';

export interface PoolOptions {
  url: string;
  /** Shown in pg_stat_activity: `<app>.<purpose>`. */
  applicationName: string;
  /** Most connections at once. */
  max: number;
  /** A statement longer than this is cancelled. 0 = no limit (rebuilds, copies). Default 30 000. */
  statementTimeoutMs?: number;
  /** Waiting longer than this for a row or table lock fails. Default 10 000. */
  lockTimeoutMs?: number;
  /** A transaction left open without a statement for longer ends its connection. Default 60 000. */
  idleInTransactionTimeoutMs?: number;
  /** Waiting for a free or new connection. Default 10 000. */
  connectTimeoutMs?: number;
  /** An unused connection is closed after this. Default 30 000. */
  idleTimeoutMs?: number;
  /** An idle connection that breaks (a restart of the server); the pool replaces it by itself. */
  onIdleError?: (error: Error) => void;
}

/** A pool with every limit named. */
export function createPool(options: PoolOptions): Pool {
  if (!(Number.isInteger(options.max) && options.max > 0)) throw new RangeError(`a pool needs at least one connection, not ${options.max}`);
  const pool = new Pool({
    connectionString: options.url,
    application_name: options.applicationName,
    max: options.max,
    statement_timeout: options.statementTimeoutMs ?? 30_000,
    lock_timeout: options.lockTimeoutMs ?? 10_000,
    idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs ?? 60_000,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
    idleTimeoutMillis: options.idleTimeoutMs ?? 30_000,
    keepAlive: true,
  });
  // Without a listener a restart of the database would end the process.
  pool.on('error', (error) => options.onIdleError?.(error));
  // A client that is cut off in the very moment it is handed over has no listener of its user yet; its next query tells.
  pool.on('connect', (client) => void client.on('error', () => undefined));
  return pool;
}

/**
 * Runs the work in one transaction on one connection: commits when it returns, rolls back when it throws. `first`: statements without
 * parameters that go with the begin, in one round trip; `work` gets the result of the last.
 */
export async function inTransaction<T>(pool: Pool, work: (client: PoolClient, first: QueryResult) => Promise<T>, first = ''): Promise<T> {
  const client = await pool.connect();
  // A connection that breaks between two statements emits an error; the next statement rejects and reports it.
  const broken = () => undefined;
  client.on('error', broken);
  let unusable: Error | undefined;
  try {
    const opened: QueryResult | QueryResult[] = await client.query(`begin;${first}`);
    const result = await work(client, Array.isArray(opened) ? opened.at(-1)! : opened);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((rollbackError: Error) => (unusable = rollbackError));
    throw error;
  } finally {
    client.off('error', broken);
    client.release(unusable);
  }
}

/** To select: the transaction commits without waiting for the disk. For what is made again when a crash of the server takes it (ADR 19). */
export const WITHOUT_DISK = "set_config('synchronous_commit', 'off', true)";

/** Quotes a value for use in SQL text, where parameters cannot go. */
export const literal: (value: string) => string = escapeLiteral;

/** Quotes a name for use in SQL text. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
