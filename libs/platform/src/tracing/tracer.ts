import { ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace as otel, type Attributes, type Context, type Span as OtelSpan, type Tracer as OtelTracer } from '@opentelemetry/api';
import { isSampled, readTraceparent, traceparentOf } from './traceparent';

export type { Attributes } from '@opentelemetry/api';
export interface SpanOptions {
  /** Default internal. */
  kind?: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  /** Of small fixed sets and numbers: never what somebody wrote, who he is, or what he asks for. @rule Z13 */
  attributes?: Attributes;
}

const KINDS = { internal: SpanKind.INTERNAL, server: SpanKind.SERVER, client: SpanKind.CLIENT, producer: SpanKind.PRODUCER, consumer: SpanKind.CONSUMER };

/** A span that is being recorded. Where none is, there is no object: `span?.end()`. */
export class Span {
  /** traceparent of what happens within it. */
  readonly trace: string;

  constructor(private readonly span: OtelSpan) {
    const { traceId, spanId } = span.spanContext();
    this.trace = traceparentOf({ traceId, spanId, sampled: true });
  }

  end(attributes: Attributes = {}): void {
    this.span.setAttributes(attributes).end();
  }

  /** Ends it as failed. Of an error its kind alone (`errorKind`): its message may hold data of persons. */
  fail(kind: string, attributes: Attributes = {}): void {
    this.span.setStatus({ code: SpanStatusCode.ERROR });
    this.end({ ...attributes, 'error.type': kind });
  }
}

/** Its code, such as an SQLSTATE, else its class. */
export function errorKind(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : error.name;
}

/**
 * Makes the spans of one service. Contexts are handed on by hand, as traceparent: an AsyncLocalStorage around every call costs each promise
 * a hook (Node 20). Spans are in real time, also where the platform's clock is simulated.
 */
export class Tracer {
  /** Records nothing. */
  static readonly none = new Tracer(undefined);

  constructor(private readonly tracer: OtelTracer | undefined) {}

  get isOn(): boolean {
    return this.tracer !== undefined;
  }

  /** Within a trace that is sampled; undefined in all others, at the price of one look at the flags. */
  span(name: string, trace: string | undefined, options?: SpanOptions | (() => SpanOptions)): Span | undefined {
    if (this.tracer === undefined || !isSampled(trace)) return undefined;
    return this.start(name, trace, typeof options === 'function' ? options() : options);
  }

  /** Where a request comes in: goes on with the caller's trace or begins one, as the sampler decides. `trace` is what is handed on. */
  enter(name: string, trace: string | undefined, options?: SpanOptions): { trace?: string; span?: Span } {
    if (this.tracer === undefined) return { trace };
    const span = this.start(name, trace, options);
    if (span) return { trace: span.trace, span };
    // Those behind look at the flags and at nothing else: a sampler that says no to a sampled trace is heard by all.
    const context = trace === undefined ? undefined : readTraceparent(trace);
    return { trace: context && traceparentOf({ ...context, sampled: false }) };
  }

  private start(name: string, trace: string | undefined, { kind = 'internal', attributes }: SpanOptions = {}): Span | undefined {
    const span = this.tracer!.startSpan(name, { kind: KINDS[kind], attributes }, contextOf(trace));
    return span.isRecording() ? new Span(span) : undefined;
  }
}

function contextOf(trace: string | undefined): Context {
  const context = trace === undefined ? undefined : readTraceparent(trace);
  if (!context) return ROOT_CONTEXT;
  const { traceId, spanId, sampled } = context;
  return otel.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE, isRemote: true });
}

/** The call as it is made within the span. */
export const within = <Call extends { context: { trace?: string } }>(span: Span | undefined, call: Call): Call => (span ? { ...call, context: { ...call.context, trace: span.trace } } : call);

type Told<T> = (result: T) => Attributes;
/** Ends the span with the work; `told`: what of its result is worth telling. */
export const inSpan = <T>(span: Span | undefined, work: () => Promise<T>, told?: Told<T>): Promise<T> => (span ? ending([span], work, told) : work());
export const inSpans = <T>(spans: readonly Span[], work: () => Promise<T>, told?: Told<T>): Promise<T> => (spans.length > 0 ? ending(spans, work, told) : work());

async function ending<T>(spans: readonly Span[], work: () => Promise<T>, told: Told<T> = () => ({})): Promise<T> {
  try {
    const result = await work();
    for (const span of spans) span.end(told(result));
    return result;
  } catch (error) {
    for (const span of spans) span.fail(errorKind(error));
    throw error;
  }
}

interface Recorded { type: string; metadata: { trace?: string } }
const NO_SPANS: readonly Span[] = [];

/** A span for each sampled trace of a batch: the events of one append are told together. Of nearly every batch there is none. */
export function spansOfBatch<E extends Recorded>(tracer: Tracer, events: readonly E[], describe: (events: readonly E[]) => { name: string } & SpanOptions): readonly Span[] {
  if (!tracer.isOn) return NO_SPANS;
  let traces: Map<string, E[]> | undefined;
  for (const event of events) {
    const { trace } = event.metadata;
    if (!isSampled(trace)) continue;
    const together = (traces ??= new Map()).get(trace);
    if (together) together.push(event);
    else traces.set(trace, [event]);
  }
  if (!traces) return NO_SPANS;
  return [...traces].flatMap(([trace, together]) => {
    const { name, kind, attributes } = describe(together);
    return tracer.span(name, trace, { kind, attributes: { ...eventAttributes(together), ...attributes } }) ?? [];
  });
}

/** How many, and of which types. */
export const eventAttributes = (events: readonly { type: string }[]): Attributes => ({ 'gridcase.events': events.length, 'gridcase.event_types': [...new Set(events.map(({ type }) => type))] });
