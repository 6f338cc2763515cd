import { Health, Metrics } from '@gridcase/platform';
import { startHealthServer, type HealthServer } from './health-server';

const health = new Health();
const metrics = new Metrics({ service: 'tiny', processMetrics: false });
metrics.counter('things_total', 'Things').inc();
let server: HealthServer;
beforeAll(async () => { server = await startHealthServer({ host: '127.0.0.1', port: 0 }, health, metrics); });
afterAll(() => server.close());
const get = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${server.port}${path}`, { method });

it('alive and ready are told apart, with the reason', async () => {
  const remove = health.addReadiness('bus', () => { throw new Error('no broker'); });
  expect((await get('/health/live')).status).toBe(200);
  const notReady = await get('/health/ready');
  expect(notReady.status).toBe(503);
  expect(await notReady.json()).toMatchObject({ ok: false, checks: { bus: { reason: 'no broker' } } });
  remove();
  expect((await get('/health/ready?verbose')).status).toBe(200);
  health.markStopping();
  expect((await get('/health/ready')).status).toBe(503);
  expect((await get('/health/live')).status).toBe(200);
});

it('metrics for Prometheus; nothing else is there', async () => {
  const response = await get('/metrics');
  expect(response.headers.get('content-type')).toContain('text/plain');
  expect(await response.text()).toContain('gridcase_things_total{service="tiny"} 1');
  expect((await get('/v1/cases')).status).toBe(404);
  expect((await get('/metrics', 'POST')).status).toBe(405);
});
