import { setTimeout as delay } from 'node:timers/promises';
import { createLogger, Metrics, migrate, uuidFrom } from '@gridcase/platform';
import { testDatabase, waitUntil, WebhookReceiver, type HookAnswer, type TestDatabase } from '@gridcase/testing';
import type { Processor } from '../processors';
import { DeliveryWorker, type DeliveryOptions } from './delivery-worker';
import { EffectOutbox, effectOutboxTable, type ClaimedEffect } from './effect-outbox';
import { createWebhookSender, WEBHOOK } from './webhook-sender';

const SCHEMA = 'dispatch';
const secrets = [Buffer.alloc(32, 7)];
const eventId = (stream: string, revision: number) => uuidFrom('test', stream, String(revision));
const idOf = (stream: string, revision: number) => uuidFrom('gridcase.outbox', eventId(stream, revision), WEBHOOK);
let db: TestDatabase;
let outbox: EffectOutbox;
let receiver: WebhookReceiver;
let stops: (() => Promise<void>)[];

beforeEach(async () => {
  db = await testDatabase();
  await migrate(db.pool, SCHEMA, [effectOutboxTable(1)]);
  outbox = new EffectOutbox(db.pool, SCHEMA);
  receiver = await new WebhookReceiver().start();
  stops = [];
});
afterEach(async () => {
  for (const stop of stops) await stop();
  await receiver.stop();
  await db.drop();
});

let position = 0n;
const add = (stream: string, ...revisions: number[]) => revisions.reduce((before, revision) => before.then(() =>
  outbox.add({ id: eventId(stream, revision), stream, revision, position: (position += 1n) }, { target: WEBHOOK, kind: 'CaseDispatched', payload: { headers: { 'content-type': 'application/json' }, data: { stream, revision } } })), Promise.resolve());

function work(options: Partial<DeliveryOptions> & { timeoutMs?: number; box?: EffectOutbox } = {}) {
  const { timeoutMs = 2_000, box = outbox, ...rest } = options;
  const processors: Processor[] = [];
  const lines: string[] = [];
  const logger = createLogger({ service: 'test', level: 'info', destination: { write: (line: string) => void lines.push(line) } });
  const worker = new DeliveryWorker(box, { add: (processor) => void processors.push(processor) }, logger, {
    sender: createWebhookSender({ url: receiver.url, secrets, timeoutMs }), pollIntervalMs: 10, retry: { firstMs: 20, maxMs: 80 }, claimMarginMs: 300, ...rest,
  });
  worker.onApplicationBootstrap();
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= processors[0]!.stop());
  stops.push(stop);
  return { worker, stop, lines };
}
const rows = async () => (await db.pool.query(`select id, stream, revision, state, attempts, refusals, last_error, claimed_until, delivered_at from ${SCHEMA}.outbox order by position`)).rows;
const allIn = (state: string) => waitUntil(async () => (await rows()).every((row) => row.state === state), { timeoutMs: 15_000, what: `everything ${state}` });
/** Revisions of a stream in the order in which they took effect. */
const effectsOf = (stream: string) => receiver.effects().map(({ body }) => JSON.parse(body) as { stream: string; revision: number }).filter((data) => data.stream === stream).map(({ revision }) => revision);

it('what is written is delivered once, and marked', async () => {
  work();
  await add('case-1', 2, 5);
  await add('case-2', 1);
  await allIn('delivered');
  expect(receiver.received.map(({ id }) => id).sort()).toEqual([idOf('case-1', 2), idOf('case-1', 5), idOf('case-2', 1)].sort());
  for (const { headers, id } of receiver.received) expect(headers['idempotency-key']).toBe(id);
  for (const row of await rows()) expect(row).toMatchObject({ attempts: 1, last_error: null, claimed_until: null, delivered_at: expect.any(Date) });
});

it('the same event again adds nothing, delivered or not', async () => {
  await add('case-1', 1, 1);
  work();
  await allIn('delivered');
  await add('case-1', 1);
  await add('case-2', 1);
  await allIn('delivered');
  expect(receiver.received).toHaveLength(2);
  expect(await rows()).toHaveLength(2);
});

