import type { IncomingMessage } from 'node:http';

const LINGER_MS = 2_000;

/**
 * For a request that is refused before its body was read and whose connection closes with the answer: what the caller is still sending is
 * taken and thrown away, until he closes too. Closed over unread bytes the connection is reset, and the answer may be lost with it (RFC 9112 §9.6).
 */
export function lingerAfterAnswer(request: IncomingMessage): void {
  const { socket } = request;
  socket.destroySoon = () => {
    socket.end();
    request.resume();
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(timer));
  };
}
