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
