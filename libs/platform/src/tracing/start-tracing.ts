import { setTimeout as delay } from 'node:timers/promises';
import type * as Sdk from '@opentelemetry/sdk-trace';
import { Tracer } from './tracer';
import type { TracingConfig } from './tracing-config';

/** The traces of one process, whichever services run in it. */
export interface Tracing {
  tracer(service: string): Tracer;
  /** Sends what is recorded. A collector that is away does not keep the process from ending. */
  stop(): Promise<void>;
}

/** Spans that wait; more are dropped, never waited for. */
const QUEUE_SPANS_MAX = 8_192;
const REQUEST_SPANS_MAX = 512;
const STOP_TIMEOUT_MS = 2_000;
const SUCCESS = 0;

/**
 * OTLP over HTTP as JSON, beside the work: one queue a process, a resource of its own for every service in it. `onTrouble` is told once
 * when spans cannot be sent, and again only after some could.
 */
export async function startTracing(config: TracingConfig | undefined, onTrouble: (error: unknown) => void): Promise<Tracing> {
  if (!config) return { tracer: () => Tracer.none, stop: async () => undefined };
  // Nobody who records nothing loads the SDK.
  const [sdk, { detectResources, envDetector, resourceFromAttributes }, { OTLPTraceExporter }] = await Promise.all([import('@opentelemetry/sdk-trace'), import('@opentelemetry/resources'), import('@opentelemetry/exporter-trace-otlp-http')]);
  const exporter = troubleToldOnce(new OTLPTraceExporter({ url: config.url }), onTrouble);
  const processor = new sdk.BatchSpanProcessor({ exporter, maxQueueSize: QUEUE_SPANS_MAX, maxExportBatchSize: REQUEST_SPANS_MAX, scheduledDelayMillis: config.exportDelayMs });
  const sampler = samplerOf(config.sampler, config.ratio, sdk);
  const named = detectResources({ detectors: [envDetector] });
  return {
    tracer: (service) => {
      const resource = resourceFromAttributes({ 'service.name': service, 'service.namespace': 'gridcase' }).merge(named);
      return new Tracer(new sdk.TracerProvider({ resource, sampler, spanProcessors: [processor] }).getTracer(service));
    },
    stop: () => Promise.race([processor.shutdown().catch(() => undefined), delay(STOP_TIMEOUT_MS, undefined, { ref: false })]),
  };
}

function samplerOf(name: string, ratio: number, sdk: typeof Sdk): Sdk.Sampler {
  if (name.startsWith('parentbased_')) return new sdk.ParentBasedSampler({ root: samplerOf(name.slice('parentbased_'.length), ratio, sdk) });
  if (name === 'always_off') return new sdk.AlwaysOffSampler();
  return name === 'traceidratio' ? new sdk.TraceIdRatioBasedSampler(ratio) : new sdk.AlwaysOnSampler();
}

function troubleToldOnce(exporter: Sdk.SpanExporter, onTrouble: (error: unknown) => void): Sdk.SpanExporter {
  let troubled = false;
  return {
    export: (spans, done) => exporter.export(spans, (result) => {
      if (result.code !== SUCCESS && !troubled) onTrouble(result.error);
      troubled = result.code !== SUCCESS;
      done(result);
    }),
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  };
}
