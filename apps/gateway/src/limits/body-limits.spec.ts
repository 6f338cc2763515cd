import request from 'supertest';
import { BODY_BYTES_MAX } from '../operations';
import { GRID_TREE_BYTES_MAX } from '../operations/registry.bodies';
import { PublicApiClient } from '../testing/public-api-client';
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway';

let gateway: TestGateway;
let grpc: PublicApiClient;
beforeAll(async () => {
  gateway = await startTestGateway();
  grpc = new PublicApiClient(gateway.grpcAddress);
});
afterAll(async () => {
  grpc.close();
  await gateway.close();
});
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
  const call = (method: string, fields: object) => grpc.call('Registry', method, { district: '610524', ...fields }, { authorization: admin() });
  expect(await call('ImportGridTree', { format: 'csv', filing: '1', content: 'x'.repeat(GRID_TREE_BYTES_MAX - 1_000) })).toMatchObject({ ok: true });
  expect(await call('ImportGridTree', { format: 'csv', filing: '1', content: 'x'.repeat(GRID_TREE_BYTES_MAX + 1_000) })).toMatchObject({ ok: false, status: 8 });
  expect(await call('WithdrawItem', { itemCode: 'C-101', reason: 'x'.repeat(BODY_BYTES_MAX + 1) })).toMatchObject({ ok: false, status: 8, problem: { status: 413, code: 'BODY_TOO_LARGE' } });
});
