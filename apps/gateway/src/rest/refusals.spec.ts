import { connect } from 'node:net';
import { ServiceFailed, ServiceUnavailable } from '@gridcase/service';
import request, { type Response } from 'supertest';
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway';

let gateway: TestGateway;
beforeAll(async () => { gateway = await startTestGateway(); });
afterAll(() => gateway.close());

const DISPATCH = '/v1/cases/case-1/dispatch';
const dispatch = (body?: string | object) => {
  const call = request(gateway.url).post(DISPATCH).set('Authorization', gateway.as('centre-operator')).set('Content-Type', 'application/json');
  return body === undefined ? call : call.send(body);
};
function expectProblem(answer: Response, status: number, code: string): void {
  expect({ status: answer.status, type: answer.headers['content-type'], code: answer.body.code }).toEqual({ status, type: 'application/problem+json; charset=utf-8', code });
  expect(answer.body).toMatchObject({ type: `urn:gridcase:problem:${code.toLowerCase().replaceAll('_', '-')}`, status, title: expect.any(String), detail: expect.any(String), detailZh: expect.stringMatching(/\p{Script=Han}/u), correlationId: answer.headers['x-correlation-id'] });
  expect(JSON.stringify(answer.body)).not.toMatch(/\.ts:|\.js:|node_modules/);
}

