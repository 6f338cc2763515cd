import { Metadata, Server, ServerCredentials, status, type ServiceDefinition, type UntypedServiceImplementation, type handleUnaryCall } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { correlated, correlationIdFrom, traceparentFrom, type Health, type Logger, type Tracer } from '@gridcase/platform';
import type { CallHeaders, OperationCalls } from '../calls/operation-calls';
import type { ConcurrencyLimit, Leave } from '../limits/concurrency-limit';
import type { RateLimiter } from '../limits/rate-limiter';
import type { CallMetrics } from '../metrics/call-metrics';
import { operations, type Caller, type Operation } from '../operations';
import { problemDocument, refuse } from '../problems/problem';
import { refusalOf } from '../problems/refusal-of';
import { HealthService } from './health-service';
import { loadPublicApi, loadPublicApiAsWritten } from './proto-files';
import { requestFields } from './request-fields';
import { statusOf } from './status-of';
import { toStruct } from './struct';

export interface PublicApiOptions { calls: OperationCalls; limit: ConcurrencyLimit; limiter: RateLimiter; metrics: CallMetrics; health: Health; logger: Logger; tracer: Tracer; host: string; port: number }
export interface PublicApi { address: string; close(): Promise<void> }
/** Refusal as REST would answer it; `-bin` because metadata texts are ASCII. */
export const PROBLEM_METADATA = 'gridcase-problem-bin';
const CLOSE_TIMEOUT_MS = 5_000;

type Message = Record<string, unknown>;

/** The operations of the table as gRPC services `gridcase.v1.*`, with reflection and health. */
export async function startPublicApi(options: PublicApiOptions): Promise<PublicApi> {
  const definition = loadPublicApi();
  const server = new Server({ 'grpc.max_receive_message_length': Math.max(...operations.map(({ bodyBytesMax }) => bodyBytesMax)) });
  const byResource = new Map<string, UntypedServiceImplementation>();
  for (const operation of operations) {
    if (operation.kind === 'local') continue;
    const methods = byResource.get(operation.resource) ?? {};
    methods[operation.name] = handlerOf(operation, options);
    byResource.set(operation.resource, methods);
  }
  const names = new Set<string>();
  for (const [resource, methods] of byResource) {
    const name = `gridcase.v1.${resource}`;
    names.add(name);
    server.addService(received(definition[name] as ServiceDefinition), methods);
  }
  const health = new HealthService(options.health, names);
  health.addTo(server);
  new ReflectionService(loadPublicApiAsWritten()).addToServer(server);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`${options.host}:${options.port}`, ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))));
  return {
    address: `${options.host === '0.0.0.0' ? '127.0.0.1' : options.host}:${port}`,
    close: async () => {
      health.close();
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => server.forceShutdown(), CLOSE_TIMEOUT_MS);
        server.tryShutdown(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    },
  };
}

/** Bytes of a request as it came: the server has one limit for all methods, an operation its own. */
const bytesOf = new WeakMap<object, number>();
/** Its bytes are not the message: the server by itself would call that a fault of its own, and tell the parser's words. */
const unreadable = new WeakSet<object>();
const received = (definition: ServiceDefinition): ServiceDefinition => Object.fromEntries(Object.entries(definition).map(([name, method]) => [name, {
  ...method,
  requestDeserialize: (bytes: Buffer): object => {
    try {
      const message = method.requestDeserialize(bytes) as object;
      bytesOf.set(message, bytes.length);
      return message;
    } catch {
      const nothing = {};
      unreadable.add(nothing);
      return nothing;
    }
  },
}]));

