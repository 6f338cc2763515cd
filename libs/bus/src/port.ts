import type { Batch } from '@gridcase/event-store';

export interface BusSubscription {
  /** Consumer group = processor id `<app>.<name>.v<n>`. */
  group: string;
  /** Stream categories to deliver; absent = all. */
  categories?: readonly string[];
  batchSizeMax?: number;
  /** A batch counts as delivered when this resolves. A rejection delivers it again after a pause. */
  handler(batch: Batch): Promise<void>;
  signal: AbortSignal;
  /**
   * For a consumer that stores its position with its results: where it stands. The bus then keeps none, where it can start
   * anywhere (the store's bus); one that cannot (Kafka) delivers from its own position, at least once.
   */
  from?(): Promise<bigint>;
  onError?(error: unknown): void;
}

/**
 * Events between services. MUST: at least once; events of one stream in order; a group's position survives a restart and never
 * passes an event whose handler did not resolve; a handler is never called again before its last call has ended.
 */
export interface EventBus {
  /** Resolves when the signal fires and the handler has ended. Reconnects by itself. */
  subscribe(subscription: BusSubscription): Promise<void>;
}
