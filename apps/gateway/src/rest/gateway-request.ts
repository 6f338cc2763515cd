import type { FastifyRequest } from 'fastify';
import { traceparentFrom } from '@gridcase/platform';
import type { CallHeaders } from '../calls/operation-calls';
import type { Caller, Operation } from '../operations';

/** A request once the access guard has seen it. */
export interface GatewayRequest extends FastifyRequest {
  operation?: Operation;
  caller?: Caller;
  /** traceparent that is handed on: of the gateway's own span where there is one. */
  trace?: string;
}

const one = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);
export const callHeadersOf = ({ id, headers, trace }: GatewayRequest): CallHeaders => ({
  correlationId: String(id), trace, idempotencyKey: one(headers['idempotency-key']), ifMatch: headers['if-match'], minPosition: one(headers['gridcase-min-position']),
});
export const traceOf = ({ headers }: FastifyRequest): string | undefined => traceparentFrom(one(headers['traceparent']));
