import { createServer } from 'node:net';

export class PortTaken extends Error {
  constructor(readonly host: string, readonly port: number) {
    super(`port ${port} on ${host} is in use`);
    this.name = 'PortTaken';
  }
}

/** Nobody holds it now. @throws PortTaken, or why the address cannot be used at all */
export const checkPort = (host: string, port: number): Promise<void> => new Promise((resolve, reject) => {
  const server = createServer()
    .once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'EADDRINUSE' ? new PortTaken(host, port) : error))
    .listen(port, host, () => server.close(() => resolve()));
});
