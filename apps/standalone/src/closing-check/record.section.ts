import type { EventStore } from '@gridcase/event-store';
import { checkRecord } from '@gridcase-apps/audit';
import { FINDINGS_MAX, Findings, type OnProgress, type SectionReport } from './report';

export interface RecordSectionOptions { densePositions: boolean; findingsMax?: number; pageEvents?: number; signal?: AbortSignal; onProgress?: OnProgress }

/** Every stream's revisions gapless, its hash chain whole, every event as its schema says. @rule X18 */
export async function checkRecordSection(store: EventStore, { findingsMax = FINDINGS_MAX, pageEvents, densePositions, signal, onProgress }: RecordSectionOptions): Promise<SectionReport> {
  const { events, streams, head, differences, differenceCount } = await checkRecord(store, {
    densePositions, signal, differencesMax: findingsMax, ...(pageEvents !== undefined && { pageEvents }), onProgress: ({ position, head }) => onProgress?.({ section: 'record', position, head }),
  });
  const findings = new Findings('record', findingsMax);
  for (const { kind, stream, revision, position, detail } of differences) findings.add({ kind, stream, revision, position, detail });
  findings.addUnnamed('more', differenceCount - differences.length);
  return findings.report(`${events} events in ${streams} streams checked up to position ${head}`, 'every revision, hash and schema is as it was written', { events, streams });
}
