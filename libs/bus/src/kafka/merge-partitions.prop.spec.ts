import fc from 'fast-check';
import type { StoredEvent } from '@gridcase/events';
import { HoleInLog, PartitionMerge, type Arrived, type LaneStart } from './merge-partitions';

const beginning = (lanes: unknown[]): LaneStart[] => lanes.map((_, i) => ({ key: String(i), offset: 0n, arrived: 0n }));
const eventAt = (position: number) => ({ position: BigInt(position), stream: `case-${position % 7}` }) as StoredEvent;

/** What a relay writes: runs from an earlier position on, each in steps that tell every partition how far it has come. */
const logs = fc.record({
  partitions: fc.integer({ min: 1, max: 5 }),
  events: fc.integer({ min: 0, max: 40 }),
  /** Where the relay starts anew, and how many steps it does before it is cut off. */
  runs: fc.array(fc.record({ back: fc.nat(15), steps: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 6 }) }), { minLength: 1, maxLength: 6 }),
  order: fc.array(fc.nat(1_000), { minLength: 1, maxLength: 60 }),
  max: fc.integer({ min: 1, max: 7 }),
});

function writeLog(partitions: number, events: number, runs: { back: number; steps: number[] }[]): { lanes: Arrived[][]; head: number } {
  const lanes = Array.from({ length: partitions }, (): Arrived[] => []);
  let acknowledged = 0;
  for (const { back, steps } of runs) {
    let at = Math.max(0, acknowledged - back);
    for (const step of steps) {
      const to = Math.min(events, at + step);
      const own = lanes.map((): Arrived[] => []);
      for (let position = at + 1; position <= to; position++) own[(position % 7) % partitions]!.push({ offset: 0n, event: eventAt(position) });
      own.forEach((messages, i) => {
        const last = messages.at(-1);
        if (last) last.progress = BigInt(to);
        else messages.push({ offset: 0n, progress: BigInt(to) });
        messages[0]!.after = BigInt(at);
        for (const message of messages) lanes[i]!.push({ ...message, offset: BigInt(lanes[i]!.length) });
      });
      at = to;
      acknowledged = Math.max(acknowledged, to);
    }
  }
  return { lanes, head: acknowledged };
}

it('whatever the relay repeats and however partitions arrive, every event comes out once and in the order of the record', () => {
  fc.assert(fc.property(logs, ({ partitions, events, runs, order, max }) => {
    const { lanes, head } = writeLog(partitions, events, runs);
    const merge = new PartitionMerge(beginning(lanes), 0n);
    const read = lanes.map(() => 0);
    const seen: bigint[] = [];
    let checkpoint = 0n;
    const drain = () => {
      for (let batch = merge.take(max); batch; batch = merge.take(max)) {
        expect(batch.events.length).toBeLessThanOrEqual(max);
        expect(batch.checkpoint).toBeGreaterThan(checkpoint);
        for (const { position } of batch.events) expect(position).toBeLessThanOrEqual(batch.checkpoint);
        seen.push(...batch.events.map(({ position }) => position));
        checkpoint = batch.checkpoint;
        expect(seen.length).toBe(Number(checkpoint)); // nothing up to the checkpoint is missing
      }
    };
    for (const pick of [...order, ...lanes.map((_, i) => i)]) {
      const lane = pick % partitions;
      const last = pick === lane && order.every((n) => n !== pick) ? lanes[lane]!.length : Math.min(lanes[lane]!.length, read[lane]! + 1 + (pick % 5));
      merge.add(String(lane), lanes[lane]!.slice(read[lane], last), BigInt(last));
      read[lane] = last;
      drain();
    }
    lanes.forEach((messages, i) => merge.add(String(i), messages.slice(read[i]), BigInt(messages.length)));
    drain();
    expect(seen).toEqual(Array.from({ length: head }, (_, i) => BigInt(i + 1)));
    expect(checkpoint).toBe(BigInt(head));
  }));
});

it('a reader that begins again at the committed offsets misses nothing', () => {
  fc.assert(fc.property(logs, fc.nat(30), ({ partitions, events, runs, order, max }, takes) => {
    const { lanes, head } = writeLog(partitions, events, runs);
    const merge = new PartitionMerge(beginning(lanes), 0n);
    order.forEach((pick) => {
      const lane = pick % partitions;
      const from = Number(merge.nextOffset(String(lane)));
      const to = Math.min(lanes[lane]!.length, from + 1 + (pick % 5));
      merge.add(String(lane), lanes[lane]!.slice(from, to), BigInt(to));
    });
    const seen: bigint[] = [];
    for (let i = 0; i < takes; i++) seen.push(...(merge.take(max)?.events ?? []).map(({ position }) => position));
    const again = new PartitionMerge(merge.starts(), merge.position);
    for (const { key, offset } of merge.starts()) again.add(key, lanes[Number(key)]!.slice(Number(offset)), BigInt(lanes[Number(key)]!.length));
    for (let batch = again.take(max); batch; batch = again.take(max)) seen.push(...batch.events.map(({ position }) => position));
    expect(seen).toEqual(Array.from({ length: head }, (_, i) => BigInt(i + 1)));
  }));
});

it('notices what a partition lacks', () => {
  const merge = new PartitionMerge(beginning([0]), 0n);
  merge.add('0', [{ offset: 0n, after: 0n, event: eventAt(3), progress: 5n }], 1n);
  merge.add('0', [{ offset: 1n, after: 4n, event: eventAt(6), progress: 6n }], 2n); // a repeat reaches back, it lacks nothing
  expect(() => merge.add('0', [{ offset: 2n, after: 7n, event: eventAt(8), progress: 8n }], 3n)).toThrow(HoleInLog);
});
