import type { FastifyInstance } from 'fastify';

const TEXT = ['text/csv', 'text/yaml', 'application/yaml', 'application/x-yaml'];
const FILES = ['application/octet-stream', 'application/pdf', /^(image|video|audio)\//];

/** JSON for commands, text for imports, an unread stream for evidence (which has its own limit); anything else is a 415. */
export function addBodyParsers(http: FastifyInstance): void {
  http.removeAllContentTypeParsers();
  const json = http.getDefaultJsonParser('error', 'error');
  http.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    // Commands without words are often sent with a content type and nothing else.
    if (body.length === 0) done(null, undefined);
    else void json(request, body as string, done);
  });
  http.addContentTypeParser(TEXT, { parseAs: 'string' }, (_, body, done) => done(null, body));
  for (const type of FILES) http.addContentTypeParser(type, (_, payload, done) => done(null, payload));
}
