import { connect } from 'node:net';
import request from 'supertest';
import { BODY_BYTES_MAX } from '../operations';
import { GRID_TREE_BYTES_MAX } from '../operations/registry.bodies';
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway';

let gateway: TestGateway;
beforeAll(async () => { gateway = await startTestGateway(); });
afterAll(() => gateway.close());
const admin = () => gateway.as('registry-admin');
const tree = (bytes: number) => request(gateway.url).post('/v1/grid-trees?district=610524&filing=1').set('Authorization', admin()).set('Content-Type', 'text/csv').send('x'.repeat(bytes));

// @rule X10
it('takes a grid tree of 8 MiB whole, and no more', async () => {
  expect((await tree(GRID_TREE_BYTES_MAX)).status).toBe(201);
  expect(gateway.services.commands.at(-1)!.body.content).toHaveLength(GRID_TREE_BYTES_MAX);
  expect((await tree(GRID_TREE_BYTES_MAX + 1)).body).toMatchObject({ status: 413, code: 'BODY_TOO_LARGE' });
  expect((await request(gateway.url).post('/v1/policies?district=610524').set('Authorization', admin()).set('Content-Type', 'application/yaml').send('x'.repeat(BODY_BYTES_MAX + 1))).body).toMatchObject({ status: 413, code: 'BODY_TOO_LARGE' });
});

it('the same over gRPC: 8 MiB for a grid tree, 1 MiB for everything else', async () => {
  const call = (method: string, fields: object) => gateway.grpc.call('Registry', method, { district: '610524', ...fields }, { authorization: admin() });
  expect(await call('ImportGridTree', { format: 'csv', filing: '1', content: 'x'.repeat(GRID_TREE_BYTES_MAX - 1_000) })).toMatchObject({ ok: true });
  expect(await call('ImportGridTree', { format: 'csv', filing: '1', content: 'x'.repeat(GRID_TREE_BYTES_MAX + 1_000) })).toMatchObject({ ok: false, status: 8 });
  expect(await call('WithdrawItem', { itemCode: 'C-101', reason: 'x'.repeat(BODY_BYTES_MAX + 1) })).toMatchObject({ ok: false, status: 8, problem: { status: 413, code: 'BODY_TOO_LARGE' } });
});

describe('a body that is refused before it was read', () => {
  /** Sends all of it, reads only then. */
  const sendAll = (headers: string, body: Buffer): Promise<string> => new Promise((resolve, reject) => {
    const { hostname, port } = new URL(gateway.url);
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
    let received = '';
    socket.pause();
    socket.on('error', reject).on('end', () => { socket.end(); resolve(received); }).on('data', (data) => (received += String(data)));
    socket.write(`POST /v1/reports HTTP/1.1\r\nHost: gridcase\r\nContent-Type: application/json\r\n${headers}\r\n`);
    socket.write(body, () => socket.resume());
  });
  const large = Buffer.alloc(4 * BODY_BYTES_MAX, 'x');
  const chunked = Buffer.concat([Buffer.from(`${large.length.toString(16)}\r\n`), large, Buffer.from('\r\n0\r\n\r\n')]);

  it.each([['of a length that is said', `Content-Length: ${large.length}\r\n`, large], ['in chunks', 'Transfer-Encoding: chunked\r\n', chunked]])('%s: the answer reaches also who reads it only when everything is sent', async (_, headers, body) => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => sendAll(headers, body)));
    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 413 [^]*connection: close[^]*"code":"BODY_TOO_LARGE"[^]*\}$/i);
  });

  it('who goes on sending for ever is cut off', async () => {
    const { hostname, port } = new URL(gateway.url);
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
    socket.on('error', () => undefined).resume();
    socket.write(`POST /v1/reports HTTP/1.1\r\nHost: gridcase\r\nContent-Type: application/json\r\nContent-Length: ${10 ** 12}\r\n\r\n`);
    const sending = setInterval(() => socket.write('x'), 50);
    await new Promise((resolve) => socket.once('close', resolve)).finally(() => clearInterval(sending));
  }, 10_000);
});
