import { Controller, HttpCode, Inject, RequestMapping, RequestMethod, Req, Res, type Type } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { OperationCalls, etagOf } from '../calls/operation-calls';
import { operations as table, type Operation } from '../operations';
import { ForOperations } from './access.guard';
import { callHeadersOf, type GatewayRequest } from './gateway-request';
import { describeOperation } from '../docs/describe-operation';
import { OperationInput, type RawInput } from './operation-input.decorator';

/** Makes the Nest controller of one resource from its operations: one handler a route. */
export function resourceController(resource: string, operations: readonly Operation[]): Type<unknown> {
  @ApiTags(resource)
  @Controller()
  class ResourceController {
    constructor(@Inject(OperationCalls) readonly calls: OperationCalls) {}
  }
  Object.defineProperty(ResourceController, 'name', { value: `${resource}Controller` });

  for (const answering of byRoute(operations)) {
    const [first] = answering;
    if (!first) continue;
    const { name, rest, status } = first;
    const locates = status === 201 && showsOne(first);
    const handler = {
      async [name](this: ResourceController, raw: RawInput, request: GatewayRequest, reply: FastifyReply): Promise<unknown> {
        const operation = request.operation!;
        const input = this.calls.input(operation, raw.ids, raw.fields, request.caller);
        return operation.kind === 'command' ? answerCommand(this.calls, operation, input, request, reply, locates) : answerQuery(this.calls, operation, input, request, reply);
      },
    }[name]!;
    const { prototype } = ResourceController;
    const descriptor: PropertyDescriptor = { value: handler, writable: true, configurable: true, enumerable: false };
    Object.defineProperty(prototype, name, descriptor);
    const decorators = [RequestMapping({ path: rest.path, method: RequestMethod[rest.method] }), HttpCode(status), ForOperations(answering), ...describeOperation(answering)];
    for (const decorate of decorators) decorate(prototype, name, descriptor);
    OperationInput()(prototype, name, 0);
    Req()(prototype, name, 1);
    Res({ passthrough: true })(prototype, name, 2);
  }
  return ResourceController;
}

function byRoute(operations: readonly Operation[]): Operation[][] {
  const routes = new Map<string, Operation[]>();
  for (const operation of operations) {
    const key = `${operation.rest.method} ${operation.rest.path}`;
    routes.set(key, [...(routes.get(key) ?? []), operation]);
  }
  return [...routes.values()];
}

/** Can what was made be read under `<path>/<id>`? */
const showsOne = ({ rest }: Operation): boolean => table.some((other) => other.rest.method === 'GET' && other.rest.path.startsWith(`${rest.path}/:`) && !other.rest.path.slice(rest.path.length + 2).includes('/'));

async function answerCommand(calls: OperationCalls, operation: Operation, input: Record<string, any>, request: GatewayRequest, reply: FastifyReply, locates: boolean): Promise<unknown> {
  const { id, revision, position, result } = await calls.command(operation, input, request.caller, callHeadersOf(request));
  reply.header('ETag', etagOf(revision)).header('Gridcase-Position', String(position));
  if (locates) reply.header('Location', `${operation.rest.path}/${encodeURIComponent(id)}`);
  return { id, revision, position: String(position), ...(result && { result }) };
}

async function answerQuery(calls: OperationCalls, operation: Operation, input: Record<string, any>, request: GatewayRequest, reply: FastifyReply): Promise<unknown> {
  const { result, position, revision } = await calls.query(operation, input, request.caller, callHeadersOf(request));
  reply.header('Gridcase-Position', String(position)).header('Cache-Control', 'private, no-cache');
  if (revision === undefined || operation.list || operation.changesWithTime) return result;
  const etag = etagOf(revision);
  reply.header('ETag', etag);
  if (!matches(request.headers['if-none-match'], etag)) return result;
  reply.status(304);
  return undefined;
}
const matches = (ifNoneMatch: string | undefined, etag: string): boolean => ifNoneMatch !== undefined && ifNoneMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
