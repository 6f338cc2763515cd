import { z } from 'zod';
import { catalogue, categoryOf, upcastEvent, type StoredEvent } from '@gridcase/events';
import { FIRST_PREVIOUS_HASH, recomputeHash } from './recompute-hash';

export const differenceKinds = ['events-missing', 'order', 'chain', 'content', 'position', 'unknown-type', 'version', 'category', 'schema', 'metadata'] as const;
export type DifferenceKind = (typeof differenceKinds)[number];
/** Where the record is not what was written. */
export interface Difference {
  kind: DifferenceKind;
  stream: string;
  revision: number;
  /** Decimal. */
  position: string;
  detail: string;
}

/** What is remembered of a stream between two of its events. */
export interface StreamTail { revision: number; hash: string }

const instant = z.iso.datetime({ precision: 3 });
const metadataSchema = z.object({
  correlationId: z.string(), causationId: z.string(), commandId: z.string(), commandDigest: z.string(),
  actor: z.object({ person: z.string(), role: z.string(), jurisdiction: z.string(), unit: z.string().optional() }),
  occurredAt: instant, recordedAt: instant, trace: z.string().optional(),
});

/**
 * One event against what went before it in its stream. After a difference the check goes on from what was found, so that one
 * damage is told once and not for every event behind it. @rule X18
 */
export function checkEvent(event: StoredEvent, tail: StreamTail | undefined): Difference[] {
  const found: Difference[] = [];
  const differ = (kind: DifferenceKind, detail: string) => found.push({ kind, stream: event.stream, revision: event.revision, position: String(event.position), detail });
  const expected = (tail?.revision ?? -1) + 1;
  if (event.revision > expected) {
    differ('events-missing', expected === event.revision - 1 ? `revision ${expected} is missing before it` : `revisions ${expected} to ${event.revision - 1} are missing before it`);
  } else if (event.revision < expected) {
    differ('order', `stands behind revision ${expected - 1}`);
  } else if (event.previousHash !== (tail?.hash ?? FIRST_PREVIOUS_HASH)) {
    differ('chain', tail ? `does not follow from revision ${tail.revision}: names the predecessor ${event.previousHash}, whose hash is ${tail.hash}` : `is first in its stream and names a predecessor ${event.previousHash}`);
  }
  const hash = recomputeHash(event);
  if (hash !== event.hash) differ('content', `hash ${event.hash} does not fit the content, which has ${hash}`);
  checkShape(event, differ);
  return found;
}

function checkShape(event: StoredEvent, differ: (kind: DifferenceKind, detail: string) => void): void {
  const metadata = metadataSchema.safeParse(event.metadata);
  if (!metadata.success) differ('metadata', issues(metadata.error));
  const definition = Object.hasOwn(catalogue, event.type) ? catalogue[event.type]! : undefined;
  if (!definition) return differ('unknown-type', `event type ${event.type} is not in the catalogue`);
  if (definition.category !== categoryOf(event.stream)) differ('category', `${event.type} belongs in ${definition.category} streams`);
  if (!(Number.isInteger(event.version) && event.version >= 1 && event.version <= definition.version)) return differ('version', `${event.type} has version ${event.version}, the catalogue knows 1 to ${definition.version}`);
  // What was written in an older version must still be readable: by today's schema, through the upcasters.
  const data = definition.schema.safeParse(upcastEvent(event).data);
  if (!data.success) differ('schema', `${event.type}: ${issues(data.error)}`);
}

/** Paths and causes, never values: they may be personal. */
const issues = (error: z.ZodError): string => error.issues.slice(0, 5).map(({ path, code }) => `${path.join('.') || 'all of it'} (${code})`).join(', ');
