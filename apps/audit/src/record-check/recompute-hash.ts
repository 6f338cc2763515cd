/**
 * The hash chain from its definition (DESIGN §7), by an auditor's own code: nothing here comes from the writer in libs/event-store. A mistake
 * shared by both would never be found. Canonical JSON is the package of the RFC's author.
 */
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { StoredEvent } from '@gridcase/events';

export const FIRST_PREVIOUS_HASH = '0000000000000000000000000000000000000000000000000000000000000000';

/** @rule X18 — SHA-256 over RFC 8785 of what the event is, where it stands and what came before it. */
export function recomputeHash({ stream, revision, id, type, version, data, metadata, previousHash }: StoredEvent): string {
  const text = canonicalize({ stream, revision, id, type, version, data, metadata, previousHash });
  return createHash('sha256').update(text!, 'utf8').digest('hex');
}
