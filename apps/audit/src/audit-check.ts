import type { EventStore } from '@gridcase/event-store';
import { checkRecord, type CheckOptions, type CheckProgress, type RecordReport } from './record-check/check-record';

export interface AuditCheckOptions extends Pick<CheckOptions, 'signal' | 'densePositions' | 'streamsMax'> {
  store: EventStore;
  /** Gets the report, line by line. */
  print(line: string): void;
  onProgress?: (progress: CheckProgress) => void;
  /** The report as one JSON object. */
  json?: boolean;
}

/** `gridcase audit check`: resolves with the exit code, 0 only when the record is whole. @rule X18 */
export async function auditCheck({ store, print, json, ...options }: AuditCheckOptions): Promise<number> {
  const report = await checkRecord(store, options);
  for (const line of json ? [JSON.stringify(report)] : linesOf(report)) print(line);
  return report.ok ? 0 : 1;
}

function linesOf({ ok, events, streams, head, differences, differenceCount }: RecordReport): string[] {
  const lines = [`${events} events in ${streams} streams checked up to position ${head}: ${ok ? 'every revision, hash and schema is as it was written' : `${differenceCount} difference(s)`}`];
  for (const { kind, stream, revision, position, detail } of differences) lines.push(`  ${kind}: ${stream} revision ${revision} (position ${position}): ${detail}`);
  if (differenceCount > differences.length) lines.push(`  … and ${differenceCount - differences.length} more`);
  return lines;
}
