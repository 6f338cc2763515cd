import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import request from 'supertest';
import { startTestGateway, type TestGateway } from '../testing/start-test-gateway';
import { FileEvidenceStore } from './file-evidence-store';
import { mediaTypeOf } from './media-type';

const jpeg = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(200_000, 7)]);
const sha256 = createHash('sha256').update(jpeg).digest('hex');

let gateway: TestGateway;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gridcase-evidence-'));
  gateway = await startTestGateway({ evidence: new FileEvidenceStore(folder) });
});
afterAll(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true });
});
const upload = (content: Buffer, mediaType = 'application/octet-stream', query: object = {}) =>
  request(gateway.url).post('/v1/evidence').query(query).set('Authorization', gateway.as('grid-worker')).set('Content-Type', mediaType).send(content);
const files = (): string[] => readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map(({ name }) => name);

// @rule X13 N5
it('keeps a photo by its hash and gives it back unaltered', async () => {
  const answer = await upload(jpeg, 'image/jpeg', { takenAt: '2025-09-22T09:00:00+08:00', longitude: 110.15, latitude: 35.24 });
  expect([answer.status, answer.headers['location']]).toEqual([201, `/v1/evidence/${sha256}`]);
  expect(answer.body).toEqual({ sha256, mediaType: 'image/jpeg', takenAt: '2025-09-22T01:00:00.000Z', takenBy: 'grid-worker-1', longitude: 110.15, latitude: 35.24, bytes: jpeg.length });
  const read = await request(gateway.url).get(`/v1/evidence/${sha256}`).set('Authorization', gateway.as('auditor')).buffer(true);
  expect([read.status, read.headers['content-type'], read.headers['content-length'], read.headers['x-content-type-options'], read.headers['content-security-policy']]).toEqual([200, 'image/jpeg', String(jpeg.length), 'nosniff', "default-src 'none'; sandbox"]);
  expect(Buffer.compare(read.body as Buffer, jpeg)).toBe(0);
  expect((await request(gateway.url).get(`/v1/evidence/${sha256}`).set('Authorization', gateway.as('auditor')).set('If-None-Match', `"${sha256}"`)).status).toBe(304);
});

it('keeps the same file once, and takes the platform clock where no time is given', async () => {
  expect((await upload(jpeg)).body.takenAt).toBe(gateway.clock.now());
  expect(files()).toEqual([sha256]);
});

it.each([
  ['an empty file', Buffer.alloc(0), 'image/jpeg', 400, 'EVIDENCE_EMPTY'],
  ['a program', Buffer.concat([Buffer.from('MZ'), Buffer.alloc(100)]), 'application/octet-stream', 415, 'EVIDENCE_TYPE_UNKNOWN'],
  ['a web page that says it is a photo', Buffer.from('<html><script>alert(1)</script></html>'), 'image/png', 415, 'EVIDENCE_TYPE_UNKNOWN'],
  ['a photo that says it is a video', jpeg, 'video/mp4', 415, 'EVIDENCE_TYPE_DIFFERS'],
  ['JSON', Buffer.from('{}'), 'application/json', 415, 'EVIDENCE_TYPE_UNKNOWN'],
])('refuses %s', async (_, content, mediaType, status, code) => {
  const answer = await upload(content, mediaType);
  expect([answer.status, answer.body.code]).toEqual([status, code]);
  expect(files()).toEqual([sha256]);
});

it('stops reading at the limit and leaves nothing behind', async () => {
  const store = new FileEvidenceStore(folder);
  let read = 0;
  const endless = Readable.from((function* () { yield jpeg.subarray(0, 1000); for (;;) { read += 1000; yield Buffer.alloc(1000); } })(), { objectMode: false });
  await expect(store.put(endless, 10_000)).rejects.toMatchObject({ problem: { code: 'EVIDENCE_TOO_LARGE' } });
  expect(read).toBeLessThan(100_000);
  expect(files()).toEqual([sha256]);
});

it('refuses by the announced length before reading 50 MiB', async () => {
  const answer = await fetch(`${gateway.url}/v1/evidence`, { method: 'POST', headers: { authorization: gateway.as('grid-worker'), 'content-type': 'image/jpeg' }, body: Buffer.alloc(50 * 1024 * 1024 + 1) }).then((a) => a.status, () => 413);
  expect(answer).toBe(413);
});

it('has no way out of its folder', async () => {
  const store = new FileEvidenceStore(folder);
  expect(await store.open('../../etc/passwd')).toBeUndefined();
  expect((await request(gateway.url).get('/v1/evidence/..%2f..%2fetc%2fpasswd').set('Authorization', gateway.as('auditor'))).status).toBe(400);
  expect((await request(gateway.url).get(`/v1/evidence/${'0'.repeat(64)}`).set('Authorization', gateway.as('auditor'))).body.code).toBe('EVIDENCE_NOT_FOUND');
});

it.each([
  ['ffd8ffe000104a46', 'image/jpeg'], ['89504e470d0a1a0a', 'image/png'], ['474946383961', 'image/gif'], ['52494646000000005745425056503820', 'image/webp'], ['5249464600000000574156 45'.replace(' ', ''), 'audio/wav'],
  ['000000186674797069736f6d', 'video/mp4'], ['00000018667479706d703432', 'video/mp4'], ['00000014667479707174 2020'.replace(' ', ''), 'video/quicktime'], ['000000186674797068656963', 'image/heic'], ['00000020667479704d344120', 'audio/mp4'],
  ['255044462d312e37', 'application/pdf'], ['494433040000', 'audio/mpeg'], ['2321414d520a', 'audio/amr'], ['1a45dfa3', 'video/webm'], ['504b0304', undefined], ['', undefined], ['ffd8', undefined],
])('tells the type of %s', (hex, mediaType) => expect(mediaTypeOf(Buffer.from(hex, 'hex'))).toBe(mediaType));
