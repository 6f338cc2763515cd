import { WebhookReceiver, type HookAnswer } from '@gridcase/testing';
import type { ClaimedEffect } from './effect-outbox';
import { createWebhookSender, retryAfterMs, webhookSignature } from './webhook-sender';

const secret = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
const effect: ClaimedEffect = {
  id: '0d6a8c7e-4a5b-8c1d-9e2f-30415263748f', kind: 'CaseDispatched', stream: 'case-1', revision: 2, attempts: 1, refusals: 0, waitedMs: 0, claimedAtSeconds: 1_614_265_330,
  payload: { headers: { 'content-type': 'application/json', 'ce-id': 'e-1' }, data: { lead: 'u-1', instruction: '当日更换' } },
};
const never = new AbortController().signal;
let receiver: WebhookReceiver;
beforeEach(async () => { receiver = await new WebhookReceiver().start(); });
afterEach(() => receiver.stop());
const send = async (answer: HookAnswer, timeoutMs = 5_000) => {
  receiver.answer = () => answer;
  return createWebhookSender({ url: receiver.url, secrets: [secret], timeoutMs }).send(effect, never);
};

it('signs as Standard Webhooks does: the example that its libraries share', () => {
  const [id, seconds, body] = ['msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, '{"test": 2432232314}'] as const;
  expect(webhookSignature([secret], id, seconds, body)).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  const both = webhookSignature([secret, Buffer.alloc(24)], id, seconds, body).split(' ');
  expect(both).toEqual(['v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=', expect.stringMatching(/^v1,/)]);
});

it('posts the message, and signs the very bytes it posts', async () => {
  expect(await send({ status: 200 })).toEqual({ outcome: 'delivered' });
  const { headers, body } = receiver.received[0]!;
  expect(JSON.parse(body)).toEqual(effect.payload.data);
  expect(headers).toMatchObject({ 'content-type': 'application/json', 'ce-id': 'e-1', 'idempotency-key': effect.id, 'webhook-id': effect.id, 'webhook-timestamp': '1614265330' });
  expect(headers['webhook-signature']).toBe(webhookSignature([secret], effect.id, 1_614_265_330, body));
});

it.each([200, 201, 202, 204])('%i is delivered', async (status) => expect(await send({ status })).toEqual({ outcome: 'delivered' }));
it.each([408, 409, 425, 429, 500, 502, 503, 504])('%i may work later', async (status) => expect(await send({ status })).toMatchObject({ outcome: 'failed', code: `HTTP_${status}` }));
it.each([301, 302, 307, 400, 401, 403, 404, 410, 422])('%i is a refusal, a redirect too', async (status) => {
  expect(await send({ status, headers: { location: `${receiver.url}/elsewhere` } })).toEqual({ outcome: 'refused', code: `HTTP_${status}` });
  expect(receiver.received).toHaveLength(1);
});

it('no answer in time, a cut connection, nobody there: each fails with a code and no address', async () => {
  expect(await send('hang', 50)).toEqual({ outcome: 'failed', code: 'TIMEOUT' });
  expect(await send('die')).toEqual({ outcome: 'failed', code: expect.stringMatching(/^[A-Z_]+$/) });
  const nobody = await new WebhookReceiver().start();
  await nobody.stop();
  expect(await createWebhookSender({ url: nobody.url, secrets: [secret] }).send(effect, never)).toEqual({ outcome: 'failed', code: 'ECONNREFUSED' });
});

it('reads Retry-After in seconds, and as a date by the clock of who sent it', async () => {
  const of = (headers: Record<string, string>) => retryAfterMs(new Headers(headers));
  expect(await send({ status: 429, headers: { 'retry-after': '7' } })).toEqual({ outcome: 'failed', code: 'HTTP_429', retryAfterMs: 7_000 });
  expect(of({ 'retry-after': 'Wed, 21 Oct 2015 07:28:30 GMT', date: 'Wed, 21 Oct 2015 07:28:00 GMT' })).toBe(30_000);
  const useless: Record<string, string>[] = [{}, { 'retry-after': 'soon' }, { 'retry-after': '-1' }, { 'retry-after': 'Wed, 21 Oct 2015 07:28:30 GMT' }, { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT', date: 'Wed, 21 Oct 2015 07:28:30 GMT' }];
  expect(useless.map(of)).toEqual(useless.map(() => undefined));
});
