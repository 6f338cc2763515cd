import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '@gridcase/testing';
import { WakingLoop } from './waking-loop';

const NEVER_MS = 600_000;

it('sleeps until it is woken, also when that happens in the middle of a turn', async () => {
  let turns = 0;
  let go: () => void = () => undefined;
  const loop = new WakingLoop(async () => { turns += 1; await new Promise<void>((resolve) => (go = resolve)); }, { pollIntervalMs: NEVER_MS, onError: () => undefined });
  loop.start();
  expect(turns).toBe(1);
  loop.wake();
  go();
  await waitUntil(() => turns === 2, { timeoutMs: 5_000, what: 'a turn for what woke it during the first' });
  go();
  await delay(20);
  expect(turns).toBe(2);
  loop.wake();
  await waitUntil(() => turns === 3, { timeoutMs: 5_000, what: 'a turn after sleep' });
  go();
  await loop.stop();
  expect(turns).toBe(3);
});

it('looks again when the turn said so, but not later than the poll interval', async () => {
  let turns = 0;
  const sooner = new WakingLoop(async () => { turns += 1; return 1; }, { pollIntervalMs: NEVER_MS, onError: () => undefined });
  sooner.start();
  await waitUntil(() => turns > 2, { timeoutMs: 5_000, what: 'turns by their own time' });
  await sooner.stop();
  const polled = new WakingLoop(async () => { turns += 1; return NEVER_MS; }, { pollIntervalMs: 1, onError: () => undefined });
  turns = 0;
  polled.start();
  await waitUntil(() => turns > 2, { timeoutMs: 5_000, what: 'turns by the poll interval' });
  await polled.stop();
});

it('a turn that fails is told and tried again, ever later; one that fails at the stop is not told', async () => {
  const told: number[] = [];
  const loop = new WakingLoop(async () => { throw new Error('away'); }, { pollIntervalMs: 1, onError: (_, retryInMs) => void told.push(retryInMs) });
  loop.start();
  await waitUntil(() => told.length >= 4, { timeoutMs: 5_000, what: 'four attempts' });
  await loop.stop();
  expect(told.slice(0, 4)).toEqual([2, 4, 8, 16]);
  const silent = new WakingLoop(async () => { await delay(NEVER_MS, undefined, { signal: silent.signal }); }, { pollIntervalMs: 1, onError: (_, retryInMs) => void told.push(retryInMs) });
  const before = told.length;
  silent.start();
  await silent.stop();
  expect(told.length).toBe(before);
});
