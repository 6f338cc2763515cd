import type { StoredEvent } from '@gridcase/events';

export interface Arrived {
  offset: bigint;
  /** Absent: a message that is not for this reader. */
  event?: StoredEvent;
  /** Everything up to this position stands before it in its partition. */
  progress?: bigint;
}

interface Waiting { offset: bigint; event: StoredEvent }
interface Lane { /** Everything up to here has arrived. */ arrived: bigint; queue: Waiting[]; first: number; /** Offset after the last that arrived. */ next: bigint }

/**
 * Partitions put back into the one order of the record. An event waits until every partition has told that nothing smaller can
 * come. What comes again (the relay repeats after a failure) is dropped: positions grow within a partition.
 */
export class PartitionMerge {
  private readonly lanes = new Map<string, Lane>();
  private taken: bigint;

  /** `from`: everything up to here was handled before. */
  constructor(partitions: Iterable<readonly [key: string, next: bigint]>, from: bigint) {
    for (const [key, next] of partitions) this.lanes.set(key, { arrived: from, queue: [], first: 0, next });
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

  add(key: string, messages: Iterable<Arrived>, next: bigint): void {
    const lane = this.lane(key);
    for (const { offset, event, progress } of messages) {
      if (event && event.position > lane.arrived) {
        lane.queue.push({ offset, event });
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
  offsets(): [key: string, offset: bigint][] {
    return [...this.lanes].map(([key, { queue, first, next }]) => [key, queue[first]?.offset ?? next]);
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
