import request from 'supertest';
import { operations } from '../operations';
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway';

let gateway: TestGateway;
beforeAll(async () => { gateway = await startTestGateway(); });
afterAll(() => gateway.close());

it('the page and all it needs come from the gateway itself', async () => {
  const page = await request(gateway.url).get('/docs');
  expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  expect(page.headers['content-security-policy']).toContain("script-src 'self'");
  expect(page.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN' });
  expect(page.text).not.toMatch(/https?:\/\//);
  for (const [, path] of page.text.matchAll(/(?:src|href)="([^"]+)"/g)) expect([path, (await request(gateway.url).get(path!)).status]).toEqual([path, 200]);
});

it('the document has every operation with both languages, and no schema that is missing', async () => {
  const { body: document, text } = await request(gateway.url).get('/docs/openapi.json');
  for (const { rest, name, summary, note, kind } of operations) {
    if (rest.whenQuery) continue;
    const described = document.paths[rest.path.replace(/:(\w+)/g, '{$1}')]?.[rest.method.toLowerCase()];
    expect(described).toMatchObject({ operationId: name, summary: `${summary.zh} · ${summary.en}` });
    if (note) expect(described.description).toContain(`${note.zh} · ${note.en}`);
    if (kind !== 'local' && rest.method === 'GET') expect(described.parameters.map((parameter: { name: string }) => parameter.name)).toContain('Gridcase-Min-Position');
  }
  for (const [, schema] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]*)"/g)) expect(Object.keys(document.components.schemas)).toContain(schema);
  expect(document.components.schemas.ReceiveReportBody.required.sort()).toEqual(['channel', 'description', 'place']);
  expect(document.paths['/v1/cases/{caseId}'].get.parameters).toEqual(expect.arrayContaining([expect.objectContaining({ name: 'asOf', required: false })]));
});
