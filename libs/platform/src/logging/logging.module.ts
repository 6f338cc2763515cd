import type { IncomingMessage, ServerResponse } from 'node:http';
import { Module, RequestMethod, type DynamicModule, type MiddlewareConsumer, type NestModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { randomUuid } from '../ids';
import { withCorrelation } from './correlation';
import { createLogger, loggedRequest, loggedResponse, type Logger, type LoggerOptions } from './logger';

export const LOGGER = Symbol('LOGGER');
export const CORRELATION_HEADER = 'x-correlation-id';
/** Ids from outside go into logs and events: nothing but these. */
const CORRELATION_ID = /^[\w.:-]{8,128}$/;

/** The caller's id when it is well formed, else a new one. */
export const correlationIdFrom = (header: string | string[] | undefined): string =>
  typeof header === 'string' && CORRELATION_ID.test(header) ? header : randomUuid();

const idOfRequest = new WeakMap<object, string>();
/** One id a request, whoever asks first. */
const correlationIdOf = (request: IncomingMessage): string => {
  const known = idOfRequest.get(request);
  if (known) return known;
  const id = correlationIdFrom(request.headers[CORRELATION_HEADER]);
  idOfRequest.set(request, id);
  return id;
};

/**
 * The logger under `LOGGER`, nestjs-pino on it (in main: `app.useLogger(app.get(nestjs-pino's Logger))`), one line a request, and the caller's
 * correlation id (`x-correlation-id`) around everything that the request does; it is given back in the answer.
 */
@Module({})
export class LoggingModule implements NestModule {
  static forRoot(options: LoggerOptions & { logger?: Logger; logRequests?: boolean }): DynamicModule {
    const logger = options.logger ?? createLogger(options);
    return {
      module: LoggingModule,
      global: true,
      imports: [
        LoggerModule.forRoot({
          pinoHttp: {
            logger,
            autoLogging: options.logRequests ?? true,
            // pino-http would else log the whole request: query, headers, tokens.
            wrapSerializers: false,
            serializers: { req: loggedRequest, res: loggedResponse },
            customProps: (request) => ({ correlationId: correlationIdOf(request) }),
          },
        }),
      ],
      providers: [{ provide: LOGGER, useValue: logger }],
      exports: [LOGGER],
    };
  }

  configure(consumer: MiddlewareConsumer): void {
    consumer
      .apply((request: IncomingMessage, response: ServerResponse, next: () => void) => {
        const correlationId = correlationIdOf(request);
        response.setHeader(CORRELATION_HEADER, correlationId);
        withCorrelation({ correlationId }, next);
      })
      .forRoutes({ path: '{*path}', method: RequestMethod.ALL });
  }
}
