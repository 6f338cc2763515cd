import { request as httpRequest } from 'node:http';
import { roles } from '@gridcase/domain';
import { operations, type Operation } from '../operations';
import { columns, expectation } from './authorization-matrix';
import { exampleCalls } from './example-calls';
import { startTestGateway, type TestGateway } from './start-test-gateway';

let gateway: TestGateway;
beforeAll(async () => { gateway = await startTestGateway(); });
afterAll(() => gateway.close());

// Only whether somebody is let in is looked at: an empty body fails later, with 400.
const statusByRest = ({ rest, ids }: Operation, authorization: string | undefined): Promise<number> => {
  const path = rest.path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(ids.find((id) => id.name === name)!.example));
  return new Promise((resolve, reject) => {
    const call = httpRequest(`${gateway.url}${path}${rest.whenQuery ? `?${rest.whenQuery}=x` : ''}`, { method: rest.method, headers: authorization ? { authorization } : {} }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode!));
    });
    call.on('error', reject).end();
  });
};
const httpStatusByGrpc = async ({ resource, name }: Operation, authorization: string | undefined): Promise<number> => {
  const outcome = await gateway.grpc.call(resource, name, {}, authorization ? { authorization } : {});
  return outcome.ok ? 200 : outcome.problem!.status;
};

it('the expectation names every operation and every role', () => {
  expect([...expectation.keys()].sort()).toEqual(operations.map(({ name }) => name).sort());
  expect([...columns]).toEqual([...roles]);
});

// @rule H3 Z12
it('every role gets into exactly what the expectation says, over both transports', async () => {
  const wrong: string[] = [];
  for (const operation of operations) {
    const expected = expectation.get(operation.name)!;
    await Promise.all([...roles, undefined].map(async (role) => {
      const authorization = role && gateway.as(role, role.startsWith('unit-') ? { unit: 'municipal-bureau' } : {});
      const closed = expected === 'public' ? undefined : role === undefined ? 401 : expected.includes(role) ? undefined : 403;
      const statuses = [['rest', await statusByRest(operation, authorization)], ...(operation.kind === 'local' ? [] : [['grpc', await httpStatusByGrpc(operation, authorization)]])] as [string, number][];
      for (const [transport, status] of statuses) {
        const asExpected = closed === undefined ? status !== 401 && status !== 403 && status !== 404 && status !== 405 : status === closed;
        if (!asExpected && !(operation.name === 'ReadEvidence' && closed === undefined && status === 404)) wrong.push(`${operation.name} as ${role ?? 'nobody'} over ${transport}: ${status}, expected ${closed ?? 'to be let in'}`);
      }
    }));
  }
  expect(wrong).toEqual([]);
});

it('a refused role reaches no service', async () => {
  gateway.services.commands.length = 0;
  const example = exampleCalls.find(({ refused }) => refused?.code === 'FORBIDDEN_FOR_ROLE')!;
  const operation = operations.find(({ name }) => name === example.operation)!;
  await gateway.grpc.call(operation.resource, operation.name, { ...example.ids, ...example.fields }, { authorization: gateway.as(example.as!) });
  expect(gateway.services.commands).toEqual([]);
});
