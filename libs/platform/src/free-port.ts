import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below what systems take for outgoing connections (from 32768 on Linux, from 49152 elsewhere): nobody takes it before it is used. */
const FROM = 15_000;
const BELOW = 32_000;
const ATTEMPTS = 50;

/** A port of 127.0.0.1 that nobody listens on; by chance, so that whoever else looks for one at the same time finds another. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = randomInt(FROM, BELOW);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port among ${ATTEMPTS} from ${FROM} to ${BELOW}`);
}

const isFree = (port: number): Promise<boolean> => new Promise((resolve, reject) => {
  const server = createServer()
    .once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' || error.code === 'EACCES' ? resolve(false) : reject(error)))
    .listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
});
