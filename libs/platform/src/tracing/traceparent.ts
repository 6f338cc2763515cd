/** W3C Trace Context: `version-trace-span-flags`, lower case. Of a version to come what we know of it is read. */
const TRACEPARENT = /^(?!ff)([\da-f]{2})-((?!0{32})[\da-f]{32})-((?!0{16})[\da-f]{16})-[\da-f]([\da-f])(-.*)?$/;
const ODD = '13579bdf';
const FLAGS_LAST = 54;

export interface TraceContext { traceId: string; spanId: string; sampled: boolean }

export const traceparentOf = ({ traceId, spanId, sampled }: TraceContext): string => `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;

export function readTraceparent(text: string): TraceContext | undefined {
  const [, version, traceId, spanId, flag, more] = TRACEPARENT.exec(text) ?? [];
  if (version === undefined || (version === '00' && more !== undefined)) return undefined;
  return { traceId: traceId!, spanId: spanId!, sampled: ODD.includes(flag!) };
}

/** What a caller sent, in the form in which it is handed on and stored; a malformed one is dropped, as the specification says. */
export function traceparentFrom(header: string | undefined): string | undefined {
  const context = header === undefined ? undefined : readTraceparent(header);
  return context && traceparentOf(context);
}

/** One look at the flags: asked for every event of every batch. */
export const isSampled = (trace: string | undefined): trace is string => trace !== undefined && trace.length > FLAGS_LAST && ODD.includes(trace[FLAGS_LAST]!);
