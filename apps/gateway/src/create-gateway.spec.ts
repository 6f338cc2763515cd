import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { Health } from '@gridcase/platform';
import { waitUntil } from '@gridcase/testing';
import request from 'supertest';
import { HealthClient } from './testing/health-client';
import { askReflection } from './testing/reflection-client';
import { startTestGateway, type TestGateway } from './testing/start-test-gateway';

describe('a running gateway', () => {
  let gateway: TestGateway;
  const health = new Health();
  let away = false;
  health.addReadiness('dispatch', () => { if (away) throw new Error('connection refused'); });
  beforeAll(async () => { gateway = await startTestGateway({ health }); });
  afterAll(() => gateway.close());

  it('tells not ready with the reason, alive all the while, by REST and by gRPC', async () => {
    const probe = new HealthClient(gateway.grpcAddress);
    expect((await request(gateway.url).get('/health/ready')).status).toBe(200);
    expect([await probe.check(), await probe.check('gridcase.v1.Cases'), await probe.check('unknown')]).toEqual(['SERVING', 'SERVING', 'status 5']);
    away = true;
    const answer = await request(gateway.url).get('/health/ready');
    expect([answer.status, answer.body.checks.dispatch.reason]).toEqual([503, 'connection refused']);
    expect((await request(gateway.url).get('/health/live')).status).toBe(200);
    expect(await probe.check()).toBe('NOT_SERVING');
    away = false;
    probe.close();
  });

  it('can be explored by reflection alone', async () => {
    const { listServicesResponse } = await askReflection(gateway.grpcAddress, { listServices: '' });
    expect(listServicesResponse.service.map(({ name }: { name: string }) => name)).toEqual(expect.arrayContaining(['Reports', 'Cases', 'Registry', 'Clocks', 'Assessment', 'Audit'].map((name) => `gridcase.v1.${name}`)));
    const { fileDescriptorResponse } = await askReflection(gateway.grpcAddress, { fileContainingSymbol: 'gridcase.v1.Cases.DispatchCase' });
    expect(Buffer.concat(fileDescriptorResponse.fileDescriptorProto).toString('latin1')).toContain('co_handlers');
  });

  it('counts calls by operation, transport and outcome', async () => {
    await request(gateway.url).get('/v1/cases').set('Authorization', gateway.as('auditor'));
    await request(gateway.url).get('/v1/cases');
    const { text } = await request(gateway.url).get('/metrics');
    expect(text).toMatch(/gridcase_gateway_calls_total\{operation="ListCases",transport="rest",status="200",service="gateway"\} 1/);
    expect(text).toMatch(/gridcase_gateway_calls_total\{operation="ListCases",transport="rest",status="401",service="gateway"\} 1/);
  });

  it('moves the simulated clock forward only', async () => {
    const clock = (to: string) => request(gateway.url).post('/v1/simulation/clock').set('Authorization', gateway.as('system')).send({ to });
    const before = (await request(gateway.url).get('/v1/simulation/clock').set('Authorization', gateway.as('system'))).body.now as string;
    expect(before).toBe(gateway.clock.now());
    const answer = await clock('2025-09-30T09:00:00+08:00');
    expect([answer.status, answer.body, gateway.clock.now()]).toEqual([200, { now: '2025-09-30T01:00:00.000Z' }, '2025-09-30T01:00:00.000Z']);
    expect([(await clock(before)).body.code, (await clock('soon')).body.code]).toEqual(['CLOCK_NEVER_GOES_BACK', 'VALIDATION_FAILED']);
  });
});

it('has no simulation where none is passed', async () => {
  const gateway = await startTestGateway({ simulation: undefined });
  expect((await request(gateway.url).post('/v1/simulation/clock').set('Authorization', gateway.as('system')).send({ to: '2025-09-30T09:00:00+08:00' })).status).toBe(404);
  await gateway.close();
});

it('finishes what is under way when it closes, ends watchers, and takes nothing new', async () => {
  const gateway = await startTestGateway();
  const probe = new HealthClient(gateway.grpcAddress);
  const watch = probe.watch();
  await waitUntil(() => watch.told.length > 0, { timeoutMs: 5_000 });
  let open = (): void => undefined;
  gateway.services.gate = new Promise((resolve) => (open = resolve));
  const held = request(gateway.url).get('/v1/cases').set('Authorization', gateway.as('auditor')).then((answer) => answer.status);
  await waitUntil(() => gateway.services.queries.length > 0, { timeoutMs: 5_000 });
  const closing = gateway.close();
  open();
  expect(await held).toBe(200);
  await Promise.all([closing, watch.ended]);
  expect(watch.told.at(-1)).toBe('NOT_SERVING');
  await expect(request(gateway.url).get('/health/live')).rejects.toThrow();
  probe.close();
});

it('is not held open by a connection that is kept alive', async () => {
  const gateway = await startTestGateway();
  let open = (): void => undefined;
  gateway.services.gate = new Promise((resolve) => (open = resolve));
  const { hostname, port } = new URL(gateway.url);
  const silent = connect(Number(port), hostname);
  await once(silent, 'connect');
  // fetch keeps its connections; supertest does not.
  const held = fetch(`${gateway.url}/v1/cases`, { headers: { authorization: gateway.as('auditor') } }).then(({ status }) => status);
  await waitUntil(() => gateway.services.queries.length > 0, { timeoutMs: 5_000 });
  const closing = gateway.close();
  open();
  expect(await held).toBe(200);
  await closing;
  silent.destroy();
}, 10_000);

it('a port that is taken fails the start and leaves nothing open', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as AddressInfo;
  await expect(startTestGateway({ grpc: { host: '127.0.0.1', port } })).rejects.toThrow();
  await expect(startTestGateway({ rest: { host: '127.0.0.1', port } })).rejects.toThrow(/EADDRINUSE/);
  taken.close();
});
