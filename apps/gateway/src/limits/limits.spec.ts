import { waitUntil } from '@gridcase/testing';
import request from 'supertest';
import { startTestGateway } from '../testing/start-test-gateway';
import { ConcurrencyLimit, type Leave } from './concurrency-limit';
import { RateLimiter } from './rate-limiter';

it('turns away what is too much at once, on both transports, and recovers', async () => {
  const gateway = await startTestGateway({ limits: { underWayMax: 2 } });
  let open = (): void => undefined;
  gateway.services.gate = new Promise((resolve) => (open = resolve));
  const list = () => request(gateway.url).get('/v1/cases').set('Authorization', gateway.as('auditor'));
  const held = [list().then((answer) => answer.status), list().then((answer) => answer.status)];
  await waitUntil(() => gateway.services.queries.length === 2, { timeoutMs: 5_000 });
  const refused = await list();
  expect([refused.status, refused.body.code, refused.headers['retry-after']]).toEqual([503, 'BUSY', '1']);
  const viaGrpc = await gateway.grpc.call('Cases', 'ListCases', {}, { authorization: gateway.as('auditor') });
  expect(viaGrpc).toMatchObject({ ok: false, problem: { code: 'BUSY' } });
  expect((await request(gateway.url).get('/health/live')).status).toBe(200);
  open();
  expect(await Promise.all(held)).toEqual([200, 200]);
  expect((await list()).status).toBe(200);
  await gateway.close();
});

it('gives a place back when the caller hangs up', async () => {
  const gateway = await startTestGateway({ limits: { underWayMax: 1 } });
  let open = (): void => undefined;
  gateway.services.gate = new Promise((resolve) => (open = resolve));
  const gone = new AbortController();
  const hung = fetch(`${gateway.url}/v1/cases`, { headers: { authorization: gateway.as('auditor') }, signal: gone.signal }).catch(() => 'hung up');
  await waitUntil(() => gateway.services.queries.length === 1, { timeoutMs: 5_000 });
  gone.abort();
  expect(await hung).toBe('hung up');
  open();
  gateway.services.gate = undefined;
  await waitUntil(async () => (await request(gateway.url).get('/v1/cases').set('Authorization', gateway.as('auditor'))).status === 200, { timeoutMs: 5_000 });
  await gateway.close();
});

it('limits each caller for himself', () => {
  let nowMs = 0;
  const limiter = new RateLimiter({ perCaller: { perSecond: 2, burst: 3 }, perAddress: { perSecond: 1, burst: 1 } }, () => nowMs);
  const taken = (person?: string): boolean => { try { limiter.takeFor(person, '10.0.0.1'); return true; } catch (error) { expect(error).toMatchObject({ problem: { code: 'TOO_MANY_REQUESTS' }, headers: { 'Retry-After': '1' } }); return false; } };
  expect([taken('a'), taken('a'), taken('a'), taken('a'), taken('b'), taken(), taken()]).toEqual([true, true, true, false, true, true, false]);
  nowMs += 500;
  expect([taken('a'), taken('a'), taken()]).toEqual([true, false, false]);
  nowMs += 60_000;
  expect([taken('a'), taken('a'), taken('a'), taken('a')]).toEqual([true, true, true, false]);
});

it('answers 429 in the usual form', async () => {
  const gateway = await startTestGateway({ limits: { perCaller: { perSecond: 0.01, burst: 1 } } });
  const list = () => request(gateway.url).get('/v1/cases').set('Authorization', gateway.as('auditor'));
  expect((await list()).status).toBe(200);
  const answer = await list();
  expect([answer.status, answer.body.code, Number(answer.headers['retry-after']) > 0]).toEqual([429, 'TOO_MANY_REQUESTS', true]);
  await gateway.close();
});

it.each([[undefined, [200, 429]], [['127.0.0.1'], [200, 200]], [['10.0.0.0/8'], [200, 429]]])('who calls through proxies %j is told apart by X-Forwarded-For only where they are trusted', async (trustProxy, expected) => {
  const gateway = await startTestGateway({ limits: { perAddress: { perSecond: 0.01, burst: 1 } }, trustProxy });
  const statuses: number[] = [];
  for (const address of ['203.0.113.1', '203.0.113.2']) statuses.push((await request(gateway.url).get('/v1/public/grids/610524100001001/notice').set('X-Forwarded-For', address)).status);
  expect(statuses).toEqual(expected);
  await gateway.close();
});

describe('calls to a service that queues', () => {
  let nowMs = 0;
  let limit: ConcurrencyLimit;
  beforeEach(() => { limit = new ConcurrencyLimit(1_000, 4, () => nowMs); });
  /** As many as are let in, up to a thousand. */
  const enterAll = (service: 'dispatch' | 'intake' = 'dispatch'): Leave[] => {
    const entered: Leave[] = [];
    try { while (entered.length < 1_000) entered.push(limit.enter(service)); } catch (error) { expect(error).toMatchObject({ problem: { code: 'BUSY' }, headers: { 'Retry-After': '1' } }); }
    return entered;
  };
  /** All that are let in are answered after so long. @returns how many they were */
  const round = (tookMs: number, answered = true): number => {
    const entered = enterAll();
    nowMs += tookMs;
    for (const leave of entered) leave(answered);
    return entered.length;
  };
  const rounds = (count: number, tookMs: number, answered?: boolean): number => Array.from({ length: count }, () => round(tookMs, answered)).at(-1)!;

  it('are turned away until those let in are answered quickly again, a few always get in, and more when there is no queue', () => {
    expect(rounds(20, 400)).toBe(4);
    const few = rounds(2, 20);
    expect(rounds(40, 20)).toBeGreaterThan(few);
  });

  it('are told from slow ones by the quickest: a long report among others is no queue', () => {
    const long = limit.enter('dispatch');
    const before = rounds(1, 20);
    nowMs += 10_000;
    long(true);
    expect(rounds(10, 20)).toBeGreaterThanOrEqual(before);
  });

  it('are not judged by what was refused: a refusal at the door is quick whatever waits behind it', () => {
    const before = round(400);
    expect(rounds(20, 10, false)).toBeLessThanOrEqual(before * 0.8 * 0.8);
  });

  it('leave the other services as they were', () => {
    const before = enterAll('intake');
    for (const leave of before) leave(true);
    rounds(20, 400);
    expect(enterAll('intake').length).toBeGreaterThanOrEqual(before.length);
  });
});
