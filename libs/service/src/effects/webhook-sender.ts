import { createHmac } from 'node:crypto';
import type { Attempt, EffectSender } from './delivery-worker';
import type { ClaimedEffect } from './effect-outbox';

/** Payload of a row whose target is the web hook. */
export interface WebhookMessage { /** Of the message itself; those of delivery and signature are added. */ headers: Record<string, string>; data: object }
export interface WebhookReceiver {
  url: string;
  /** Each signs: while a secret is replaced the receiver knows the old one or the new one. */
  secrets: readonly Buffer[];
  /** For one request, until its status is there. */
  timeoutMs?: number;
}
export const WEBHOOK = 'webhook';
const TIMEOUT_MS = 10_000;
/** Said no, but not for good: timed out, in progress, too early, too many. */
const LATER: readonly number[] = [408, 409, 425, 429];

/** `webhook-signature` of Standard Webhooks: HMAC-SHA256 over id, moment and body, one for each secret. */
export const webhookSignature = (secrets: readonly Buffer[], id: string, seconds: number, body: string): string =>
  secrets.map((secret) => `v1,${createHmac('sha256', secret).update(`${id}.${seconds}.${body}`).digest('base64')}`).join(' ');

/** Posts messages to one URL, signed as in Standard Webhooks. The URL may hold a token: it stands in no log and no error. */
export const createWebhookSender = ({ url, secrets, timeoutMs = TIMEOUT_MS }: WebhookReceiver): EffectSender => ({
  target: WEBHOOK, timeoutMs,
  send: async (effect, signal) => {
    try {
      const response = await fetch(url, { ...requestOf(effect, secrets), redirect: 'manual', signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) });
      // The status is the answer; a body is not waited for.
      await response.body?.cancel().catch(() => undefined);
      return attemptOf(response);
    } catch (error) {
      return { outcome: 'failed', code: codeOf(error) };
    }
  },
});

function requestOf({ id, payload, claimedAtSeconds }: ClaimedEffect, secrets: readonly Buffer[]): { method: string; headers: Record<string, string>; body: string } {
  const { headers, data } = payload as WebhookMessage;
  const body = JSON.stringify(data);
  return {
    method: 'POST', body,
    headers: {
      ...headers, 'user-agent': 'gridcase', 'idempotency-key': id,
      'webhook-id': id, 'webhook-timestamp': String(claimedAtSeconds), 'webhook-signature': webhookSignature(secrets, id, claimedAtSeconds, body),
    },
  };
}

/** A redirect counts as a refusal: notices go to the configured address or nowhere. */
function attemptOf({ ok, status, headers }: Response): Attempt {
  if (ok) return { outcome: 'delivered' };
  const outcome = status >= 500 || LATER.includes(status) ? 'failed' : 'refused';
  return { outcome, code: `HTTP_${status}`, ...(outcome === 'failed' && { retryAfterMs: retryAfterMs(headers) }) };
}

/** Seconds, or a date, which is measured against the sender's own clock. */
export function retryAfterMs(headers: Headers): number | undefined {
  const text = headers.get('retry-after')?.trim();
  if (!text) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const ms = Date.parse(text) - Date.parse(headers.get('date') ?? '');
  return ms > 0 ? ms : undefined;
}

function codeOf(error: unknown): string {
  if ((error as Error).name === 'TimeoutError') return 'TIMEOUT';
  const code = ((error as Error).cause as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? code : 'CONNECTION_FAILED';
}