function handlerOf(operation: Operation, { calls, limit, limiter, metrics, logger, tracer }: PublicApiOptions): handleUnaryCall<Message, Message> {
  return (call, callback) => {
    const startedMs = performance.now();
    const [service, method] = [`gridcase.v1.${operation.resource}`, operation.name];
    const { trace, span } = tracer.enter(`${service}/${method}`, traceparentFrom(textOf(call.metadata, 'traceparent')), { kind: 'server', attributes: { 'rpc.system': 'grpc', 'rpc.service': service, 'rpc.method': method, 'gridcase.operation': method } });
    const headers = { ...callHeadersOf(call.metadata), trace };
    const sent = new Metadata();
    sent.set('x-correlation-id', headers.correlationId);
    call.sendMetadata(sent);
    let caller: Caller | undefined;
    let leave: Leave = () => undefined;

    const run = async (): Promise<Message> => {
      leave = limit.enter(operation.service);
      caller = await calls.authorize(operation, textOf(call.metadata, 'authorization'));
      limiter.takeFor(caller?.person, call.getPeer().replace(/:\d+$/, ''));
      if (unreadable.has(call.request)) throw refuse('MALFORMED_REQUEST');
      if ((bytesOf.get(call.request) ?? 0) > operation.bodyBytesMax) throw refuse('BODY_TOO_LARGE');
      const { ids, fields } = requestFields(operation, call.request);
      const input = calls.input(operation, ids, fields, caller);
      return operation.kind === 'command' ? answerCommand(calls, operation, input, caller, headers) : answerQuery(calls, operation, input, caller, headers);
    };
    const finish = (httpStatus: number): void => {
      leave(httpStatus < 400);
      const elapsedMs = performance.now() - startedMs;
      metrics.record(operation.name, 'grpc', httpStatus, elapsedMs);
      logger.info({ ...correlated(headers.correlationId, trace), operation: operation.name, transport: 'grpc', status: httpStatus, ms: Math.round(elapsedMs), role: caller?.role }, 'request');
    };
    run().then(
      (answer) => {
        finish(operation.status);
        span?.end({ 'rpc.grpc.status_code': status.OK });
        callback(null, answer);
      },
      (error: unknown) => {
        const { refused, unexpected } = refusalOf(error);
        if (unexpected) logger.error({ err: error, ...correlated(headers.correlationId, trace), operation: operation.name }, 'request failed');
        const document = problemDocument(refused, headers.correlationId);
        finish(document.status);
        const code = statusOf(document.status);
        if (document.status >= 500) span?.fail(document.code, { 'rpc.grpc.status_code': code });
        else span?.end({ 'rpc.grpc.status_code': code });
        const metadata = new Metadata();
        metadata.set(PROBLEM_METADATA, Buffer.from(JSON.stringify(document)));
        callback({ code, details: `${document.code}: ${document.detail}`, metadata });
      },
    );
  };
}

async function answerCommand(calls: OperationCalls, operation: Operation, input: Message, caller: Caller | undefined, headers: CallHeaders): Promise<Message> {
  const { id, revision, position, result } = await calls.command(operation, input, caller, headers);
  return { id, revision, position: String(position), ...(result && { result: toStruct(result) }) };
}

async function answerQuery(calls: OperationCalls, operation: Operation, input: Message, caller: Caller | undefined, headers: CallHeaders): Promise<Message> {
  const { result, position, revision } = await calls.query(operation, input, caller, headers);
  if (operation.list) return { items: (result.items as object[]).map(toStruct), ...(result.next !== undefined && { next: result.next }), position: String(position) };
  return { resource: toStruct(result as object), position: String(position), ...(revision !== undefined && !operation.changesWithTime && { revision }) };
}

const textOf = (metadata: Metadata, name: string): string | undefined => {
  const [value] = metadata.get(name);
  return typeof value === 'string' ? value : undefined;
};
const callHeadersOf = (metadata: Metadata): CallHeaders => ({
  correlationId: correlationIdFrom(textOf(metadata, 'x-correlation-id')),
  idempotencyKey: textOf(metadata, 'idempotency-key'), ifMatch: textOf(metadata, 'if-match'), minPosition: textOf(metadata, 'gridcase-min-position'),
});
