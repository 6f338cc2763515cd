import { spawn } from 'node:child_process';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { IMAGE } from './real-server';

const succeeds = (response: ServerResponse) => void response.writeHead(200).end('{"status":"Pulling"}\n{"status":"Done"}\n');
/** A container engine without the image; what becomes of a pull is the test's. */
const engine = async (pull: (response: ServerResponse) => void): Promise<Server> => {
  let present = false;
  const server = createServer((request, response) => {
    const url = request.url ?? '';
    if (url.includes('/images/create')) {
      response.on('finish', () => (present = pull === succeeds));
      return pull(response);
    }
    const missing = !present && /\/images\/[^?]+\/json/.test(url);
    response.writeHead(missing ? 404 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(missing ? { message: 'no such image' } : { OperatingSystem: 'none', ServerVersion: '27', Labels: [] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
};
const search = (server: Server | undefined, stallMs: number) => new Promise<{ code: number | null; said: string }>((resolve) => {
  const port = server ? (server.address() as AddressInfo).port : 1;
  const child = spawn(process.execPath, [join(__dirname, 'find-container-engine.cjs'), IMAGE, String(stallMs)], { env: { ...process.env, DOCKER_HOST: `tcp://127.0.0.1:${port}` }, stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  child.stdout.on('data', (data: Buffer) => (said += String(data)));
  child.on('close', (code) => resolve({ code, said }));
});

it.each<[string, ((response: ServerResponse) => void) | undefined, { code: number; said: string }]>([
  ['no engine', undefined, { code: 1, said: 'no container engine' }],
  ['an engine whose registry never answers', () => undefined, { code: 1, said: `the container engine does not get ${IMAGE}` }],
  ['an engine whose pull stops', (response) => void response.writeHead(200).write('{"status":"Pulling"}\n'), { code: 1, said: `the container engine does not get ${IMAGE}` }],
  ['an engine that is refused the image', (response) => void response.writeHead(500).end('{"message":"denied"}'), { code: 1, said: `the container engine cannot pull ${IMAGE}` }],
  ['an engine whose pull fails half way', (response) => void response.writeHead(200).end('{"status":"Pulling"}\n{"error":"timeout","errorDetail":{"message":"timeout"}}\n'), { code: 1, said: `the container engine cannot pull ${IMAGE}` }],
  ['an engine that pulls the image', succeeds, { code: 0, said: '' }],
])('%s is told from a usable one, without a hang', async (_, pull, expected) => {
  const server = pull && (await engine(pull));
  try {
    expect(await search(server, 1_500)).toEqual(expected);
  } finally {
    server?.closeAllConnections();
    server?.close();
  }
});
