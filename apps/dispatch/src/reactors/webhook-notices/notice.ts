import { maskEvent, toHttpHeaders, toPublicMessage, type StoredEvent } from '@gridcase/events';
import type { WebhookMessage } from '@gridcase/service';

/** What a receiver needs: which event of which case, when, which place in its order. Who acted, commands and hashes stay inside. */
const ATTRIBUTES: readonly string[] = ['content-type', 'ce_specversion', 'ce_id', 'ce_type', 'ce_source', 'ce_subject', 'ce_time', 'ce_recordedat', 'ce_revision'];

/**
 * The public form of an event as a CloudEvent over HTTP, in binary mode. What says who reported is masked.
 * @rule Z13 N3
 */
export function noticeOf(event: StoredEvent): WebhookMessage {
  const { headers, body } = toPublicMessage({ ...event, data: maskEvent(event) }, '');
  return { headers: toHttpHeaders(Object.fromEntries(Object.entries(headers).filter(([name]) => ATTRIBUTES.includes(name)))), data: JSON.parse(body) as object };
}
