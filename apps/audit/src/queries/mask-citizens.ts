import type { StoredEvent } from '@gridcase/events';

export const MASKED = '***';

/**
 * Personal data of reporters is masked by default (Z13, N3): the sealed part is not shown even as ciphertext, and neither is the id
 * of a citizen, by which reports of one person could be joined.
 */
export function maskData(data: Record<string, unknown>): Record<string, unknown> {
  const masked: Record<string, unknown> = { ...data };
  if (data['reporter'] !== undefined) masked['reporter'] = { personId: MASKED, sealed: MASKED };
  if (data['foundBy'] === 'citizen' && data['finder'] !== undefined) masked['finder'] = MASKED;
  if (data['channelId'] !== undefined) masked['channelId'] = MASKED;
  return masked;
}

export const maskActor = (actor: StoredEvent['metadata']['actor']): StoredEvent['metadata']['actor'] => (actor.role === 'citizen' ? { ...actor, person: MASKED } : actor);