it('a receiver that is down gets everything when it is back, in the order of each case', async () => {
  await receiver.stop();
  const { lines } = work();
  await add('case-1', 1, 2, 3);
  await add('case-2', 1, 2);
  await waitUntil(async () => (await rows()).filter(({ attempts }) => attempts >= 3).length === 2, { timeoutMs: 5_000, what: 'some tries' });
  await add('case-1', 4);
  await receiver.start();
  await allIn('delivered');
  expect([effectsOf('case-1'), effectsOf('case-2')]).toEqual([[1, 2, 3, 4], [1, 2]]);
  // Told once when it began and once when it ended.
  const told = (words: string) => lines.filter((line) => line.includes(words));
  expect([told('do not get through').length, told('get through again').length]).toEqual([1, 1]);
  expect(lines.join('')).not.toContain('/hook');
});

it('500 is tried again under the same id; what stands behind it waits, other cases do not', async () => {
  receiver.answer = ({ body }, times) => ({ status: body.includes('"case-1"') && body.includes('"revision":1') && times < 6 ? 500 : 200 });
  work();
  await add('case-1', 1, 2);
  await add('case-2', 1);
  await waitUntil(() => effectsOf('case-2').length === 1, { timeoutMs: 5_000 });
  expect(effectsOf('case-1')).toEqual([]);
  await allIn('delivered');
  expect(receiver.of(idOf('case-1', 1))).toHaveLength(6);
  expect(effectsOf('case-1')).toEqual([1, 2]);
});

it('429 with Retry-After: nothing is sent before that', async () => {
  receiver.answer = (_, times) => (receiver.received.length === 1 && times === 1 ? { status: 429, headers: { 'retry-after': '1' } } : { status: 200 });
  work();
  await add('case-1', 1);
  await waitUntil(async () => (await rows())[0].last_error === 'HTTP_429', { timeoutMs: 5_000 });
  await add('case-2', 1);
  await allIn('delivered');
  const [first, ...later] = receiver.received;
  expect(later).toHaveLength(2);
  // The two read the clock at the two ends of a connection.
  for (const { atMs } of later) expect(atMs - first!.atMs).toBeGreaterThan(980);
});

it('a receiver that hangs costs one timeout, not the others their turn', async () => {
  receiver.answer = ({ body }, times) => (body.includes('"case-1"') && times === 1 ? 'hang' : { status: 200 });
  work({ timeoutMs: 400 });
  await add('case-1', 1);
  await add('case-2', 1);
  await waitUntil(() => effectsOf('case-2').length === 1, { timeoutMs: 5_000 });
  expect((await rows())[0]).toMatchObject({ state: 'waiting', attempts: 1 });
  await allIn('delivered');
  expect(receiver.of(idOf('case-1', 1))).toHaveLength(2);
});

it('a receiver that dies after it took the message gets it again under the same id', async () => {
  receiver.answer = (_, times) => (times === 1 ? 'die' : { status: 200 });
  work();
  await add('case-1', 1);
  await allIn('delivered');
  expect(receiver.received.map(({ id }) => id)).toEqual([idOf('case-1', 1), idOf('case-1', 1)]);
  expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
  expect(effectsOf('case-1')).toEqual([1]);
});

it('a process that ends between the delivery and its mark: another one delivers it again, under the same id', async () => {
  class Ended extends EffectOutbox {
    override delivered(): Promise<void> { throw new Error('the process is gone'); }
  }
  const first = work({ box: new Ended(db.pool, SCHEMA), timeoutMs: 400 });
  await add('case-1', 1, 2);
  await waitUntil(() => receiver.received.length === 1, { timeoutMs: 5_000 });
  await first.stop();
  work();
  await allIn('delivered');
  expect(receiver.received.map(({ id }) => id)).toEqual([idOf('case-1', 1), idOf('case-1', 1), idOf('case-1', 2)]);
});

