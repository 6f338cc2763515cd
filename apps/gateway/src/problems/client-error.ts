import type { Socket } from 'node:net';
import { randomUuid } from '@gridcase/platform';
import { PROBLEM_MEDIA_TYPE, problemDocument, refuse, type RefusedRequest } from './problem';

/** What is no HTTP request at all never becomes one: it is answered here, on the bare connection, which then ends. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const correlationId = randomUuid();
  const document = problemDocument(refusalOf(error.code), correlationId);
  const body = JSON.stringify(document);
  socket.end(`HTTP/1.1 ${document.status} ${document.title}\r\nContent-Type: ${PROBLEM_MEDIA_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nCache-Control: no-store\r\nX-Correlation-Id: ${correlationId}\r\nConnection: close\r\n\r\n${body}`);
}

function refusalOf(code: string | undefined): RefusedRequest {
  if (code === 'HPE_HEADER_OVERFLOW') return refuse('HEADERS_TOO_LARGE');
  return refuse(code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'REQUEST_TOO_SLOW' : 'MALFORMED_REQUEST');
}
