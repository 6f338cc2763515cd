import type { Pool } from 'pg';
import { upcastEvent } from '@gridcase/events';
import type { EventStore } from '@gridcase/event-store';
import { rebuild } from '@gridcase/projections';
import type { Reader } from '../owned-tables';
import { FINDINGS_MAX, Findings, type OnProgress, type SectionReport } from './report';

export interface ReadModelsOptions { findingsMax?: number; signal?: AbortSignal; onProgress?: OnProgress }

/** Every read model of every service equals the fold of the record, row by row. Nothing is switched. @rule X18 */
export async function checkReadModels(store: EventStore, readers: readonly (Reader & { pool: Pool })[], { findingsMax = FINDINGS_MAX, signal, onProgress }: ReadModelsOptions = {}): Promise<SectionReport> {
  const findings = new Findings('read-models', findingsMax);
  let rows = 0;
  let models = 0;
  for (const { service, schema, projections, pool } of readers) {
    const head = await store.head();
    const report = await rebuild({
      pool, store, upcast: upcastEvent, schema, projections, compareOnly: true, differencesShownMax: findingsMax, signal,
      onProgress: ({ position }) => onProgress?.({ section: `read-models of ${service}`, position, head }),
    });
    for (const { name, version, rows: count, differences } of report.projections) {
      rows += count;
      models += 1;
      if (!differences) findings.add({ kind: 'not-live', service, table: `${schema}.${name}`, detail: `there are no live tables of version ${version} of this record to compare with` });
      for (const { table, key, stream, kind, live, rebuilt } of differences?.examples ?? []) {
        findings.add({ kind: `row-${kind}`, service, table, key, stream, detail: `live revision ${live ?? 'none'}, rebuilt ${rebuilt ?? 'none'}` });
      }
      findings.addUnnamed('more', (differences?.count ?? 0) - (differences?.examples.length ?? 0));
    }
    const missed = await firstBehind(store, projections.flatMap(({ categories }) => categories), report.position, head);
    if (missed) findings.add({ kind: 'behind', service, table: `${schema}.checkpoint`, ...missed, detail: `the live tables end at position ${report.position}: everything from here on is not in them yet` });
  }
  return findings.report(`${rows} rows in ${models} read models of ${readers.map(({ service }) => service).join(', ')}`, 'every row is what the record gives', { rows, models });
}

/** An event that stood already when the comparison began, and that the live tables have not seen. */
async function firstBehind(store: EventStore, categories: readonly string[], after: bigint, head: bigint): Promise<{ stream: string; revision: number; position: string } | undefined> {
  const { events: [event] } = await store.readAll({ after, limit: 1, categories: [...new Set(categories)] });
  return event && event.position <= head ? { stream: event.stream, revision: event.revision, position: String(event.position) } : undefined;
}
