import type { StoredEvent } from './envelope';
import { personalFields } from './personal-fields';

export const MASKED = '***';

/**
 * Personal data of reporters is masked by default: what is sealed is not shown even as ciphertext, and neither is the id of a
 * citizen, by which the reports of one person could be joined.
 * @rule Z13 N3
 */
export function maskEvent({ type, data }: Pick<StoredEvent, 'type' | 'data'>): Record<string, unknown> {
  const masked = structuredClone(data) as Record<string, unknown>;
  for (const { sealed, person } of personalFields[type] ?? []) {
    mask(masked, sealed.split('.'));
    mask(masked, person.split('.'));
  }
  if (masked['channelId'] !== undefined) masked['channelId'] = MASKED;
  if (masked['foundBy'] === 'citizen' && Array.isArray(masked['evidence'])) for (const piece of masked['evidence'] as Record<string, unknown>[]) mask(piece, ['takenBy']);
  return maskFinder(masked);
}

/** Of a report or a case found by a citizen. */
export const maskFinder = <T extends { foundBy?: unknown; finder?: unknown }>(data: T): T => (data.foundBy === 'citizen' && data.finder !== undefined ? { ...data, finder: MASKED } : data);

export const maskActor = (actor: StoredEvent['metadata']['actor']): StoredEvent['metadata']['actor'] => (actor.role === 'citizen' ? { ...actor, person: MASKED } : actor);

function mask(data: Record<string, unknown>, [name, ...rest]: string[]): void {
  const value = data[name!];
  if (value === undefined || value === null) return;
  if (rest.length === 0) data[name!] = MASKED;
  else if (typeof value === 'object') mask(value as Record<string, unknown>, rest);
}
