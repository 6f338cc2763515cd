import { randomUuid } from '../ids';
import { readTraceparent } from '../tracing/traceparent';

export const CORRELATION_HEADER = 'x-correlation-id';
/** Ids from outside go into logs and events: nothing but these. */
const CORRELATION_ID = /^[\w.:-]{8,128}$/;

/** The caller's id when it is well formed, else a new one. */
export const correlationIdFrom = (header: string | string[] | undefined): string =>
  typeof header === 'string' && CORRELATION_ID.test(header) ? header : randomUuid();

/** By what a log line is found: the request it belongs to, and the trace where there is one. */
export function correlated(correlationId: string, trace: string | undefined): { correlationId: string; traceId?: string } {
  const traceId = trace === undefined ? undefined : readTraceparent(trace)?.traceId;
  return { correlationId, ...(traceId !== undefined && { traceId }) };
}
