import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Tracer } from '@gridcase/platform';

/** A span as a collector gets it, whichever way it came. */
export interface CollectedSpan {
  service: string;
  name: string;
  kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  traceId: string;
  spanId: string;
  /** Of the span above it. */
  parent?: string;
  attributes: Record<string, unknown>;
  failed: boolean;
}
const KINDS = ['internal', 'server', 'client', 'producer', 'consumer'] as const;
const ERROR = 2;

/** A tracer whose spans stay in memory, with the sampler of a production set to follow its callers. */
export async function recordSpans(service = 'tiny'): Promise<{ tracer: Tracer; spans(): CollectedSpan[] }> {
  const { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } = await import('@opentelemetry/sdk-trace');
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  return {
    tracer: new Tracer(provider.getTracer(service)),
    spans: () => exporter.getFinishedSpans().map((span) => ({
      service, name: span.name, kind: KINDS[span.kind]!, traceId: span.spanContext().traceId, spanId: span.spanContext().spanId, parent: span.parentSpanContext?.spanId,
      attributes: { ...span.attributes }, failed: span.status.code === ERROR,
    })),
  };
}

interface OtlpValue { stringValue?: string; intValue?: number | string; doubleValue?: number; boolValue?: boolean; arrayValue?: { values?: OtlpValue[] } }
interface OtlpAttribute { key: string; value: OtlpValue }
interface OtlpSpan { name: string; kind: number; traceId: string; spanId: string; parentSpanId?: string; attributes?: OtlpAttribute[]; status?: { code?: number } }
interface OtlpRequest { resourceSpans?: { resource?: { attributes?: OtlpAttribute[] }; scopeSpans?: { spans?: OtlpSpan[] }[] }[] }

export interface SpanCollector {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  endpoint: string;
  spans(): CollectedSpan[];
  /** From now on nobody answers there. */
  close(): Promise<void>;
}

/** What OpenTelemetry's collector is to the platform: OTLP over HTTP, as JSON. */
export async function startSpanCollector(): Promise<SpanCollector> {
  const collected: CollectedSpan[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const isForUs = request.method === 'POST' && request.url === '/v1/traces' && request.headers['content-type'] === 'application/json';
      if (isForUs) collected.push(...spansIn(JSON.parse(Buffer.concat(chunks).toString()) as OtlpRequest));
      response.writeHead(isForUs ? 200 : 404, { 'Content-Type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans: () => [...collected],
    close: () => new Promise((closed) => { server.close(() => closed()); server.closeAllConnections(); }),
  };
}

const spansIn = ({ resourceSpans = [] }: OtlpRequest): CollectedSpan[] => resourceSpans.flatMap(({ resource, scopeSpans = [] }) => {
  const service = String(attributesOf(resource?.attributes)['service.name']);
  return scopeSpans.flatMap(({ spans = [] }) => spans.map((span) => ({
    service, name: span.name, kind: KINDS[span.kind - 1]!, traceId: span.traceId, spanId: span.spanId, parent: span.parentSpanId || undefined,
    attributes: attributesOf(span.attributes), failed: span.status?.code === ERROR,
  })));
});

const attributesOf = (list: readonly OtlpAttribute[] = []): Record<string, unknown> => Object.fromEntries(list.map(({ key, value }) => [key, valueOf(value)]));
const valueOf = ({ stringValue, intValue, doubleValue, boolValue, arrayValue }: OtlpValue): unknown =>
  stringValue ?? (intValue === undefined ? undefined : Number(intValue)) ?? doubleValue ?? boolValue ?? arrayValue?.values?.map(valueOf);
