import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Operation } from '../operations';
import { refuse } from '../problems/problem';
import type { GatewayRequest } from './gateway-request';

export interface RawInput { ids: Readonly<Record<string, unknown>>; fields: unknown }

/** Ids of the path, and the fields of the body or, where there is none, of the query; nothing of it is checked yet. */
export const OperationInput = createParamDecorator((_: undefined, context: ExecutionContext): RawInput => {
  const request = context.switchToHttp().getRequest<GatewayRequest>();
  return { ids: request.params as Record<string, unknown>, fields: fieldsOf(request.operation!, request) };
});

function fieldsOf(operation: Operation, request: GatewayRequest): unknown {
  if (operation.rest.method !== 'POST') return request.query;
  const mediaType = request.headers['content-type']?.split(';', 1)[0]!.trim().toLowerCase();
  const { text } = operation.rest;
  if (mediaType === undefined || mediaType === 'application/json') return withoutQuery(request, request.body ?? {});
  if (text && Object.hasOwn(text, mediaType) && typeof request.body === 'string') return { ...(request.query as object), ...text[mediaType], content: request.body };
  throw refuse('UNSUPPORTED_MEDIA_TYPE', { allowed: ['application/json', ...Object.keys(text ?? {})] });
}

/** A field in the query of a JSON request would be ignored silently. */
function withoutQuery(request: GatewayRequest, body: unknown): unknown {
  const names = Object.keys(request.query as object);
  if (names.length > 0) throw refuse('VALIDATION_FAILED', undefined, { errors: names.map((path) => ({ path, code: 'UNKNOWN_FIELD', message: 'belongs into the body', messageZh: '应写在请求体中' })) });
  return body;
}