it('what two workers share is sent once each, one at a time of a case, and never more at once than allowed', async () => {
  const open = new Map<string, number>();
  let together = 0;
  receiver.answer = ({ body }) => {
    const { stream } = JSON.parse(body) as { stream: string };
    open.set(stream, (open.get(stream) ?? 0) + 1);
    together = Math.max(together, open.get(stream)!);
    // Slow until both are at work.
    const afterMs = receiver.openMax > 4 ? 5 : 300;
    setTimeout(() => open.set(stream, open.get(stream)! - 1), afterMs - 2);
    return { status: 200, afterMs };
  };
  const streams = Array.from({ length: 30 }, (_, n) => `case-${n}`);
  for (const stream of streams) await add(stream, 1, 2, 3, 4);
  work({ inFlightMax: 4 });
  work({ inFlightMax: 4, box: new EffectOutbox(db.pool, SCHEMA) });
  await allIn('delivered');
  expect(receiver.received).toHaveLength(120);
  expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(120);
  expect(together).toBe(1);
  for (const stream of streams) expect(effectsOf(stream)).toEqual([1, 2, 3, 4]);
  expect(receiver.openMax).toBeGreaterThan(4);
  expect(receiver.openMax).toBeLessThanOrEqual(8);
});

it('whatever goes wrong, each takes effect once and in the order of its case', async () => {
  let calls = 0;
  const troubles: HookAnswer[] = [{ status: 500 }, 'die', { status: 503, headers: { 'retry-after': '0' } }, 'hang', { status: 200 }, { status: 200 }, { status: 425 }];
  receiver.answer = () => troubles[(calls += 1) % troubles.length]!;
  const streams = Array.from({ length: 8 }, (_, n) => `case-${n}`);
  const first = work({ timeoutMs: 100 });
  work({ timeoutMs: 100, box: new EffectOutbox(db.pool, SCHEMA) });
  for (const revision of [1, 2, 3]) for (const stream of streams) await add(stream, revision);
  await waitUntil(() => receiver.effects().length > 4, { timeoutMs: 10_000 });
  await first.stop();
  await allIn('delivered');
  for (const stream of streams) expect(effectsOf(stream)).toEqual([1, 2, 3]);
});

it('a refusal is given up after some tries and holds nobody up; an operator sees it and lets it go again', async () => {
  let wrongKey = true;
  receiver.answer = ({ body }) => ({ status: wrongKey && body.includes('"revision":1') ? 401 : 200 });
  const metrics = new Metrics({ service: 'test', processMetrics: false });
  const { lines } = work({ refusalsMax: 3, metrics });
  await add('case-1', 1, 2);
  await waitUntil(() => effectsOf('case-1').includes(2), { timeoutMs: 5_000 });
  expect(receiver.of(idOf('case-1', 1))).toHaveLength(3);
  expect(await outbox.listGivenUp(10)).toEqual([{ id: idOf('case-1', 1), target: WEBHOOK, kind: 'CaseDispatched', stream: 'case-1', revision: 1, attempts: 3, lastError: 'HTTP_401', createdAt: expect.any(Date) }]);
  expect(lines.filter((line) => line.includes('was given up'))).toHaveLength(1);
  await waitUntil(async () => /outbox_given_up\{service="test"\} 1\n/.test(await metrics.text()), { timeoutMs: 5_000 });
  wrongKey = false;
  expect(await outbox.retry(idOf('case-9', 9))).toBe(0);
  expect(await outbox.retry(idOf('case-1', 1))).toBe(1);
  await allIn('delivered');
  await waitUntil(async () => /outbox_waiting\{service="test"\} 0\n/.test(await metrics.text()), { timeoutMs: 5_000 });
  const text = await metrics.text();
  for (const [outcome, n] of [['delivered', 2], ['refused', 3], ['given_up', 1]]) expect(text).toContain(`gridcase_outbox_deliveries_total{outcome="${outcome}",service="test"} ${n}\n`);
  expect(text).toMatch(/gridcase_outbox_oldest_seconds\{service="test"\} 0\n/);
});

