import { RawCaller, type Answered } from '../raw-caller';
import type { Call } from './call';

/** The bytes of a call, as they are: nothing is put right on the way. */
export function bytesOf({ method, path, query, headers, body, raw }: Call, correlationId: string): Buffer {
  const content = raw ?? (body === undefined ? undefined : Buffer.from(JSON.stringify(body)));
  const address = query.length === 0 ? path : `${path}?${query.map(([name, value]) => `${name}=${value}`).join('&')}`;
  const all: Record<string, string> = { Host: 'gridcase', 'X-Correlation-Id': correlationId, ...(content && { 'Content-Type': 'application/json', 'Content-Length': String(content.length) }), ...headers };
  const head = `${method} ${address} HTTP/1.1\r\n${Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), ...(content ? [content] : [])]);
}

/** The next call on whichever connection is free. */
export async function sendAll(baseUrl: string, atATime: number, next: () => { call: Call; correlationId: string } | undefined, told: (call: Call, correlationId: string, answer: Answered | undefined) => void): Promise<void> {
  const { hostname, port } = new URL(baseUrl);
  await Promise.all(Array.from({ length: atATime }, async () => {
    const caller = new RawCaller(hostname, Number(port));
    for (let one = next(); one; one = next()) told(one.call, one.correlationId, await within(caller, bytesOf(one.call, one.correlationId)));
    caller.close();
  }));
}

const ANSWER_TIMEOUT_MS = 60_000;
function within(caller: RawCaller, bytes: Buffer): Promise<Answered | undefined> {
  // Ends the connection, and with it the wait.
  const timer = setTimeout(() => caller.close(), ANSWER_TIMEOUT_MS);
  return caller.ask(bytes).finally(() => clearTimeout(timer));
}
