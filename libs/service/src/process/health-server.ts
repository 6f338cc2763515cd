import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Health, HealthReport, Metrics } from '@gridcase/platform';

export interface HealthServer { port: number; close(): Promise<void> }

/** `GET /health/live`, `/health/ready` and `/metrics`, for whoever watches the process: not the port its callers use. */
export async function startHealthServer({ host, port }: { host: string; port: number }, health: Health, metrics: Metrics): Promise<HealthServer> {
  const report = async (response: ServerResponse, asked: Promise<HealthReport>) => {
    const found = await asked;
    response.writeHead(found.ok ? 200 : 503, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }).end(JSON.stringify(found));
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url?.split('?', 1)[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') return void response.writeHead(405, { Allow: 'GET, HEAD' }).end();
    if (path === '/health/live') return report(response, health.liveness());
    if (path === '/health/ready') return report(response, health.readiness());
    if (path === '/metrics') return void response.writeHead(200, { 'Content-Type': metrics.contentType }).end(await metrics.text());
    response.writeHead(404).end();
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => { if (!response.headersSent) response.writeHead(500); response.end(); });
  });
  await new Promise<void>((bound, failed) => server.once('error', failed).listen(port, host, bound));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((closed) => { server.close(() => closed()); server.closeAllConnections(); }),
  };
}
