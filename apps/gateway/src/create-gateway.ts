import 'reflect-metadata';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import helmet from '@fastify/helmet';
import type { LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Health, SystemClock, Tracer, type Clock, type Logger, type Metrics } from '@gridcase/platform';
import { Authenticator } from './auth/authenticator';
import type { DemoIssuer } from './auth/demo-issuer';
import type { TokenVerifier } from './auth/token-verifier';
import { OperationCalls, type ServiceCalls } from './calls/operation-calls';
import { mountDocs } from './docs/docs-page';
import type { EvidenceStore } from './evidence/evidence-store';
import { GatewayModule } from './gateway.module';
import { startPublicApi, type PublicApi } from './grpc/public-api.server';
import { CALLS_MIN, ConcurrencyLimit } from './limits/concurrency-limit';
import { RateLimiter, type Rate } from './limits/rate-limiter';
import { CallMetrics } from './metrics/call-metrics';
import { BODY_BYTES_MAX, operations } from './operations';
import { answerClientError } from './problems/client-error';
import { sendProblem } from './problems/problem.filter';
import { refusalOf } from './problems/refusal-of';
import { addBodyParsers } from './rest/body-parsers';
import { addRequestHooks, requestIdOf } from './rest/request-hooks';
import { RouteIndex } from './rest/route-index';
import type { Simulation } from './simulation/simulation.controller';

export interface GatewayLimits {
  /** Requests under way at once, both transports together. */
  underWayMax: number;
  /** Calls to one service that are always let in at a time; more only while they do not queue. */
  callsMin: number;
  perCaller: Rate;
  /** Where nobody is named: public notice, documents, demo tokens. */
  perAddress: Rate;
}
export interface GatewayOptions {
  client: ServiceCalls;
  clock: Clock;
  auth: { /** OpenID Connect providers and the like. */ verifiers?: readonly TokenVerifier[]; /** Trials only: signs tokens for whoever asks. */ demo?: DemoIssuer };
  evidence: EvidenceStore;
  simulation?: Simulation;
  rest: { host: string; port: number };
  grpc: { host: string; port: number };
  logger: Logger;
  metrics: Metrics;
  tracer?: Tracer;
  health?: Health;
  limits?: Partial<GatewayLimits>;
  /** Addresses or ranges of proxies whose X-Forwarded-For tells who calls; default none is believed. */
  trustProxy?: readonly string[];
}
export interface Gateway {
  /** `http://127.0.0.1:8080` */
  url: string;
  /** `127.0.0.1:50051` */
  grpcAddress: string;
  /** Takes no new requests and resolves when the last one is answered. */
  close(): Promise<void>;
}

const limitDefaults: GatewayLimits = { underWayMax: 1_000, callsMin: CALLS_MIN, perCaller: { perSecond: 5_000, burst: 10_000 }, perAddress: { perSecond: 100, burst: 500 } };
const PATH_PARAMETER_CHARACTERS_MAX = 300;
const IDLE_SWEEP_MS = 50;

export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { client, clock, auth, evidence, simulation, logger, metrics, tracer = Tracer.none } = options;
  const limits = { ...limitDefaults, ...options.limits };
  // Tokens, limits and durations are real time, also where the platform's clock is simulated.
  const machineClock = new SystemClock();
  const health = options.health ?? new Health();
  const routes = new RouteIndex();
  const limit = new ConcurrencyLimit(limits.underWayMax, limits.callsMin, () => machineClock.monotonicMs());
  const callMetrics = new CallMetrics(metrics);
  if (auth.demo) logger.warn('demo issuer is on: POST /v1/demo/tokens gives any role to whoever asks; never run it in production');

  const adapter = new FastifyAdapter({
    bodyLimit: BODY_BYTES_MAX, ...(options.trustProxy?.length && { trustProxy: [...options.trustProxy] }), genReqId: requestIdOf, routerOptions: { maxParamLength: PATH_PARAMETER_CHARACTERS_MAX }, forceCloseConnections: 'idle', return503OnClosing: false, clientErrorHandler: answerClientError,
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => sendProblem(reply.header('X-Correlation-Id', request.id), refusalOf(error).refused, String(request.id)),
  } as ConstructorParameters<typeof FastifyAdapter>[0]);
  const http = adapter.getInstance() as unknown as FastifyInstance;
  http.addHook('onRoute', (route) => {
    routes.add(route);
    const longer = operations.find(({ rest, bodyBytesMax }) => bodyBytesMax !== BODY_BYTES_MAX && rest.method === route.method && rest.path === route.url);
    if (longer) route.bodyLimit = longer.bodyBytesMax;
  });
  addRequestHooks(http, { limit, metrics: callMetrics, logger, tracer, demo: auth.demo !== undefined });
  addBodyParsers(http);

  const authenticator = new Authenticator([...(auth.verifiers ?? []), ...(auth.demo ? [auth.demo] : [])], machineClock);
  const limiter = new RateLimiter(limits, () => machineClock.monotonicMs());
  const app = await NestFactory.create<NestFastifyApplication>(
    GatewayModule.with({ client, clock, authenticator, demo: auth.demo, evidence, simulation, limiter, routes, logger, metrics, health }), adapter,
    { logger: nestLogger(logger), bodyParser: false, abortOnError: false },
  );
  // For the page; answers of the API carry stricter headers of their own (request-hooks). Plain http inside a city's network is
  // common: an upgrade to https would break the page there.
  await app.register(helmet as never, { global: false, contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } } as never);
  mountDocs(app);
  let api: PublicApi;
  try {
    await app.listen({ host: options.rest.host, port: options.rest.port });
    api = await startPublicApi({ calls: app.get(OperationCalls), limit, limiter, metrics: callMetrics, health, logger, tracer, ...options.grpc });
  } catch (error) {
    await app.close();
    throw error;
  }
  const { port } = app.getHttpServer().address() as AddressInfo;

  return {
    url: `http://${options.rest.host === '0.0.0.0' ? '127.0.0.1' : options.rest.host}:${port}`,
    grpcAddress: api.address,
    close: async () => {
      health.markStopping();
      // A kept-alive connection that was answering when closing began, or one on which nothing was ever asked, would hold the server until
      // its own timeout.
      const server = app.getHttpServer() as Server;
      const sweep = setInterval(() => (limit.isIdle ? server.closeAllConnections() : server.closeIdleConnections()), IDLE_SWEEP_MS);
      await Promise.all([app.close(), api.close()]).finally(() => clearInterval(sweep));
    },
  };
}

/** Nest's own messages of start and stop are not worth a line; what goes wrong is. */
const nestLogger = (logger: Logger): LoggerService => ({
  log: () => undefined,
  warn: (message: unknown) => logger.warn(String(message)),
  error: (message: unknown) => logger.error(String(message)),
});
