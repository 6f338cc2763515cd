import { recordSpans } from '@gridcase/testing';
import request from 'supertest';
import { startTestGateway, type TestGateway } from './start-test-gateway';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN_ID = '00f067aa0ba902b7';
const traceparent = (flags: string) => `00-${TRACE_ID}-${SPAN_ID}-${flags}`;
const REPORT = { channel: 'web', place: { address: '解放路 12 号' }, description: '井盖破损', reporter: { name: '李红卫', telephone: '15199536942' } };

let recorded: Awaited<ReturnType<typeof recordSpans>>;
let gateway: TestGateway;
let before = 0;
beforeAll(async () => {
  recorded = await recordSpans('gateway');
  gateway = await startTestGateway({ tracer: recorded.tracer });
});
beforeEach(() => { before = recorded.spans().length; });
afterAll(() => gateway.close());

const report = (headers: Record<string, string>) => request(gateway.url).post('/v1/reports').set('Authorization', gateway.as('citizen')).set(headers).send(REPORT);
const spans = () => recorded.spans().slice(before);
/** A span of REST ends when the connection is done with the answer. */
const one = async () => {
  for (let turn = 0; turn < 100 && spans().length === 0; turn++) await new Promise(setImmediate);
  expect(spans()).toHaveLength(1);
  return spans()[0]!;
};

it('goes on with the trace of a request, and hands on its own span', async () => {
  const answer = await report({ traceparent: traceparent('01') });
  const span = await one();
  expect(span).toEqual({
    service: 'gateway', name: 'POST /v1/reports', kind: 'server', traceId: TRACE_ID, parent: SPAN_ID, spanId: span.spanId, failed: false,
    attributes: { 'http.request.method': 'POST', 'http.route': '/v1/reports', 'http.response.status_code': 201, 'gridcase.operation': 'ReceiveReport' },
  });
  expect(gateway.services.commands.at(-1)!.context.trace).toBe(`00-${TRACE_ID}-${span.spanId}-01`);
  expect(Object.keys(answer.headers).filter((name) => name.startsWith('trace'))).toEqual([]);
  expect(JSON.parse(gateway.log.at(-1)!)).toMatchObject({ message: 'request', operation: 'ReceiveReport', traceId: TRACE_ID });
});

it('records nothing of a trace that is not sampled, and hands it on', async () => {
  await report({ traceparent: traceparent('00') });
  expect(gateway.services.commands.at(-1)!.context.trace).toBe(traceparent('00'));
  await request(gateway.url).get('/health/live').set('traceparent', traceparent('01'));
  expect(spans()).toEqual([]);
});

it.each(['nonsense', `${traceparent('01')}-more`, `00-${'0'.repeat(32)}-${SPAN_ID}-01`])('a malformed traceparent is as none: %s', async (malformed) => {
  expect((await report({ traceparent: malformed })).status).toBe(201);
  const { traceId, parent } = await one();
  expect(traceId).not.toBe(TRACE_ID);
  expect(parent).toBeUndefined();
});

it('shows a refusal with its status, and a failure as one; of a path its pattern alone', async () => {
  const dispatch = () => request(gateway.url).post('/v1/cases/15199536942/dispatch?phone=15199536942').set('Authorization', gateway.as('centre-operator')).set('traceparent', traceparent('01')).send({ lead: 'x' });
  expect((await dispatch()).status).toBe(400);
  gateway.services.answer('DispatchCase', new Error('15199536942'));
  await request(gateway.url).post('/v1/cases/15199536942/dispatch').set('Authorization', gateway.as('centre-operator')).set('traceparent', traceparent('01')).send({ lead: 'x' }).expect(500);
  await request(gateway.url).get('/15199536942').set('traceparent', traceparent('01')).expect(404);
  for (let turn = 0; turn < 100 && spans().length < 3; turn++) await new Promise(setImmediate);
  expect(spans().map(({ name, failed, attributes }) => [name, failed, attributes['http.response.status_code'], attributes['error.type']])).toEqual([
    ['POST /v1/cases/:caseId/dispatch', false, 400, undefined], ['POST /v1/cases/:caseId/dispatch', true, 500, '500'], ['GET', false, 404, undefined],
  ]);
  expect(JSON.stringify(spans())).not.toContain('15199536942');
});

it('the same over gRPC', async () => {
  const headers = { authorization: gateway.as('citizen'), traceparent: traceparent('01') };
  expect(await gateway.grpc.call('Reports', 'ReceiveReport', REPORT, headers)).toMatchObject({ ok: true });
  const { spanId } = await one();
  expect(gateway.services.commands.at(-1)!.context.trace).toBe(`00-${TRACE_ID}-${spanId}-01`);
  await gateway.grpc.call('Reports', 'ReceiveReport', REPORT, { traceparent: traceparent('01') });
  await gateway.grpc.call('Reports', 'ReceiveReport', REPORT, { ...headers, traceparent: traceparent('00') });
  expect(spans().map(({ name, kind, parent, failed, attributes }) => ({ name, kind, parent, failed, attributes }))).toEqual([0, 16].map((code) => ({
    name: 'gridcase.v1.Reports/ReceiveReport', kind: 'server', parent: SPAN_ID, failed: false,
    attributes: { 'rpc.system': 'grpc', 'rpc.service': 'gridcase.v1.Reports', 'rpc.method': 'ReceiveReport', 'gridcase.operation': 'ReceiveReport', 'rpc.grpc.status_code': code },
  })));
});
