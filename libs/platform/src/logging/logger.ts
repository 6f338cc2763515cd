import { pino, type DestinationStream, type Logger } from 'pino';
import { SystemClock } from '../clock';
import { redactor } from './redact';

export type { Logger } from 'pino';
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

export interface LoggerOptions {
  service: string;
  level?: LogLevel;
  /** Fields to hide beside `PERSONAL_FIELDS`. */
  personalFields?: readonly string[];
  /** Default standard output. */
  destination?: DestinationStream;
}

const errorLine = (error: unknown): Record<string, unknown> => {
  if (!(error instanceof Error)) return { message: String(error) };
  const { code } = error as { code?: unknown };
  return { type: error.name, message: error.message, ...(typeof code === 'string' && { code }), stack: error.stack, ...(error.cause !== undefined && { cause: errorLine(error.cause) }) };
};

const wallClock = new SystemClock();

/** A query string may hold a phone number to search for, headers hold tokens: neither is logged. */
export const loggedRequest = (request: { method?: string; url?: string; originalUrl?: string }) => ({
  method: request.method,
  path: (request.originalUrl ?? request.url)?.split('?', 1)[0],
});

export const loggedResponse = (response: { statusCode?: number }) => ({ statusCode: response.statusCode });

/** JSON lines with the service's name. Personal fields are hidden; of a request only method and path are shown. */
export function createLogger(options: LoggerOptions): Logger {
  const redact = redactor(options.personalFields);
  return pino(
    {
      level: options.level ?? 'info',
      base: { service: options.service },
      messageKey: 'message',
      // The time a line was written is the machine's, even where the platform's clock is simulated.
      timestamp: () => `,"time":"${wallClock.now()}"`,
      formatters: { level: (label) => ({ level: label }), log: redact },
      serializers: {
        // Of an error its kind and where: drivers hang whole connections with their settings on theirs.
        err: errorLine,
        req: loggedRequest,
        res: loggedResponse,
      },
    },
    options.destination ?? pino.destination({ sync: false }),
  );
}
