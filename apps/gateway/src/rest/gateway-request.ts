import type { FastifyRequest } from 'fastify';
import type { CallHeaders } from '../calls/operation-calls';
import type { Caller, Operation } from '../operations';

/** A request once the access guard has seen it. */
export interface GatewayRequest extends FastifyRequest {
  operation?: Operation;
  caller?: Caller;
}

const one = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);
export const callHeadersOf = ({ id, headers }: FastifyRequest): CallHeaders => ({
  correlationId: String(id), trace: traceOf(one(headers['traceparent'])), idempotencyKey: one(headers['idempotency-key']), ifMatch: headers['if-match'], minPosition: one(headers['gridcase-min-position']),
});
/** W3C trace context; a malformed one is dropped, as its specification says. */
export const traceOf = (traceparent: string | undefined): string | undefined => (traceparent && /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/.test(traceparent) ? traceparent : undefined);
