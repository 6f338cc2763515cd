import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** Seconds; fine where answers are fast, up to the longest a request may take. */
export const DURATION_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

export interface MetricsOptions {
  service: string;
  /** Event loop, memory, garbage collection. Once per process: the standalone host switches it off for its services. */
  processMetrics?: boolean;
}

/**
 * One registry per service. Names are given without prefix (`commands_total`) and come out as `gridcase_commands_total`. Asking for
 * the same name again gives the same metric. Labels must come from small fixed sets, never ids.
 */
export class Metrics {
  readonly registry = new Registry();
  private readonly known = new Map<string, { kind: string; metric: unknown }>();

  constructor(options: MetricsOptions) {
    this.registry.setDefaultLabels({ service: options.service });
    if (options.processMetrics ?? true) collectDefaultMetrics({ register: this.registry });
  }

  counter<L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> {
    return this.once('counter', name, (full) => new Counter({ name: full, help, labelNames, registers: [this.registry] }));
  }

  gauge<L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Gauge<L> {
    return this.once('gauge', name, (full) => new Gauge({ name: full, help, labelNames, registers: [this.registry] }));
  }

  histogram<L extends string = never>(name: string, help: string, labelNames: readonly L[] = [], buckets: readonly number[] = DURATION_BUCKETS_SECONDS): Histogram<L> {
    return this.once('histogram', name, (full) => new Histogram({ name: full, help, labelNames, buckets: [...buckets], registers: [this.registry] }));
  }

  /** The text a Prometheus server scrapes. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  private once<M>(kind: string, name: string, create: (fullName: string) => M): M {
    const known = this.known.get(name);
    if (known) {
      if (known.kind !== kind) throw new Error(`metric ${name} is a ${known.kind}, not a ${kind}`);
      return known.metric as M;
    }
    const metric = create(`gridcase_${name}`);
    this.known.set(name, { kind, metric });
    return metric;
  }
}
