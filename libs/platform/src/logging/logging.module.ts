import { Module, type DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { randomUuid } from '../ids';
import { createLogger, type Logger, type LoggerOptions } from './logger';

export const LOGGER = Symbol('LOGGER');
export const CORRELATION_HEADER = 'x-correlation-id';
/** Ids from outside go into logs and events: nothing but these. */
const CORRELATION_ID = /^[\w.:-]{8,128}$/;

/** The caller's id when it is well formed, else a new one. */
export const correlationIdFrom = (header: string | string[] | undefined): string =>
  typeof header === 'string' && CORRELATION_ID.test(header) ? header : randomUuid();

/** nestjs-pino on our logger, and the logger itself under `LOGGER`. Use `app.useLogger(app.get(PinoLogger))` in main. */
@Module({})
export class LoggingModule {
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
            genReqId: (request) => correlationIdFrom(request.headers[CORRELATION_HEADER]),
            customProps: (request) => ({ correlationId: String(request.id) }),
            quietReqLogger: true,
          },
        }),
      ],
      providers: [{ provide: LOGGER, useValue: logger }],
      exports: [LOGGER],
    };
  }
}