it('what waited too long is given up without being sent', async () => {
  await receiver.stop();
  const { stop } = work({ giveUpAfterMs: 60_000 });
  await add('case-1', 1, 2);
  await waitUntil(async () => (await rows())[0].attempts >= 2, { timeoutMs: 5_000 });
  await stop();
  await db.pool.query(`update ${SCHEMA}.outbox set waiting_since = now() - interval '61 seconds'`);
  await receiver.start();
  work({ giveUpAfterMs: 60_000 });
  await allIn('given_up');
  expect((await rows()).map(({ last_error }) => last_error)).toEqual(['ECONNREFUSED', 'EXPIRED']);
  expect(receiver.received).toEqual([]);
  // Asked for again, it has its time again.
  expect(await outbox.retry()).toBe(2);
  await allIn('delivered');
  expect(effectsOf('case-1')).toEqual([1, 2]);
});

it('a stop waits for the attempt in hand', async () => {
  receiver.answer = () => ({ status: 200, afterMs: 150 });
  const { stop } = work();
  await add('case-1', 1, 2);
  await waitUntil(() => receiver.received.length === 1, { timeoutMs: 5_000 });
  await stop();
  expect((await rows()).map(({ state }) => state)).toEqual(['delivered', 'waiting']);
  await delay(50);
  expect(receiver.received).toHaveLength(1);
});

it('a stop does not wait for ever: what it cut off is at once the next one\'s, and no failure', async () => {
  receiver.answer = (_, times) => (times === 1 ? 'hang' : { status: 200 });
  const { stop } = work({ timeoutMs: 60_000, drainMs: 50 });
  await add('case-1', 1);
  await waitUntil(() => receiver.received.length === 1, { timeoutMs: 5_000 });
  const began = performance.now();
  await stop();
  expect(performance.now() - began).toBeLessThan(5_000);
  expect((await rows())[0]).toMatchObject({ state: 'waiting', claimed_until: null, last_error: null });
  work({ timeoutMs: 60_000 });
  await allIn('delivered');
  expect(receiver.received.map(({ id }) => id)).toEqual([idOf('case-1', 1), idOf('case-1', 1)]);
});

it('one who was away longer than his claim changes nothing but a delivery', async () => {
  await add('case-1', 1);
  const claimOf = async (claimMs: number): Promise<ClaimedEffect> => (await outbox.claim(WEBHOOK, 10, claimMs))[0]!;
  const away = await claimOf(0);
  const present = await claimOf(60_000);
  expect(present.attempts).toBe(2);
  await outbox.postponed(away, { code: 'HTTP_500', refused: true, delayMs: 60_000 });
  await outbox.givenUp(away, 'HTTP_400');
  await outbox.released(away);
  expect((await rows())[0]).toMatchObject({ state: 'waiting', refusals: 0, last_error: null, claimed_until: expect.any(Date) });
  expect(await outbox.claim(WEBHOOK, 10, 60_000)).toEqual([]);
  await outbox.delivered(away);
  await outbox.postponed(present, { code: 'HTTP_500', refused: false, delayMs: 0 });
  expect((await rows())[0]).toMatchObject({ state: 'delivered' });
});

it('deletes what was delivered long ago, batch by batch, and nothing else', async () => {
  work({ pruneBatchSize: 3, pruneIntervalMs: 60_000 });
  await add('case-1', ...Array.from({ length: 10 }, (_, n) => n));
  await allIn('delivered');
  for (const stop of stops) await stop();
  await db.pool.query(`update ${SCHEMA}.outbox set delivered_at = now() - interval '8 days' where revision < 8`);
  await add('case-2', 1);
  await db.pool.query(`update ${SCHEMA}.outbox set state = 'given_up', waiting_since = now() - interval '80 days' where stream = 'case-2'`);
  work({ pruneBatchSize: 3, pruneIntervalMs: 60_000 });
  await waitUntil(async () => (await rows()).length === 3, { timeoutMs: 5_000, what: 'what is kept' });
  expect((await rows()).map(({ stream, revision }) => `${stream} ${revision}`)).toEqual(['case-1 8', 'case-1 9', 'case-2 1']);
  await db.pool.query(`update ${SCHEMA}.outbox set waiting_since = now() - interval '91 days' where stream = 'case-2'`);
  expect(await outbox.prune({ deliveredKeptMs: 7 * 86_400_000, givenUpKeptMs: 90 * 86_400_000, limit: 10 })).toBe(1);
});
