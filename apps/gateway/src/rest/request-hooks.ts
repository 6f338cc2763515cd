import { CORRELATION_HEADER, correlated, correlationIdFrom, type Logger, type Tracer } from '@gridcase/platform';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import type { ConcurrencyLimit } from '../limits/concurrency-limit';
import { lingerAfterAnswer } from '../limits/lingering-close';
import type { CallMetrics } from '../metrics/call-metrics';
import { operations } from '../operations';
import { traceOf, type GatewayRequest } from './gateway-request';

export const requestIdOf = (request: IncomingMessage): string => correlationIdFrom(request.headers[CORRELATION_HEADER]);

/** Data, never a page: nothing may be run, framed, guessed at or kept by whoever is in between. */
const apiHeaders = { 'X-Content-Type-Options': 'nosniff', 'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'", 'Referrer-Policy': 'no-referrer', 'Cache-Control': 'no-store', 'Strict-Transport-Security': 'max-age=31536000; includeSubDomains' };

interface HookOptions { limit: ConcurrencyLimit; metrics: CallMetrics; logger: Logger; tracer: Tracer; demo: boolean }
/** Must answer while everything else is turned away. */
const isProbe = (url: string): boolean => url.startsWith('/health/') || url === '/metrics';

const services = new Map(operations.map(({ rest, service }) => [`${rest.method} ${rest.path}`, service]));
const serviceOf = ({ method, routeOptions }: FastifyRequest) => services.get(`${method === 'HEAD' ? 'GET' : method} ${routeOptions.url}`);

/** What every REST request goes through: trace, limit, headers of every answer, metrics, log line. */
export function addRequestHooks(http: FastifyInstance, { limit, metrics, logger, tracer, demo }: HookOptions): void {
  http.addHook('onRequest', (request, reply, done) => {
    reply.header('X-Correlation-Id', request.id);
    if (!request.url.startsWith('/docs')) reply.headers(apiHeaders);
    if (demo) reply.header('Gridcase-Demo-Issuer', 'true');
    if (isProbe(request.url)) return done();
    trace(request, reply, tracer);
    try {
      const leave = limit.enter(serviceOf(request));
      // `close` comes once for every answer, also when the caller hangs up.
      reply.raw.once('close', () => leave(reply.raw.writableFinished && reply.statusCode < 400));
      done();
    } catch (error) {
      done(error as Error);
    }
  });
  http.addHook('onSend', (request, reply, _, done) => {
    if (reply.getHeader('connection') === 'close' && !request.raw.complete) lingerAfterAnswer(request.raw);
    done();
  });
  http.addHook('onResponse', (request, reply, done) => {
    if (!isProbe(request.url)) record(request, reply, metrics, logger);
    done();
  });
}

/** Of the path its pattern only: an id may be one that a caller made of somebody's number (Z13). */
function trace(request: GatewayRequest, reply: FastifyReply, tracer: Tracer): void {
  const { method } = request;
  const route = request.routeOptions?.url;
  const { trace, span } = tracer.enter(route ? `${method} ${route}` : method, traceOf(request), { kind: 'server', attributes: { 'http.request.method': method, ...(route && { 'http.route': route }) } });
  request.trace = trace;
  if (!span) return;
  reply.raw.once('close', () => {
    const told = { 'http.response.status_code': reply.statusCode, ...(request.operation && { 'gridcase.operation': request.operation.name }) };
    if (!reply.raw.writableFinished) span.fail('aborted', told);
    else if (reply.statusCode >= 500) span.fail(String(reply.statusCode), told);
    else span.end(told);
  });
}

/** Neither query nor body nor person: no personal data in the log (Z13). */
function record(request: FastifyRequest, reply: FastifyReply, metrics: CallMetrics, logger: Logger): void {
  const { operation, caller, trace } = request as GatewayRequest;
  const name = operation?.name ?? 'none';
  metrics.record(name, 'rest', reply.statusCode, reply.elapsedTime);
  logger.info({ ...correlated(request.id, trace), method: request.method, route: request.routeOptions?.url, operation: name, status: reply.statusCode, ms: Math.round(reply.elapsedTime), role: caller?.role }, 'request');
}
