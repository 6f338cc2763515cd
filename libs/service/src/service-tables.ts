import type { Pool } from 'pg';
import { migrate, type Migration } from '@gridcase/platform';
import { installProjections, installStanding, type StreamProjection } from '@gridcase/projections';

/** What a service keeps in its schema: nothing of it is record. */
export interface ServiceTables {
  /** Working tables. */
  migrations?: readonly Migration[];
  projections?: readonly StreamProjection[];
  /** Id of a follower that keeps no read model and writes to the record all the same: where it stands is noted. */
  standing?: string;
}
export interface InstalledTables {
  /** Working tables: version before and now. */
  from: number;
  to: number;
  /** Read models whose present version has no tables yet: filled from the record by the service that starts, or by `gridcase rebuild`. */
  toRebuild: string[];
}

/** Brings them up to date; any number may do so at once, beside services that run. @throws SchemaTooNew, MigrationChanged */
export async function installTables(pool: Pool, schema: string, { migrations = [], projections = [], standing }: ServiceTables): Promise<InstalledTables> {
  const { from, to } = migrations.length > 0 ? await migrate(pool, schema, migrations) : { from: 0, to: 0 };
  const { toRebuild } = projections.length > 0 ? await installProjections(pool, schema, projections) : { toRebuild: [] };
  if (standing !== undefined) await installStanding(pool, schema, standing);
  return { from, to, toRebuild };
}
