import type { Metrics } from '@gridcase/platform';

export type Transport = 'rest' | 'grpc';

/** Count and duration of calls per operation. */
export class CallMetrics {
  private readonly calls;
  private readonly seconds;

  constructor(metrics: Metrics) {
    this.calls = metrics.counter('gateway_calls_total', 'Calls by operation, transport and outcome (HTTP status)', ['operation', 'transport', 'status']);
    this.seconds = metrics.histogram('gateway_call_seconds', 'Duration of calls', ['operation', 'transport']);
  }

  record(operation: string, transport: Transport, status: number, elapsedMs: number): void {
    this.calls.inc({ operation, transport, status: String(status) });
    this.seconds.observe({ operation, transport }, elapsedMs / 1000);
  }
}
