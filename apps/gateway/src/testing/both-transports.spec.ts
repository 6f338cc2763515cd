import request from 'supertest';
import { fromStruct } from '../grpc/struct';
import { statusOf } from '../grpc/status-of';
import { operations } from '../operations';
import { exampleCalls, type ExampleCall } from './example-calls';
import { startTestGateway, type TestGateway } from './start-test-gateway';

let gateway: TestGateway;
beforeAll(async () => { gateway = await startTestGateway(); });
afterAll(() => gateway.close());

interface Outcome { status: number; answer?: unknown; code?: string; rule?: string; paths?: string[]; detail?: string; detailZh?: string }
const operationOf = (example: ExampleCall) => operations.find(({ name }) => name === example.operation)!;
const headersOf = ({ as, idempotencyKey, ifMatch }: ExampleCall): Record<string, string> => ({
  ...(as && { authorization: gateway.as(as, as.startsWith('unit-') ? { unit: 'municipal-bureau' } : {}) }), ...(idempotencyKey && { 'idempotency-key': idempotencyKey }), ...(ifMatch && { 'if-match': ifMatch }),
});
const prepare = (example: ExampleCall): void => {
  const { kind, list, name, type } = operationOf(example);
  if (example.refusal) return gateway.services.answer(type ?? name, { ok: false, problem: example.refusal });
  const result = kind === 'command' ? { note: '完成', count: 2 } : list ? { items: [{ id: 'one', nested: { n: 1.5, list: [true, null, 'x'] } }], next: 'more' } : { id: 'one', nested: { n: 1.5, list: [true, null, 'x'] } };
  gateway.services.answer(type ?? name, { ok: true, result, position: 120n, ...(kind === 'query' && !list && { revision: 3 }) });
};

async function byRest(example: ExampleCall): Promise<Outcome> {
  const { rest, kind, list } = operationOf(example);
  const path = rest.path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(example.ids?.[name] ?? ''));
  const method = rest.method.toLowerCase() as 'get' | 'post' | 'delete';
  const call = request(gateway.url)[method](path).set(headersOf(example));
  const answer = await (rest.method === 'POST' ? call.send(example.fields ?? {}) : call.query(example.fields ?? {}));
  if (answer.status >= 400) return refusal(answer.status, answer.body);
  if (kind === 'command') return { status: answer.status, answer: { id: answer.body.id, revision: answer.body.revision, result: answer.body.result } };
  return { status: answer.status, answer: list ? answer.body : { resource: answer.body, ...(answer.headers['etag'] && { revision: Number(JSON.parse(answer.headers['etag'])) }) } };
}

async function byGrpc(example: ExampleCall): Promise<Outcome> {
  const { resource, name, kind, list, status } = operationOf(example);
  const outcome = await gateway.grpc.call(resource, name, { ...example.ids, ...example.fields }, headersOf(example));
  if (!outcome.ok) {
    expect(outcome.status).toBe(statusOf(outcome.problem!.status));
    return refusal(outcome.problem!.status, outcome.problem);
  }
  const { answer } = outcome;
  if (kind === 'command') return { status, answer: { id: answer.id, revision: answer.revision, result: fromStruct(answer.result) } };
  return { status, answer: list ? { items: answer.items.map(fromStruct), next: answer.next } : { resource: fromStruct(answer.resource), ...(answer.revision !== undefined && { revision: answer.revision }) } };
}

const refusal = (status: number, problem: any): Outcome => ({ status, code: problem.code, rule: problem.rule, paths: problem.errors?.map((error: { path: string }) => error.path), detail: problem.detail, detailZh: problem.detailZh });
/** What a service was asked, without what differs from call to call. */
const takeAsked = (): unknown => {
  const { commands, queries } = gateway.services;
  const asked = [...commands.map(({ type, body, context }) => ({ name: type, body, actor: context.actor, digest: context.digest, ifRevision: context.ifRevision })), ...queries.map(({ service, call }) => ({ service, name: call.name, body: call.params, actor: call.context.actor }))];
  commands.length = queries.length = 0;
  return asked;
};

it.each(exampleCalls.map((example) => [`${example.operation}${example.as ? ` as ${example.as}` : ''}${example.refused ? ` → ${example.refused.code}` : ''}`, example] as const))('%s', async (_, example) => {
  prepare(example);
  const rest = await byRest(example);
  const askedByRest = takeAsked() as { name: string; body: object }[];
  prepare(example);
  const viaGrpc = await byGrpc(example);
  const askedByGrpc = takeAsked() as typeof askedByRest;

  if (operationOf(example).status === 201 && !example.refused) for (const { answer } of [rest, viaGrpc]) (answer as { id?: string }).id = 'new';
  expect(viaGrpc).toEqual(rest);
  expect(askedByGrpc).toEqual(askedByRest);
  if (example.refused) {
    expect(rest).toMatchObject({ ...example.refused });
    return;
  }
  expect(rest.status).toBe(operationOf(example).status);
  const { kind, list, changesWithTime, name, type } = operationOf(example);
  if (kind === 'query') expect((rest.answer as { revision?: number }).revision).toBe(list || changesWithTime ? undefined : 3);
  expect(askedByRest).toEqual([expect.objectContaining({ name: type ?? name, body: example.asked ?? { ...example.fields, ...example.ids } })]);
});

it('has an example of every operation that both transports offer', () => {
  const shown = new Set(exampleCalls.filter((example) => !example.refused).map((example) => example.operation));
  expect(operations.filter(({ kind, name }) => kind !== 'local' && !shown.has(name)).map(({ name }) => name)).toEqual([]);
});

it('a repeat with the same key gets the first answer over either transport, another request with it is refused', async () => {
  const example: ExampleCall = { operation: 'DispatchCase', as: 'centre-operator', ids: { caseId: 'case-8' }, fields: { lead: 'municipal-bureau' }, idempotencyKey: 'key-1' };
  prepare(example);
  const first = await byRest(example);
  const commandIds = () => gateway.services.commands.map(({ context }) => context.commandId);
  expect(await byGrpc(example)).toEqual(first);
  expect(await byRest(example)).toEqual(first);
  expect(new Set(commandIds()).size).toBe(1);
  for (const by of [byRest, byGrpc]) expect(await by({ ...example, fields: { lead: 'enforcement-bureau' } })).toMatchObject({ status: 422, code: 'IDEMPOTENCY_KEY_REUSED' });
  // Another person's key of the same name is another key.
  await byRest({ ...example, as: 'centre-director' });
  expect(new Set(commandIds()).size).toBe(2);
});
