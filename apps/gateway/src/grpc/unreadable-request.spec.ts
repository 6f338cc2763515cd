import { status } from '@grpc/grpc-js';
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway';

let gateway: TestGateway;
beforeAll(async () => { gateway = await startTestGateway(); });
afterAll(() => gateway.close());
const ask = (bytes: Buffer, as?: Parameters<TestGateway['as']>[0]) => gateway.grpc.call('Cases', 'DispatchCase', bytes, { 'idempotency-key': 'k', ...(as && { authorization: gateway.as(as) }) });

const unreadable: readonly (readonly [string, Buffer])[] = [
  ['a field without its length', Buffer.from([0x0a])],
  ['a wire type that there is not', Buffer.from([0x7f])],
  ['an endless number', Buffer.alloc(20, 0xff)],
  ['100,000 groups within each other', Buffer.alloc(100_000, 0x7b)],
];
it.each(unreadable)('bytes that are no message are the caller’s mistake, not a fault of the server: %s', async (_, bytes) => {
  expect(await ask(bytes, 'centre-operator')).toMatchObject({ ok: false, status: status.INVALID_ARGUMENT, problem: { status: 400, code: 'MALFORMED_REQUEST', detailZh: expect.stringMatching(/\p{Script=Han}/u) } });
  expect(gateway.services.commands).toEqual([]);
});

it('who may not ask learns nothing of what was wrong with it', async () => {
  expect(await ask(unreadable[0]![1])).toMatchObject({ ok: false, status: status.UNAUTHENTICATED });
});
