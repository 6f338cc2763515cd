import { getHeapStatistics } from 'node:v8';

/** Bytes: a share of the heap that this process may have. In a container V8 takes about half of its memory limit. */
export const heapShare = (share: number): number => Math.floor(getHeapStatistics().heap_size_limit * share);
