import type { Pool } from 'pg';
import { Lease as GeneralLease, identifier } from '@gridcase/platform';

/**
 * Who runs the timers of this service: one of its replicas. What two holders would fire in the moment between is recognised by its
 * command id.
 */
export class Lease extends GeneralLease {
  constructor(pool: Pool, schema: string, name: string, holder: string, ttlMs: number) {
    super(pool, `${identifier(schema)}.timer_lease`, name, holder, ttlMs);
  }
}
