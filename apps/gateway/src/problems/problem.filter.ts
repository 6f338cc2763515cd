import { Catch, Inject, NotFoundException, ServiceUnavailableException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { correlated, type Logger } from '@gridcase/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GATEWAY_LOGGER } from '../tokens';
import type { GatewayRequest } from '../rest/gateway-request';
import { RouteIndex } from '../rest/route-index';
import { PROBLEM_MEDIA_TYPE, RefusedRequest, problemDocument, refuse } from './problem';
import { refusalOf } from './refusal-of';

/** Every failure of a REST request leaves as one problem document; stacks go to the log only. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(GATEWAY_LOGGER) private readonly logger: Logger, @Inject(RouteIndex) private readonly routes: RouteIndex) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<GatewayRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const report = error instanceof ServiceUnavailableException ? error.getResponse() : undefined;
    if (typeof report === 'object' && 'checks' in report) return void reply.status(503).header('Cache-Control', 'no-store').send(report);
    const { refused, unexpected } = refusalOf(this.withMethods(error, request));
    if (unexpected) this.logger.error({ err: error, ...correlated(String(request.id), request.trace), method: request.method, route: request.routeOptions?.url }, 'request failed');
    if (reply.sent) return;
    sendProblem(reply, refused, String(request.id));
  }

  /** A known path with another method is a 405 with `Allow`. */
  private withMethods(error: unknown, request: FastifyRequest): unknown {
    if (!(error instanceof NotFoundException)) return error;
    const allowed = this.routes.methodsOf(request.url);
    return allowed.length === 0 ? error : refuse('METHOD_NOT_ALLOWED', { allowed }, { headers: { Allow: allowed.join(', ') } });
  }
}

export function sendProblem(reply: FastifyReply, refused: RefusedRequest, correlationId: string): void {
  const document = problemDocument(refused, correlationId);
  const retry = document.status === 503 ? { 'Retry-After': '1' } : {};
  void reply.status(document.status).headers({ ...retry, ...refused.headers }).header('Content-Type', PROBLEM_MEDIA_TYPE).header('Cache-Control', 'no-store').send(JSON.stringify(document));
}
