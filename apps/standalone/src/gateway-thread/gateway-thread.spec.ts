import { MessageChannel } from 'node:worker_threads';
import { ManualClock } from '@gridcase/platform';
import { PortCalls, type PortHandlers } from './port-calls';
import { SharedClock, shareClock } from './shared-clock';

describe('calls between threads', () => {
  const channel = new MessageChannel();
  afterAll(() => channel.port1.close());
  const handlers: PortHandlers = {
    double: async (value: number) => value * 2,
    fail: () => { throw new RangeError('too far'); },
    never: () => new Promise(() => undefined),
  };
  const asking = new PortCalls(channel.port1, { back: () => 'from the asking side' });
  const answering = new PortCalls(channel.port2, handlers);

  it('answers each question with its own answer, both ways', async () => {
    expect(await Promise.all([1, 2, 3].map((n) => asking.ask('double', n)))).toEqual([2, 4, 6]);
    expect(await answering.ask('back')).toBe('from the asking side');
  });

  it('gives a failure to the one who asked', async () => {
    await expect(asking.ask('fail')).rejects.toThrow('too far');
    await expect(asking.ask('toString')).rejects.toThrow('nobody answers toString');
  });

  it('leaves nobody waiting for a thread that is gone', async () => {
    const waiting = asking.ask('never');
    asking.end(new Error('the thread ended'));
    await expect(waiting).rejects.toThrow('the thread ended');
    await expect(asking.ask('double', 1)).rejects.toThrow('the thread ended');
  });
});

it('a shared clock stands where the simulated one stands', () => {
  const clock = new ManualClock('2025-09-29T01:30:00.000Z');
  const seen = new SharedClock(shareClock(clock));
  expect(seen.now()).toBe('2025-09-29T01:30:00.000Z');
  clock.advance(90_000);
  expect(seen.now()).toBe('2025-09-29T01:31:30.000Z');
});
