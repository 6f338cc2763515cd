"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.startHealthServer = startHealthServer;
const node_http_1 = require("node:http");
/** `GET /health/live`, `/health/ready` and `/metrics`, for whoever watches the process: not the port its callers use. */
async function startHealthServer({ host, port }, health, metrics) {
    const report = async (response, asked) => {
        const found = await asked;
        response.writeHead(found.ok ? 200 : 503, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }).end(JSON.stringify(found));
    };
    const answer = async (request, response) => {
        const path = request.url?.split('?', 1)[0];
        if (request.method !== 'GET' && request.method !== 'HEAD')
            return void response.writeHead(405, { Allow: 'GET, HEAD' }).end();
        if (path === '/health/live')
            return report(response, health.liveness());
        if (path === '/health/ready')
            return report(response, health.readiness());
        if (path === '/metrics')
            return void response.writeHead(200, { 'Content-Type': metrics.contentType }).end(await metrics.text());
        response.writeHead(404).end();
    };
    const server = (0, node_http_1.createServer)((request, response) => {
        answer(request, response).catch(() => { if (!response.headersSent)
            response.writeHead(500); response.end(); });
    });
    await new Promise((bound, failed) => server.once('error', failed).listen(port, host, bound));
    return {
        port: server.address().port,
        close: () => new Promise((closed) => { server.close(() => closed()); server.closeAllConnections(); }),
    };
}
//# sourceMappingURL=health-server.js.map