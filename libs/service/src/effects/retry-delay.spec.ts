import { RETRY_AFTER_MAX_MS, RETRY_TIMES, retryDelayMs } from './retry-delay';

const id = '0d6a8c7e-4a5b-8c1d-9e2f-30415263748f';
const delays = (of: string) => Array.from({ length: 20 }, (_, n) => retryDelayMs(of, n + 1, RETRY_TIMES));

it('doubles from the first to the maximum, each within its upper half', () => {
  delays(id).forEach((ms, n) => {
    const fullMs = Math.min(1_000 * 2 ** n, 300_000);
    expect(ms).toBeGreaterThanOrEqual(fullMs / 2);
    expect(ms).toBeLessThanOrEqual(fullMs);
  });
});
it('is the same for the same row, another for another one', () => {
  expect(delays(id)).toEqual(delays(id));
  expect(delays(id)).not.toEqual(delays('1d6a8c7e-4a5b-8c1d-9e2f-30415263748f'));
});
it('an attempt beyond counting is no later than the maximum', () => expect(retryDelayMs(id, 2_000, RETRY_TIMES)).toBeLessThanOrEqual(300_000));
it('waits as long as the receiver asks, within limits', () => {
  expect(retryDelayMs(id, 1, RETRY_TIMES, 20_000)).toBe(20_000);
  expect(retryDelayMs(id, 1, RETRY_TIMES, 86_400_000)).toBe(RETRY_AFTER_MAX_MS);
  expect(retryDelayMs(id, 1, RETRY_TIMES, 1)).toBe(retryDelayMs(id, 1, RETRY_TIMES));
});
