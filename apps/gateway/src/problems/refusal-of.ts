import { HttpException } from '@nestjs/common';
import { ServiceFailed, ServiceUnavailable } from '@gridcase/service';
import { RefusedRequest, refuse } from './problem';

/** Anything thrown on the way → what the caller is told. `unexpected`: a fault of ours, to be logged with its stack. */
export function refusalOf(error: unknown): { refused: RefusedRequest; unexpected: boolean } {
  if (error instanceof RefusedRequest) return { refused: error, unexpected: false };
  if (error instanceof ServiceUnavailable) return { refused: new RefusedRequest({ code: error.code, params: { service: error.service } }, undefined, { 'Retry-After': '1' }), unexpected: false };
  if (error instanceof ServiceFailed) return { refused: refuse('INTERNAL'), unexpected: true };
  const status = error instanceof HttpException ? error.getStatus() : (error as { statusCode?: unknown } | null)?.statusCode;
  switch (status) {
    case 400: return { refused: refuse(isBodyError(error) ? 'MALFORMED_BODY' : 'MALFORMED_REQUEST'), unexpected: false };
    case 404: return { refused: refuse('ROUTE_NOT_FOUND'), unexpected: false };
    case 413: return { refused: refuse('BODY_TOO_LARGE'), unexpected: false };
    case 415: return { refused: refuse('UNSUPPORTED_MEDIA_TYPE', { allowed: 'application/json' }), unexpected: false };
    default: return typeof status === 'number' && status >= 400 && status < 500 ? { refused: refuse('MALFORMED_REQUEST'), unexpected: false } : { refused: refuse('INTERNAL'), unexpected: true };
  }
}
const isBodyError = (error: unknown): boolean => /body|json/i.test(error instanceof Error ? error.message : '');
