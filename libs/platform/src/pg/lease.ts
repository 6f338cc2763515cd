import type { Pool } from 'pg';

/**
 * One of several replicas holds it. A holder that does not renew in time loses it, and the epoch moves on with every change of hands:
 * it is the fencing token, so that what one who was away too long still writes can be told from what the present holder writes.
 * The table: `(name text primary key, holder text not null, epoch bigint not null, expires_at timestamptz not null)`.
 */
export class Lease {
  private held: bigint | undefined;

  /** `table`: as it stands in SQL, quoted where needed. */
  constructor(private readonly pool: Pool, private readonly table: string, private readonly name: string, private readonly holder: string, private readonly ttlMs: number) {}

  /** Of the time it is held; undefined when it is not. */
  get epoch(): bigint | undefined {
    return this.held;
  }

  /** Takes or renews it. False while another one holds it. Time is PostgreSQL's own: the only one all replicas share. */
  async hold(): Promise<boolean> {
    const { rows } = await this.pool.query<{ epoch: string }>(
      `insert into ${this.table} as lease (name, holder, epoch, expires_at) values ($1, $2, 1, clock_timestamp() + $3 * interval '1 millisecond')
       on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at, epoch = case when lease.holder = excluded.holder then lease.epoch else lease.epoch + 1 end
       where lease.holder = excluded.holder or lease.expires_at < clock_timestamp()
       returning epoch`,
      [this.name, this.holder, this.ttlMs],
    );
    this.held = rows[0] && BigInt(rows[0].epoch);
    return this.held !== undefined;
  }

  /** Renews only what is still held under the same epoch: false tells a holder in the middle of its work to stop. */
  async renew(): Promise<boolean> {
    if (this.held === undefined) return false;
    const { rowCount } = await this.pool.query(
      `update ${this.table} set expires_at = clock_timestamp() + $4 * interval '1 millisecond' where name = $1 and holder = $2 and epoch = $3`,
      [this.name, this.holder, this.held.toString(), this.ttlMs],
    );
    if (rowCount !== 1) this.held = undefined;
    return rowCount === 1;
  }

  async release(): Promise<void> {
    if (this.held === undefined) return;
    this.held = undefined;
    await this.pool.query(`update ${this.table} set expires_at = '-infinity' where name = $1 and holder = $2`, [this.name, this.holder]);
  }
}
