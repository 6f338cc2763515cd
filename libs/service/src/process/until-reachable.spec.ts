import { Health, Shutdown, createLogger } from '@gridcase/platform';
import { untilReachable } from './until-reachable';

class Away extends Error {}
const options = { isAway: (error: unknown) => error instanceof Away, retryFirstMs: 1 };
const host = () => ({ health: new Health(), shutdown: new Shutdown({ exit: () => undefined }), logger: createLogger({ service: 'test', level: 'silent' }) });

it('waits for a store that is away, not ready and with its reason, and goes on when it is there', async () => {
  const waiting = host();
  const reports: unknown[] = [];
  let attempts = 0;
  const reached = await untilReachable('database', async () => {
    if (++attempts > 3) return 'here';
    reports.push((await waiting.health.readiness()).checks['database, at the start']?.reason);
    throw new Away(`away ${attempts}`);
  }, waiting, options);
  expect([reached, attempts]).toEqual(['here', 4]);
  expect(reports).toEqual(['not asked yet', 'away 1', 'away 2']);
  expect((await waiting.health.readiness()).ok).toBe(true);
});

it('does not wait for what waiting does not cure', async () => {
  const waiting = host();
  await expect(untilReachable('database', () => Promise.reject(new Error('wrong password')), waiting, options)).rejects.toThrow('wrong password');
  expect((await waiting.health.readiness()).ok).toBe(true);
});

it('waits no longer when the process is told to stop', async () => {
  const waiting = host();
  const waited = untilReachable('database', () => Promise.reject(new Away('away')), waiting, { ...options, retryFirstMs: 60_000 });
  setImmediate(() => void waiting.shutdown.stop());
  await expect(waited).rejects.toThrow(/abort/i);
});
