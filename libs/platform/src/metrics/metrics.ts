import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** Seconds; fine where answers are fast, up to the longest a request may take. */
export const DURATION_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

/** Of a scrape, for figures that are looked up: below the 10 s Prometheus gives it. */
const LOOK_TIMEOUT_MS = 2_000;
/** Gauges of prom-client named as if they counted: what they say stands in nodejs_active_handles and its like. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

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
  private readonly looks = new Set<() => Promise<void>>();
  private missed: Counter | undefined;

  constructor(options: MetricsOptions) {
    this.registry.setDefaultLabels({ service: options.service });
    if (options.processMetrics ?? true) {
      collectDefaultMetrics({ register: this.registry });
      for (const name of MISNAMED) this.registry.removeSingleMetric(name);
    }
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

  /**
   * For figures that nobody counts as they happen: looked up for a scrape, never for an event. A look that fails or takes too long
   * leaves its figures as they were, and the scrape succeeds. The returned function ends it.
   */
  beforeScrape(look: () => Promise<void>): () => void {
    this.missed = this.counter('looks_missed_total', 'Figures that could not be looked up for a scrape and stand as they were');
    let running: Promise<void> | undefined;
    // A slow one is waited for by the next scrape too, not begun a second time.
    const once = () => (running ??= look().finally(() => { running = undefined; }));
    this.looks.add(once);
    return () => void this.looks.delete(once);
  }

  /** The text a Prometheus server scrapes. */
  async text(): Promise<string> {
    await Promise.all([...this.looks].map(async (look) => {
      if (!(await inTime(look()))) this.missed?.inc();
    }));
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

/** False when it fails, or is not done in time. */
async function inTime(look: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => { timer = setTimeout(() => resolve(false), LOOK_TIMEOUT_MS); });
  return Promise.race([look.then(() => true, () => false), late]).finally(() => clearTimeout(timer));
}
