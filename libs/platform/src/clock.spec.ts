import { ManualClock, SteadyClock, SystemClock, instantToMs, msToInstant } from './clock';

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

describe('SteadyClock', () => {
  const START = Date.parse('2025-09-29T01:00:00.000Z');
  const MINUTE = 60_000;
  let wallMs: number;
  let monotonicMs: number;
  let told: number[];
  let clock: SteadyClock;
  const pass = (ms: number) => { wallMs += ms; monotonicMs += ms; };
  /** Minutes since the start. */
  const shown = () => (instantToMs(clock.now()) - START) / MINUTE;
  beforeEach(() => {
    [wallMs, monotonicMs, told] = [START, 7, []];
    clock = new SteadyClock({ now: () => msToInstant(wallMs), monotonicMs: () => monotonicMs }, { onSet: (awayMs) => told.push(awayMs / MINUTE) });
  });

  it('shows what the wall clock shows while nobody sets it, drift included', () => {
    pass(10 * MINUTE);
    expect(shown()).toBe(10);
    for (let hour = 0; hour < 3; hour++) {
      pass(60 * MINUTE);
      wallMs += 3_000;
      clock.now();
    }
    expect(shown()).toBe(190.15);
    expect(told).toEqual([]);
  });

  it('an hour forth and back again makes nothing due', () => {
    wallMs += 60 * MINUTE;
    pass(MINUTE);
    expect(shown()).toBe(1);
    pass(MINUTE);
    expect(shown()).toBe(2);
    wallMs -= 60 * MINUTE;
    pass(MINUTE);
    expect(shown()).toBe(3);
    expect(told).toEqual([60]);
  });

  it('an hour forth that stays is believed after five minutes', () => {
    wallMs += 60 * MINUTE;
    expect(shown()).toBe(0);
    pass(4.9 * MINUTE);
    expect(shown()).toBe(4.9);
    pass(0.2 * MINUTE);
    expect(shown()).toBe(65.1);
    expect(told).toEqual([60]);
  });

  it('an hour back is shown at once: what waits, waits longer; right again it is right', () => {
    wallMs -= 60 * MINUTE;
    pass(MINUTE);
    expect(shown()).toBe(-59);
    wallMs += 60 * MINUTE;
    pass(MINUTE);
    expect(shown()).toBe(2);
  });

  it('set again while it is set, it is waited for anew', () => {
    wallMs += 60 * MINUTE;
    expect(shown()).toBe(0);
    pass(4 * MINUTE);
    wallMs += 60 * MINUTE;
    expect(shown()).toBe(4);
    pass(4 * MINUTE);
    expect(shown()).toBe(8);
    expect(told).toEqual([60, 120]);
  });
});
