import { createReadStream, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';

const assets: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8', 'swagger-ui-bundle.js': 'text/javascript; charset=utf-8', 'favicon-32x32.png': 'image/png',
};
const page = `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<title>Gridcase API</title>
<link rel="icon" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="api"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;
// A file of its own: the content security policy allows no script within the page.
const start = `SwaggerUIBundle({ url: '/docs/openapi.json', dom_id: '#api', deepLinking: true, persistAuthorization: false, tryItOutEnabled: true });\n`;

export function openApiDocument(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Gridcase')
    .setDescription('城市网格化管理案件系统 · the case system of city grid management')
    .setVersion('1')
    .addBearerAuth()
    .build();
  return SwaggerModule.createDocument(app, config);
}

/** The API page from the machine's own files: it works without the internet. */
export function mountDocs(app: NestFastifyApplication): void {
  const document = JSON.stringify(openApiDocument(app));
  const folder = dirname(require.resolve('swagger-ui-dist/package.json'));
  const http = app.getHttpAdapter().getInstance();
  http.get('/docs', { helmet: {} }, (_, reply) => reply.type('text/html; charset=utf-8').send(page));
  http.get('/docs/start.js', { helmet: {} }, (_, reply) => reply.type('text/javascript; charset=utf-8').send(start));
  http.get('/docs/openapi.json', { helmet: {} }, (_, reply) => reply.type('application/json; charset=utf-8').send(document));
  for (const [name, mediaType] of Object.entries(assets)) {
    const path = join(folder, name);
    if (existsSync(path)) http.get(`/docs/${name}`, { helmet: {} }, (_, reply) => reply.type(mediaType).header('Cache-Control', 'public, max-age=86400').send(createReadStream(path)));
  }
}
