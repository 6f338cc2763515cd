import { createHash } from 'node:crypto';
import type { CaseState } from '@gridcase/domain';
import type { StoredEvent } from '@gridcase/events';
import { canonicalJson } from '@gridcase/event-store';

export interface ArchiveFile { content: string; sha256: string; bytes: number; events: number; headHash: string }

/**
 * All material of a closed case as one file: the case as it stood at closing, its own events and those of every report of it,
 * each with its place in the hash chain, and the evidence by hash. Made anew from the record it is the same, byte for byte.
 * @rule H4.2.8
 */
export function archiveFile(state: CaseState, caseEvents: readonly StoredEvent[], reportEvents: readonly StoredEvent[]): ArchiveFile {
  const closing = caseEvents.findIndex((e) => e.type === 'CaseClosed');
  const own = caseEvents.slice(0, closing + 1);
  const { clocks: _clocks, archive: _archive, ...facts } = state;
  const content = canonicalJson({
    format: 'gridcase.archive.v1', case: { ...facts, phase: 'closed' }, events: own.map(entry), reports: reportEvents.map(entry),
    evidence: [...own, ...reportEvents].flatMap((e) => ((e.data as { evidence?: object[] }).evidence ?? []).map((item) => ({ ...item, stream: e.stream, revision: e.revision }))),
  });
  return { content, sha256: createHash('sha256').update(content).digest('hex'), bytes: Buffer.byteLength(content), events: own.length, headHash: own.at(-1)!.hash };
}

const entry = ({ stream, revision, id, type, version, data, metadata, hash, previousHash }: StoredEvent) => ({ stream, revision, id, type, version, data, metadata, hash, previousHash });
