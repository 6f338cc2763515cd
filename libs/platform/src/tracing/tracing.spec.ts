import { recordSpans } from '@gridcase/testing';
import { z } from 'zod';
import { ConfigError, correlated, errorKind, inSpan, isSampled, readConfig, readTraceparent, spansOfBatch, startTracing, traceparentFrom, tracingPart, tracingVariables, Tracer, within, type TracingConfig } from '..';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN_ID = '00f067aa0ba902b7';
const sampled = `00-${TRACE_ID}-${SPAN_ID}-01`;
const unsampled = `00-${TRACE_ID}-${SPAN_ID}-00`;

describe('traceparent', () => {
  it.each([
    ['as it stands', sampled, sampled],
    ['flags we do not know are dropped', `00-${TRACE_ID}-${SPAN_ID}-03`, sampled],
    ['a letter as flag', `00-${TRACE_ID}-${SPAN_ID}-0a`, unsampled],
    ['a version to come, with more behind it', `cc-${TRACE_ID}-${SPAN_ID}-01-what-the-future-holds`, sampled],
    ['none', undefined, undefined],
    ['version 00 with more behind it', `${sampled}-more`, undefined],
    ['the version that is not allowed', `ff-${TRACE_ID}-${SPAN_ID}-01`, undefined],
    ['upper case', sampled.toUpperCase(), undefined],
    ['no trace', `00-${'0'.repeat(32)}-${SPAN_ID}-01`, undefined],
    ['no span', `00-${TRACE_ID}-${'0'.repeat(16)}-01`, undefined],
    ['two of them', `${sampled}, ${sampled}`, undefined],
    ['something else', 'a telephone number', undefined],
  ])('%s', (_, header, expected) => expect(traceparentFrom(header)).toBe(expected));

  it('is sampled by the last bit of its flags', () => {
    expect([sampled, unsampled, `00-${TRACE_ID}-${SPAN_ID}-0b`, `00-${TRACE_ID}-${SPAN_ID}-0a`, '00-aa', '', undefined].map(isSampled)).toEqual([true, false, true, false, false, false, false]);
  });

  it('names the trace in a log line', () => {
    expect(correlated('c', sampled)).toEqual({ correlationId: 'c', traceId: TRACE_ID });
    expect(correlated('c', undefined)).toEqual({ correlationId: 'c' });
  });
});

