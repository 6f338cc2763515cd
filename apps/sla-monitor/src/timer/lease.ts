import type { Pool } from 'pg';
import { identifier } from '@gridcase/platform';

/**
 * Who runs the timers of this service: one of its replicas. A holder that does not renew in time loses it, and the epoch moves on
 * with every change of hands, so that one who was away too long finds out at its next renewal. What two holders would fire in
 * the moment between is recognised by its command id.
 */
export class Lease {
  private readonly table: string;
  private epoch: bigint | undefined;

  constructor(private readonly pool: Pool, schema: string, private readonly name: string, private readonly holder: string, private readonly ttlMs: number) {
    this.table = `${identifier(schema)}.timer_lease`;
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
    this.epoch = rows[0] && BigInt(rows[0].epoch);
    return this.epoch !== undefined;
  }

  /** Renews only what is still held under the same epoch: false tells a holder in the middle of its work to stop. */
  async renew(): Promise<boolean> {
    if (this.epoch === undefined) return false;
    const { rowCount } = await this.pool.query(
      `update ${this.table} set expires_at = clock_timestamp() + $4 * interval '1 millisecond' where name = $1 and holder = $2 and epoch = $3`,
      [this.name, this.holder, this.epoch.toString(), this.ttlMs],
    );
    if (rowCount !== 1) this.epoch = undefined;
    return rowCount === 1;
  }

  async release(): Promise<void> {
    if (this.epoch === undefined) return;
    this.epoch = undefined;
    await this.pool.query(`update ${this.table} set expires_at = '-infinity' where name = $1 and holder = $2`, [this.name, this.holder]);
  }
}
