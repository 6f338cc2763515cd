import { randomUuid } from '../ids';

export const CORRELATION_HEADER = 'x-correlation-id';
/** Ids from outside go into logs and events: nothing but these. */
const CORRELATION_ID = /^[\w.:-]{8,128}$/;

/** The caller's id when it is well formed, else a new one. */
export const correlationIdFrom = (header: string | string[] | undefined): string =>
  typeof header === 'string' && CORRELATION_ID.test(header) ? header : randomUuid();
