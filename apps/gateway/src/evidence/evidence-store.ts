import type { Readable } from 'node:stream';

export interface StoredEvidence { sha256: string; mediaType: string; bytes: number }

/** Files as they were taken, by the SHA-256 of their content: the same file twice is kept once, none is ever altered. @rule X13 N5 */
export interface EvidenceStore {
  /** Reads the stream to its end. @throws RefusedRequest when empty, larger than `bytesMax` or of no known type; nothing is kept then. */
  put(content: Readable, bytesMax: number): Promise<StoredEvidence>;
  open(sha256: string): Promise<(StoredEvidence & { content: Readable }) | undefined>;
}
