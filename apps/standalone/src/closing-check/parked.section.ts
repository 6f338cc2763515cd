import type { Pool } from 'pg';
import { listParked } from '@gridcase/projections';
import { Findings, type SectionReport } from './report';

/**
 * Nothing is parked: each stream that is needs an operator. That nobody misses one is up to the alert `GridcaseStreamParked`, whose figure is
 * counted from this very table.
 */
export async function checkParked(readers: readonly { service: string; schema: string; pool: Pool }[], { findingsMax }: { findingsMax?: number } = {}): Promise<SectionReport> {
  const findings = new Findings('parked', findingsMax);
  for (const { service, schema, pool } of readers) {
    // What went wrong may hold words of a case: `gridcase parked` shows it.
    for (const { processor, stream, revision, parkedAt } of await listParked(pool, schema)) {
      findings.add({ kind: 'parked', service, table: `${schema}.parked`, key: processor, stream, revision, detail: `since ${parkedAt.toISOString()}; gridcase parked ${service} says why` });
    }
  }
  return findings.report(`parked streams of ${readers.map(({ service }) => service).join(', ')}`, 'none', {});
}
