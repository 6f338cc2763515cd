import { hash, randomUUID } from 'node:crypto';

/**
 * The same namespace and parts give the same UUID for ever (RFC 9562 version 8 over SHA-256), so that a retry carries the
 * ids of the first try. Parts are length-prefixed: `('a', 'bc')` and `('ab', 'c')` differ.
 */
export function uuidFrom(namespace: string, ...parts: string[]): string {
  let text = '';
  for (const part of [namespace, ...parts]) text += `${Buffer.byteLength(part)}:${part}`;
  const bytes = hash('sha256', text, 'buffer').subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Gives new ids. Injected, so that tests can fix them. */
export type IdSource = () => string;

/** The one place that draws random ids. */
export const randomUuid: IdSource = () => randomUUID();