describe('a tracer', () => {
  it('goes on with a sampled trace, and hands on the context of its own span', async () => {
    const { tracer, spans } = await recordSpans();
    const { trace, span } = tracer.enter('GET /', sampled, { kind: 'server' });
    const inner = tracer.span('inner', trace)!;
    inner.end({ 'gridcase.events': 2 });
    span!.end();
    expect(spans()).toEqual([
      expect.objectContaining({ name: 'inner', kind: 'internal', traceId: TRACE_ID, parent: readTraceparent(trace!)!.spanId, attributes: { 'gridcase.events': 2 }, failed: false }),
      expect.objectContaining({ name: 'GET /', kind: 'server', traceId: TRACE_ID, parent: SPAN_ID }),
    ]);
    expect(within(span, { context: { trace: sampled, other: 1 } })).toEqual({ context: { trace, other: 1 } });
  });

  it('records nothing of a trace that is not sampled, and begins none but at the entrance', async () => {
    const { tracer, spans } = await recordSpans();
    expect(tracer.span('a', unsampled)).toBeUndefined();
    expect(tracer.span('b', undefined)).toBeUndefined();
    expect(tracer.enter('c', unsampled)).toEqual({ trace: unsampled });
    const begun = tracer.enter('d', undefined);
    begun.span!.end();
    expect(spans().map(({ name, parent }) => [name, parent])).toEqual([['d', undefined]]);
    expect(isSampled(begun.trace)).toBe(true);
  });

  it('that is off hands on what came', () => {
    expect(Tracer.none.enter('a', sampled)).toEqual({ trace: sampled });
    expect(Tracer.none.span('a', sampled)).toBeUndefined();
    expect(spansOfBatch(Tracer.none, [{ type: 'A', metadata: { trace: sampled } }], () => ({ name: 'a' }))).toEqual([]);
  });

  it('tells of a failure its kind, never its words', async () => {
    const { tracer, spans } = await recordSpans();
    const failing = inSpan(tracer.span('a', sampled), async () => { throw new TypeError('Li Hongwei, 15199536942'); });
    await expect(failing).rejects.toThrow('Li Hongwei');
    expect(spans()).toEqual([expect.objectContaining({ failed: true, attributes: { 'error.type': 'TypeError' } })]);
    expect(errorKind(Object.assign(new Error('duplicate key (name)=(Li)'), { code: '23505' }))).toBe('23505');
  });

  it('of a batch tells each sampled trace once', async () => {
    const { tracer, spans } = await recordSpans();
    const other = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
    const events = [['A', sampled], ['A', undefined], ['B', sampled], ['C', unsampled], ['A', other]].map(([type, trace]) => ({ type: type!, metadata: { trace } }));
    for (const span of spansOfBatch(tracer, events, (together) => ({ name: `project ${together.length}`, kind: 'consumer' }))) span.end();
    expect(spans().map(({ name, traceId, parent, attributes }) => ({ name, traceId, parent, attributes }))).toEqual([
      { name: 'project 2', traceId: TRACE_ID, parent: SPAN_ID, attributes: { 'gridcase.events': 2, 'gridcase.event_types': ['A', 'B'] } },
      { name: 'project 1', traceId: '1'.repeat(32), parent: '2'.repeat(16), attributes: { 'gridcase.events': 1, 'gridcase.event_types': ['A'] } },
    ]);
  });
});

describe('configuration', () => {
  const configOf = (env: Record<string, string>): TracingConfig | undefined => tracingPart(readConfig(z.object(tracingVariables), env));

  it('is off without an endpoint, or when it is said to be', async () => {
    expect(configOf({})).toBeUndefined();
    expect(configOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel:4318', OTEL_SDK_DISABLED: 'true' })).toBeUndefined();
    const tracing = await startTracing(undefined, () => undefined);
    expect(tracing.tracer('a')).toBe(Tracer.none);
    await tracing.stop();
  });

  it('reads the standard variables, and says what is wrong with them', () => {
    expect(configOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel:4318/' })).toEqual({ url: 'http://otel:4318/v1/traces', sampler: 'parentbased_always_on', ratio: 1, exportDelayMs: 5_000 });
    expect(configOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel:4318', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces/here', OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' })).toMatchObject({ url: 'https://traces/here', sampler: 'traceidratio', ratio: 0.25 });
    expect(() => configOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'otel', OTEL_TRACES_SAMPLER: 'some', OTEL_TRACES_SAMPLER_ARG: '2' })).toThrow(ConfigError);
  });

  it.each<[TracingConfig['sampler'], boolean[]]>([
    ['parentbased_always_on', [true, false, true]], ['parentbased_always_off', [true, false, false]], ['parentbased_traceidratio', [true, false, false]],
    ['always_on', [true, true, true]], ['always_off', [false, false, false]], ['traceidratio', [false, false, false]],
  ])('the sampler %s: of a sampled caller, another, and none', async (sampler, recorded) => {
    const tracing = await startTracing({ url: 'http://127.0.0.1:9/v1/traces', sampler, ratio: 0, exportDelayMs: 60_000 }, () => undefined);
    const entered = [sampled, unsampled, undefined].map((trace) => tracing.tracer('a').enter('b', trace));
    expect(entered.map(({ span }) => span !== undefined)).toEqual(recorded);
    // Heard by all behind it.
    expect(entered.map(({ trace }) => isSampled(trace))).toEqual(recorded);
  });
});
