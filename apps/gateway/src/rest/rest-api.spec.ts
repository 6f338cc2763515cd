import request from 'supertest';
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway';

let gateway: TestGateway;
beforeAll(async () => { gateway = await startTestGateway(); });
afterAll(() => gateway.close());

const post = (path: string) => request(gateway.url).post(path);
const get = (path: string) => request(gateway.url).get(path);

// @rule X12 X14
it('sends a command to its service and answers with id, revision, position and ETag', async () => {
  const answer = await post('/v1/cases/case-1/dispatch').set('Authorization', gateway.as('centre-operator')).set('X-Correlation-Id', 'test-correlation-1')
    .send({ lead: 'municipal-bureau', coHandlers: ['sanitation-centre'], occurredAt: '2025-09-22T09:00:00+08:00' });
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({ id: 'case-1', revision: 4, position: expect.stringMatching(/^\d+$/) });
  expect(answer.headers).toMatchObject({ etag: '"4"', 'gridcase-position': answer.body.position, 'x-correlation-id': 'test-correlation-1', 'gridcase-demo-issuer': 'true' });
  expect(answer.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'content-security-policy': "default-src 'none'; frame-ancestors 'none'", 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' });
  expect(gateway.services.commands.at(-1)).toEqual({
    type: 'DispatchCase', body: { caseId: 'case-1', lead: 'municipal-bureau', coHandlers: ['sanitation-centre'] },
    context: { actor: { person: 'centre-operator-1', role: 'centre-operator', jurisdiction: '610524' }, correlationId: 'test-correlation-1', commandId: expect.any(String), digest: expect.stringMatching(/^[0-9a-f]{64}$/), occurredAt: '2025-09-22T01:00:00.000Z' },
  });
});

it('answers 201 with Location where something new is made, and fills in the district', async () => {
  const answer = await post('/v1/reports').set('Authorization', gateway.as('citizen')).send({ channel: 'web', place: { address: '解放路 12 号' }, description: '井盖破损' });
  expect(answer.status).toBe(201);
  expect(answer.headers['location']).toBe(`/v1/reports/${answer.body.id}`);
  expect(gateway.services.commands.at(-1)!.body).toEqual({ channel: 'web', place: { address: '解放路 12 号' }, description: '井盖破损', district: '610524', evidence: [] });
});

it('passes filters, page and read-your-writes position of a list', async () => {
  gateway.services.answer('ListCases', { ok: true, result: { items: [{ caseId: 'case-1' }], next: 'abc' }, position: 120n });
  const answer = await get('/v1/cases?light=red&gridCode=610524100&from=2025-09-22T00:00:00%2B08:00&limit=20&cursor=xyz').set('Authorization', gateway.as('auditor')).set('Gridcase-Min-Position', '101');
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({ items: [{ caseId: 'case-1' }], next: 'abc' });
  const { service, call } = gateway.services.queries.at(-1)!;
  expect([service, call.name, call.params, call.context.minPosition]).toEqual(['dispatch', 'ListCases', { light: 'red', gridCode: '610524100', from: '2025-09-21T16:00:00.000Z', limit: 20, cursor: 'xyz' }, 101n]);
});

describe('one resource', () => {
  const asked = () => get('/v1/cases/case-1').set('Authorization', gateway.as('centre-operator'));
  beforeEach(() => gateway.services.answer('GetCase', { ok: true, result: { caseId: 'case-1', state: 'closed' }, position: 120n, revision: 9 }));

  it('carries an ETag and answers 304 to whoever has it', async () => {
    const first = await asked();
    expect([first.status, first.headers['etag'], first.headers['cache-control']]).toEqual([200, '"9"', 'private, no-cache']);
    const second = await asked().set('If-None-Match', '"8", W/"9"');
    expect([second.status, second.text]).toEqual([304, '']);
    expect((await asked().set('If-None-Match', '"8"')).status).toBe(200);
  });

  // @rule X18
  it('as of a moment is another operation, with its own access', async () => {
    await get('/v1/cases/case-1?asOf=2025-09-22T09:00:00%2B08:00').set('Authorization', gateway.as('auditor'));
    const { service, call } = gateway.services.queries.at(-1)!;
    expect([service, call.name, call.params]).toEqual(['audit', 'GetCaseAsOf', { caseId: 'case-1', asOf: '2025-09-22T01:00:00.000Z' }]);
    expect((await get('/v1/cases/case-1?asOf=2025-09-22T09:00:00%2B08:00').set('Authorization', gateway.as('grid-worker'))).status).toBe(403);
  });

  it('what changes with time has no ETag, and is never answered with 304', async () => {
    gateway.services.answer('GetCaseClocks', { ok: true, result: { light: 'green' }, position: 120n, revision: 9 });
    const answer = await get('/v1/cases/case-1/clocks').set('Authorization', gateway.as('centre-operator')).set('If-None-Match', '"9"');
    expect([answer.status, answer.headers['etag'], answer.body]).toEqual([200, undefined, { light: 'green' }]);
  });

  // @rule Z21
  it('the public notice of a grid needs no token', async () => {
    gateway.services.answer('GetGridNotice', { ok: true, result: { name: '第一网格' }, position: 1n });
    const answer = await get('/v1/public/grids/610524100001001/notice');
    expect([answer.status, answer.body]).toEqual([200, { name: '第一网格' }]);
    expect(gateway.services.queries.at(-1)!.call.context.actor).toEqual({ person: 'public', role: 'citizen', jurisdiction: '' });
  });
});

describe('imports', () => {
  // @rule X10 H2
  it.each([['text/csv', 'csv'], ['application/yaml', 'yaml'], ['text/yaml; charset=utf-8', 'yaml']])('takes a grid tree as %s', async (mediaType, format) => {
    const answer = await post('/v1/grid-trees').query({ district: '610524', filing: '备1' }).set('Authorization', gateway.as('registry-admin')).set('Content-Type', mediaType).send('code,name\n610524100,城关街道');
    expect(answer.status).toBe(201);
    expect(gateway.services.commands.at(-1)!.body).toEqual({ district: '610524', filing: '备1', format, content: 'code,name\n610524100,城关街道' });
  });

  it('gives the errors of the rows as the registry found them', async () => {
    const errors = [{ row: 3, column: 'code', code: '610524100', error: 'TAKEN', zh: '编码重复', en: 'the code is taken', rule: 'X10' }];
    gateway.services.answer('ImportGridTree', { ok: false, problem: { code: 'GRID_TREE_INVALID', rule: 'X10', params: { errors } } });
    const answer = await post('/v1/grid-trees').query({ district: '610524', filing: '备1' }).set('Authorization', gateway.as('registry-admin')).set('Content-Type', 'text/csv').send('x');
    expect(answer.body).toMatchObject({ code: 'GRID_TREE_INVALID', rule: 'X10', errors: [{ path: 'row 3, code', code: 'TAKEN', message: 'the code is taken', messageZh: '编码重复', row: 3, column: 'code', gridCode: '610524100', rule: 'X10' }] });
  });
});
