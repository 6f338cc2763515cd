/** The hash chain of a stream: pure, and the only writer of it. An auditor's check is a separate program. @rule X18 */
import { hash } from 'node:crypto';
import type { NewEvent } from '@gridcase/events';
import { NO_STREAM, type ExpectedHead } from './port';

/** Predecessor of a stream's first event. */
export const GENESIS_HASH = '0'.repeat(64);

export const previousHashOf = (expected: ExpectedHead): string => (expected === NO_STREAM ? GENESIS_HASH : expected.hash);
export const revisionOf = (expected: ExpectedHead): number => (expected === NO_STREAM ? -1 : expected.revision);

/**
 * RFC 8785 (JCS): keys in UTF-16 order, ECMAScript numbers, no white space. Written as text directly: a sorted copy handed to
 * JSON.stringify would put integer-like keys in numeric order. Like JSON.stringify it leaves out `undefined`.
 * @throws TypeError for what JSON cannot hold: NaN, Infinity, bigint, functions.
 */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case 'string': return JSON.stringify(value);
    case 'boolean': return value ? 'true' : 'false';
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`${value} has no JSON form`);
      return JSON.stringify(value);
    case 'object': break;
    default: throw new TypeError(`a ${typeof value} has no JSON form`);
  }
  if (value === null) return 'null';
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') return canonicalJson((value as { toJSON(): unknown }).toJSON());
  if (Array.isArray(value)) {
    let text = '[';
    for (let i = 0; i < value.length; i++) text += (i ? ',' : '') + (value[i] === undefined ? 'null' : canonicalJson(value[i]));
    return text + ']';
  }
  let text = '{';
  for (const key of Object.keys(value).sort()) {
    const member = (value as Record<string, unknown>)[key];
    if (member === undefined) continue;
    text += (text.length > 1 ? ',' : '') + JSON.stringify(key) + ':' + canonicalJson(member);
  }
  return text + '}';
}

/** An event with its place in the chain; `data` and `metadata` also as the canonical text that was hashed. */
export interface ChainedEvent { event: NewEvent; revision: number; dataText: string; metadataText: string; hash: string; previousHash: string }

/** hash = SHA-256 (hex) over the canonical JSON of {stream, revision, id, type, version, data, metadata, previousHash}. */
export function hashEvent(fields: { stream: string; revision: number; id: string; type: string; version: number; dataText: string; metadataText: string; previousHash: string }): string {
  // The members stand in canonical order; data and metadata are canonical texts already.
  const canonical = `{"data":${fields.dataText},"id":${JSON.stringify(fields.id)},"metadata":${fields.metadataText},"previousHash":"${fields.previousHash}","revision":${fields.revision},"stream":${JSON.stringify(fields.stream)},"type":${JSON.stringify(fields.type)},"version":${fields.version}}`;
  return hash('sha256', canonical, 'hex');
}

/** Chains the events to the expected head: no read is needed, because the store refuses the append at any other head. */
export function chainEvents(stream: string, expected: ExpectedHead, events: readonly NewEvent[]): ChainedEvent[] {
  let previousHash = previousHashOf(expected);
  let revision = revisionOf(expected);
  return events.map((event) => {
    const dataText = canonicalJson(event.data);
    const metadataText = canonicalJson(event.metadata);
    const chained = { event, revision: ++revision, dataText, metadataText, previousHash, hash: '' };
    chained.hash = hashEvent({ stream, revision, id: event.id, type: event.type, version: event.version, dataText, metadataText, previousHash });
    previousHash = chained.hash;
    return chained;
  });
}
