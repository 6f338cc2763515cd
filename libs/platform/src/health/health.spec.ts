import { Health } from './health';

it('is ready when every check is, and names the one that is not', async () => {
  const health = new Health();
  expect(await health.readiness()).toEqual({ ok: true, checks: {} });
  health.addReadiness('event-store', async () => ({ position: '17' }));
  const remove = health.addReadiness('database', () => { throw new Error('connection refused'); });
  const report = await health.readiness();
  expect(report.ok).toBe(false);
  expect(report.checks['event-store']).toMatchObject({ ok: true, details: { position: '17' } });
  expect(report.checks['database']).toMatchObject({ ok: false, reason: 'connection refused' });
  expect((await health.liveness()).ok).toBe(true);
  remove();
  expect((await health.readiness()).ok).toBe(true);
});

it('a check that hangs counts as failed after its limit', async () => {
  const health = new Health();
  health.addLiveness('loop', () => new Promise<never>(() => undefined), 20);
  expect((await health.liveness()).checks['loop']).toMatchObject({ ok: false, reason: 'no answer within 20 ms' });
});

it('is not ready any more once it stops, and refuses two checks of one name', async () => {
  const health = new Health();
  health.addReadiness('database', () => undefined);
  expect(() => health.addReadiness('database', () => undefined)).toThrow('already');
  health.markStopping();
  expect(await health.readiness()).toMatchObject({ ok: false, checks: { stopping: { ok: false } } });
  expect((await health.liveness()).ok).toBe(true);
});