it.each<[string, string | object | undefined, string]>([
  ['broken JSON', '{"lead":', 'MALFORMED_BODY'],
  ['a poisoned prototype', '{"__proto__":{"x":1},"lead":"a"}', 'MALFORMED_BODY'],
  ['a list', '[]', 'VALIDATION_FAILED'],
  ['text', '"lead"', 'VALIDATION_FAILED'],
  ['null', 'null', 'VALIDATION_FAILED'],
  ['nothing', undefined, 'VALIDATION_FAILED'],
  ['an unknown field', { lead: 'a', caseId: 'case-2' }, 'VALIDATION_FAILED'],
  ['names of object methods', '{"lead":"a","constructor":1,"toString":2}', 'VALIDATION_FAILED'],
  ['U+0000 in a text', '{"lead":"a","instruction":"x\\u0000y"}', 'VALIDATION_FAILED'],
  ['half a surrogate pair', '{"lead":"a","instruction":"\\ud800"}', 'VALIDATION_FAILED'],
  ['a number for text', { lead: 5 }, 'VALIDATION_FAILED'],
  ['lists within lists', { lead: 'a', coHandlers: [['b']] }, 'VALIDATION_FAILED'],
  ['too long a text', { lead: 'a', instruction: 'x'.repeat(4001) }, 'VALIDATION_FAILED'],
  ['10,000 levels', `{"lead":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, 'VALIDATION_FAILED'],
])('refuses %s with 400', async (_, body, code) => {
  const before = gateway.services.commands.length;
  expectProblem(await dispatch(body), 400, code);
  expect(gateway.services.commands).toHaveLength(before);
});

it('says of every wrong field where and what, in both languages', async () => {
  const answer = await request(gateway.url).post('/v1/reports').set('Authorization', gateway.as('citizen')).send({ place: { address: '', longitude: 200 }, description: 1, evidence: [[], null], extra: true });
  expectProblem(answer, 400, 'VALIDATION_FAILED');
  expect(answer.body.errors.map(({ path, code }: { path: string; code: string }) => `${path} ${code}`).sort()).toEqual([
    'channel NOT_TEXT', 'description NOT_TEXT', 'evidence NOT_AN_OBJECT', 'extra UNKNOWN_FIELD', 'place.address BAD_LENGTH', 'place.longitude TOO_LARGE',
  ]);
  expect(answer.body.errors.find(({ path }: { path: string }) => path === 'place.longitude')).toEqual({ path: 'place.longitude', code: 'TOO_LARGE', message: 'must be at most 180', messageZh: '不得大于 180' });
});

it('null of an optional field means absent, of a required one missing', async () => {
  expect((await dispatch({ lead: 'a', instruction: null })).status).toBe(200);
  expect(gateway.services.commands.at(-1)!.body).toEqual({ caseId: 'case-1', lead: 'a' });
  expect((await dispatch({ lead: null })).status).toBe(400);
});

it.each(['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'image/jpeg', 'text/csv', 'application/x-www-form-urlencoded', 'nonsense'])('refuses a command as %s with 415', async (mediaType) => {
  expectProblem(await dispatch('lead=a').set('Content-Type', mediaType), 415, 'UNSUPPORTED_MEDIA_TYPE');
});

it('refuses a body over 1 MiB with 413', async () => expectProblem(await dispatch({ lead: 'a', instruction: 'x'.repeat(1024 * 1024) }), 413, 'BODY_TOO_LARGE'));

it.each([['get', '/'], ['get', '/v1/nothing'], ['post', '/v1/cases/case-1/nothing'], ['get', '/v1/cases/case-1/../../x']] as const)('%s %s is a 404', async (method, path) => {
  expectProblem(await request(gateway.url)[method](path).set('Authorization', gateway.as('auditor')), 404, 'ROUTE_NOT_FOUND');
});

it.each([['put', '/v1/cases', 'GET, HEAD'], ['get', DISPATCH, 'POST'], ['patch', '/v1/cases/case-1', 'GET, HEAD'], ['delete', '/v1/reports', 'GET, HEAD, POST']] as const)('%s %s is a 405 that names the methods', async (method, path, allow) => {
  const answer = await request(gateway.url)[method](path);
  expectProblem(answer, 405, 'METHOD_NOT_ALLOWED');
  expect(answer.headers['allow']).toBe(allow);
});

it.each(['%zz', 'x'.repeat(129), 'x'.repeat(400), 'a%00b', '%E7%BD%91'])('case id %s is a 400', async (id) => expectProblem(await request(gateway.url).get(`/v1/cases/${id}`).set('Authorization', gateway.as('auditor')), 400, id === '%zz' || id.length > 300 ? 'MALFORMED_REQUEST' : 'VALIDATION_FAILED'));

it.each(['light=blue', 'limit=0', 'limit=201', 'limit=ten', 'limit=0x10', 'limit=%20', 'from=2025-09-22', 'gridCode=abc', 'sort=up', 'state=a&state=b'])('refuses the list query %s', async (query) => {
  expectProblem(await request(gateway.url).get(`/v1/cases?${query}`).set('Authorization', gateway.as('auditor')), 400, 'VALIDATION_FAILED');
});

it.each([['Gridcase-Min-Position', '-1', 'MIN_POSITION_INVALID'], ['Gridcase-Min-Position', '9'.repeat(30), 'MIN_POSITION_INVALID']])('refuses %s: %s', async (name, value, code) => {
  expectProblem(await request(gateway.url).get('/v1/cases').set('Authorization', gateway.as('auditor')).set(name, value), 400, code);
});
it.each([['Idempotency-Key', 'x'.repeat(129), 'IDEMPOTENCY_KEY_INVALID'], ['Idempotency-Key', 'a b', 'IDEMPOTENCY_KEY_INVALID'], ['If-Match', '3', 'IF_MATCH_INVALID'], ['If-Match', '"1", "2"', 'IF_MATCH_INVALID']])('refuses %s: %s', async (name, value, code) => {
  expectProblem(await dispatch({ lead: 'a' }).set(name, value), 400, code);
});

it.each([
  ['an unknown method', 'FOO / HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'MALFORMED_REQUEST'],
  ['no HTTP at all', '\u0016\u0003\u0001\u0000', 400, 'MALFORMED_REQUEST'],
  ['too long a header', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'HEADERS_TOO_LARGE'],
  ['too long an address', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431, 'HEADERS_TOO_LARGE'],
])('answers %s with a problem document and ends the connection', async (_, sent, status, code) => {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('data', (data) => (answer += data.toString())).write(sent);
  await new Promise((resolve) => socket.once('close', resolve));
  const [head, body] = answer.split('\r\n\r\n') as [string, string];
  const document = JSON.parse(body) as Record<string, unknown>;
  expect([head.split(' ')[1], document]).toEqual([String(status), expect.objectContaining({ status, code, detailZh: expect.stringMatching(/\p{Script=Han}/u) })]);
  expect(head).toContain('Content-Type: application/problem+json');
  expect(head).toContain(`X-Correlation-Id: ${String(document['correlationId'])}`);
});

describe('failures behind the gateway', () => {
  afterEach(() => gateway.services.answer('DispatchCase', { ok: true, result: {}, position: 1n }));

  it('a service that is away is a 503 with Retry-After', async () => {
    gateway.services.answer('DispatchCase', new ServiceUnavailable('dispatch', new Error('ECONNREFUSED 10.0.0.7:5001')));
    const answer = await dispatch({ lead: 'a' });
    expectProblem(answer, 503, 'SERVICE_UNAVAILABLE');
    expect(answer.headers['retry-after']).toBe('1');
    expect(answer.body.detail).toContain('dispatch');
    expect(answer.text).not.toContain('10.0.0.7');
  });

  it.each([new ServiceFailed('dispatch', 'c', new Error('x')), new TypeError('secret detail')])('a fault of ours (%s) is a 500 that tells nothing, and a log line that tells all', async (fault) => {
    gateway.services.answer('DispatchCase', fault);
    const answer = await dispatch({ lead: 'a' });
    expectProblem(answer, 500, 'INTERNAL');
    expect(answer.text).not.toContain('secret detail');
    expect(gateway.log.join()).toContain(fault.message);
  });

  it.each(['READ_MODEL_BEHIND', 'STORE_OVERLOADED', 'TOO_MANY_CONFLICTS'])('%s says when to try again', async (code) => {
    gateway.services.answer('DispatchCase', { ok: false, problem: { code } });
    const answer = await dispatch({ lead: 'a' });
    expectProblem(answer, 503, code);
    expect(answer.headers['retry-after']).toBe('1');
  });

  it('a refusal whose code has no text yet is still a conflict with that code', async () => {
    gateway.services.answer('DispatchCase', { ok: false, problem: { code: 'BRAND_NEW', rule: 'X12' } });
    expectProblem(await dispatch({ lead: 'a' }), 409, 'BRAND_NEW');
  });
});

// @rule Z13 N3
it('logs operation, status and correlation id of a request, and nothing a person wrote', async () => {
  gateway.log.length = 0;
  await request(gateway.url).post('/v1/reports').set('Authorization', gateway.as('citizen', { sub: 'citizen-王秀英' })).set('X-Correlation-Id', 'correlation-42')
    .send({ channel: 'web', place: { address: '解放路 12 号' }, description: '井盖破损', reporter: { name: '王秀英', telephone: '13800000000' } });
  await request(gateway.url).get('/v1/cases?text=13800000000').set('Authorization', gateway.as('auditor'));
  const lines = gateway.log.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ message }) => message === 'request');
  expect(lines[0]).toMatchObject({ correlationId: 'correlation-42', method: 'POST', route: '/v1/reports', operation: 'ReceiveReport', status: 201, role: 'citizen' });
  expect(gateway.log.join()).not.toMatch(/王秀英|13800000000|解放路|井盖/);
});

it('survives what is no HTTP', async () => {
  const { hostname, port } = new URL(gateway.url);
  const answer = await new Promise<string>((resolve) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => socket.write('GARBAGE\r\n\r\n'));
    socket.on('data', (data) => (text += data)).on('close', () => resolve(text)).on('error', () => resolve(text));
  });
  expect(answer).toMatch(/^HTTP\/1\.1 400/);
  expect((await dispatch({ lead: 'a' })).status).toBe(200);
});
