import { ManualClock, SystemClock, instantToMs } from './clock';

describe('ManualClock', () => {
  it('stands still, moves forward only, and tells its listeners', () => {
    const clock = new ManualClock('2025-09-29T01:30:00.000Z');
    const seen: string[] = [];
    const end = clock.onChange((now) => seen.push(now));
    clock.advance(60_000);
    clock.set('2025-09-29T02:00:00.000Z');
    clock.set('2025-09-29T02:00:00.000Z');
    expect(seen).toEqual(['2025-09-29T01:31:00.000Z', '2025-09-29T02:00:00.000Z']);
    expect(clock.monotonicMs()).toBe(1_800_000);
    expect(() => clock.set('2025-09-29T01:59:59.999Z')).toThrow(RangeError);
    expect(() => clock.advance(-1)).toThrow(RangeError);
    end();
    clock.advance(1);
    expect(seen).toHaveLength(2);
  });
});

it.each(['2025-02-30T00:00:00.000Z', '2025-02-28T00:00:00Z', '2025-02-28T00:00:00.000+08:00', 'now'])('%s is no instant', (text) => {
  expect(() => instantToMs(text)).toThrow(RangeError);
});

it('SystemClock gives instants and a monotonic time', () => {
  const clock = new SystemClock();
  expect(() => instantToMs(clock.now())).not.toThrow();
  const before = clock.monotonicMs();
  expect(clock.monotonicMs()).toBeGreaterThanOrEqual(before);
});
