import { getHeapStatistics } from 'node:v8';

const MIB = 1024 * 1024;

/** Bytes: a share of the heap that this process may have, and no more than `mibMax`. In a container V8 takes about half of its memory limit. */
export const heapShare = (share: number, mibMax: number): number => Math.floor(Math.min(getHeapStatistics().heap_size_limit * share, mibMax * MIB));
