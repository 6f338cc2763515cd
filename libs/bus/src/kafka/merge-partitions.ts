import type { StoredEvent } from '@gridcase/events';

export interface Arrived {
  offset: bigint;
  /** Absent: a message that is not for this reader. */
  event?: StoredEvent;
  /** The writer's request that begins here goes on from this position. */
  after?: bigint;
  /** Everything up to this position stands before it in its partition. */
  progress?: bigint;
}

/** Where a partition goes on: what stands before the offset holds nothing above `arrived` that was not taken. */
export interface LaneStart { key: string; offset: bigint; arrived: bigint }

/** The partition lacks something the record has: the relay went on behind it, or the log was cut. */
export class HoleInLog extends Error {
  constructor(key: string, from: bigint, to: bigint) { super(`${key} holds nothing from ${from} to ${to}: what is missing comes from the event store`); this.name = 'HoleInLog'; }
}

interface Waiting { offset: bigint; event: StoredEvent; /** What had arrived before it. */ before: bigint }
interface Lane { /** Everything up to here has arrived. */ arrived: bigint; queue: Waiting[]; first: number; /** Offset after the last that arrived. */ next: bigint }

/**
 * Partitions put back into the one order of the record. An event waits until every partition has told that nothing smaller can
 * come. What comes again (the relay repeats after a failure) is dropped: positions grow within a partition.
 */
export class PartitionMerge {
  private readonly lanes = new Map<string, Lane>();
  private taken: bigint;

  /** `from`: everything up to here was handled before. */
  constructor(starts: Iterable<LaneStart>, from: bigint) {
    for (const { key, offset, arrived } of starts) this.lanes.set(key, { arrived: arrived > from ? arrived : from, queue: [], first: 0, next: offset });
    this.taken = from;
  }

  /** Everything up to here was taken. */
  get position(): bigint {
    return this.taken;
  }

  /** Offset that the partition must go on with. */
  nextOffset(key: string): bigint {
    return this.lane(key).next;
  }

  waiting(key: string): number {
    const { queue, first } = this.lane(key);
    return queue.length - first;
  }

  /** @throws HoleInLog */
  add(key: string, messages: Iterable<Arrived>, next: bigint): void {
    const lane = this.lane(key);
    for (const { offset, event, after, progress } of messages) {
      if (after !== undefined && after > lane.arrived) throw new HoleInLog(key, lane.arrived, after);
      if (event && event.position > lane.arrived) {
        lane.queue.push({ offset, event, before: lane.arrived });
        lane.arrived = event.position;
      }
      if (progress !== undefined && progress > lane.arrived) lane.arrived = progress;
    }
    lane.next = next;
  }

  /** The next events in order, at most `max`; undefined when there is nothing new. */
  take(max: number): { events: StoredEvent[]; checkpoint: bigint } | undefined {
    const lanes = [...this.lanes.values()];
    const complete = lanes.reduce((least, { arrived }) => (arrived < least ? arrived : least), lanes[0]!.arrived);
    const events: StoredEvent[] = [];
    while (events.length < max) {
      let least: Lane | undefined;
      for (const lane of lanes) {
        const head = lane.queue[lane.first];
        if (head && head.event.position <= complete && (!least || head.event.position < least.queue[least.first]!.event.position)) least = lane;
      }
      if (!least) break;
      events.push(least.queue[least.first++]!.event);
    }
    for (const lane of lanes) compact(lane);
    if (events.length === 0 && complete === this.taken) return undefined;
    const more = lanes.some(({ queue, first }) => first < queue.length && queue[first]!.event.position <= complete);
    this.taken = more ? events.at(-1)!.position : complete;
    return { events, checkpoint: this.taken };
  }

  /** Where each partition goes on after a restart: everything before was taken. */
  starts(): LaneStart[] {
    return [...this.lanes].map(([key, { queue, first, next, arrived }]) => {
      const waiting = queue[first];
      return waiting ? { key, offset: waiting.offset, arrived: waiting.before } : { key, offset: next, arrived };
    });
  }

  private lane(key: string): Lane {
    const lane = this.lanes.get(key);
    if (!lane) throw new Error(`partition ${key} is not read here`);
    return lane;
  }
}

const COMPACT_AT = 1_024;
function compact(lane: Lane): void {
  if (lane.first === lane.queue.length) lane.queue = [];
  else if (lane.first >= COMPACT_AT) lane.queue = lane.queue.slice(lane.first);
  else return;
  lane.first = 0;
}
