import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JwtService } from '@nestjs/jwt';
import { FakeClock } from '@gridcase/testing';
import request from 'supertest';
import { startTestGateway } from '../testing/start-test-gateway';
import { Authenticator } from './authenticator';
import { DemoIssuer } from './demo-issuer';
import { OidcVerifier } from './oidc-verifier';
import type { TokenVerifier } from './token-verifier';

const jwt = new JwtService();
let folder: string;
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'gridcase-auth-')); });
afterAll(() => rmSync(folder, { recursive: true }));
const refused = (code: string) => ({ problem: { code } });
const ask = async (authenticator: Authenticator, authorization: string | undefined) => authenticator.authenticate(authorization);

describe('demo issuer', () => {
  it('keeps its key in the data folder, for its owner only, across restarts', async () => {
    const { token } = DemoIssuer.open(folder).issue({ sub: 'a', role: 'auditor', jurisdiction: '610524' });
    await expect(DemoIssuer.open(folder).verify(token)).resolves.toMatchObject({ caller: { person: 'a', role: 'auditor', jurisdiction: '610524' } });
    expect(statSync(join(folder, 'demo-issuer.key.pem')).mode & 0o777).toBe(0o600);
  });

  it('another installation takes none of its tokens', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'gridcase-auth-'));
    const { token } = DemoIssuer.open(elsewhere).issue({ sub: 'a', role: 'auditor', jurisdiction: '610524' });
    await expect(DemoIssuer.open(folder).verify(token)).rejects.toMatchObject({ reason: 'invalid' });
    rmSync(elsewhere, { recursive: true });
  });

  it('gives tokens by REST, and says loudly what it is', async () => {
    const gateway = await startTestGateway();
    const answer = await request(gateway.url).post('/v1/demo/tokens').send({ sub: 'x', role: 'auditor', jurisdiction: '610524', hours: 1 });
    expect([answer.status, answer.headers['gridcase-demo-issuer'], answer.body.tokenType]).toEqual([201, 'true', 'Bearer']);
    expect((await request(gateway.url).get('/v1/cases').set('Authorization', `Bearer ${answer.body.token}`)).status).toBe(200);
    expect((await request(gateway.url).post('/v1/demo/tokens').send({ sub: 'x', role: 'king', jurisdiction: '610524' })).status).toBe(400);
    expect(gateway.log.join()).toContain('demo issuer is on');
    await gateway.close();
  });

  it('is not there where the composition root passes none', async () => {
    const demo = DemoIssuer.open(folder);
    const gateway = await startTestGateway({ auth: { verifiers: [demo] } });
    const answer = await request(gateway.url).post('/v1/demo/tokens').send({ sub: 'x', role: 'auditor', jurisdiction: '610524' });
    expect([answer.status, answer.headers['gridcase-demo-issuer'], gateway.log.join().includes('demo issuer is on')]).toEqual([404, undefined, false]);
    await gateway.close();
  });
});

describe('tokens', () => {
  const clock = new FakeClock();
  const seconds = () => Math.floor(Date.parse(clock.now()) / 1000);
  const claims = { sub: 'a', role: 'auditor', jurisdiction: '610524', iss: 'gridcase-demo', aud: 'gridcase' };
  let demo: DemoIssuer;
  beforeAll(() => { demo = DemoIssuer.open(folder, clock); });

  it.each([undefined, '', 'Bearer', 'Basic YTpi', 'Bearer x', 'Bearer a.b.c', `Bearer ${'x'.repeat(9000)}`, 'Bearer bnVsbA.bnVsbA.x'])('%s is nobody', async (authorization) => {
    await expect(ask(new Authenticator([demo], clock), authorization)).rejects.toMatchObject(refused('UNAUTHENTICATED'));
  });

  it('a token ends when it says, also one that was checked before', async () => {
    const authenticator = new Authenticator([demo], clock);
    const authorization = `Bearer ${demo.issue({ sub: 'a', role: 'auditor', jurisdiction: '610524', hours: 1 }).token}`;
    await ask(authenticator, authorization);
    clock.advanceMinutes(59);
    await ask(authenticator, authorization);
    clock.advanceMinutes(1);
    await expect(ask(authenticator, authorization)).rejects.toMatchObject(refused('TOKEN_EXPIRED'));
  });

  it('a checked token is kept, and checked anew after a while', async () => {
    let checks = 0;
    const counting: TokenVerifier = { issuer: demo.issuer, verify: (token) => (checks++, demo.verify(token)) };
    const authenticator = new Authenticator([counting], clock);
    const authorization = `Bearer ${demo.issue({ sub: 'a', role: 'auditor', jurisdiction: '610524' }).token}`;
    for (let n = 0; n < 5; n++) await ask(authenticator, authorization);
    expect(checks).toBe(1);
    clock.advanceMinutes(6);
    await ask(authenticator, authorization);
    expect(checks).toBe(2);
  });

  it('one that is unsigned, signed with another key or made for somebody else is refused', async () => {
    const exp = seconds() + 600;
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256', privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } });
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify({ ...claims, exp })).toString('base64url')}.`;
    const [header, payload, signature] = demo.issue({ sub: 'a', role: 'citizen', jurisdiction: '610524' }).token.split('.');
    const raised = JSON.parse(Buffer.from(payload!, 'base64url').toString()) as object;
    const forged = `${header}.${Buffer.from(JSON.stringify({ ...raised, role: 'registry-admin' })).toString('base64url')}.${signature}`;
    for (const token of [unsigned, forged, jwt.sign({ ...claims, exp }, { privateKey, algorithm: 'ES256' }), jwt.sign({ ...claims, exp }, { secret: 'gridcase', algorithm: 'HS256' })])
      await expect(ask(new Authenticator([demo], clock), `Bearer ${token}`)).rejects.toMatchObject(refused('UNAUTHENTICATED'));
  });

  it.each([{ role: 'king' }, { role: undefined }, { jurisdiction: '' }, { jurisdiction: '61x' }, { jurisdiction: undefined }, { sub: '' }, { sub: 5 }, { unit: 7 }])('claims %j are refused', async (change) => {
    const token = demo.issue({ sub: 'a', role: 'auditor', jurisdiction: '610524', ...(change as object) });
    await expect(ask(new Authenticator([demo], clock), `Bearer ${token.token}`)).rejects.toMatchObject(refused('UNAUTHENTICATED'));
  });

  it('everywhere is for the role system alone', async () => {
    const { token } = demo.issue({ sub: 'maintenance', role: 'system', jurisdiction: '' });
    await expect(ask(new Authenticator([demo], clock), `Bearer ${token}`)).resolves.toMatchObject({ jurisdiction: '' });
  });
});

describe('OpenID Connect', () => {
  const clock = new FakeClock();
  const rsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
  let keys = [{ kid: 'one', pair: rsa() }];
  let server: Server;
  let fetched = 0;
  let away = false;
  beforeAll(async () => {
    server = createServer((_, response) => {
      fetched++;
      if (away) return void response.writeHead(500).end();
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ keys: [...keys.map(({ kid, pair }) => ({ ...pair.publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' })), { kty: 'oct', kid: 'shared', k: 'c2VjcmV0' }] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => void server.close());
  const verifier = () => new OidcVerifier({ issuer: 'https://id.example', audience: 'gridcase', jwksUri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`, clock });
  const sign = (kid: string, change: object = {}, pair = keys.find((key) => key.kid === kid)?.pair ?? keys[0]!.pair) =>
    jwt.sign({ sub: 'op', role: 'centre-operator', jurisdiction: '610524', iss: 'https://id.example', aud: 'gridcase', exp: Date.parse(clock.now()) / 1000 + 600, iat: Date.parse(clock.now()) / 1000, ...change }, { privateKey: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), algorithm: 'RS256', keyid: kid });

  it('takes a token signed with a published key, and fetches the keys once', async () => {
    const oidc = verifier();
    fetched = 0;
    await expect(oidc.verify(sign('one'))).resolves.toMatchObject({ caller: { person: 'op', role: 'centre-operator' } });
    await oidc.verify(sign('one'));
    expect(fetched).toBe(1);
  });

  it.each([['another issuer', { iss: 'https://evil.example' }], ['another audience', { aud: 'other' }]])('refuses a token of or for %s', async (_, change) => {
    await expect(verifier().verify(sign('one', change))).rejects.toMatchObject({ reason: 'invalid' });
  });

  it('refuses a token signed with the public key as a shared secret', async () => {
    const publicPem = keys[0]!.pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const token = jwt.sign({ sub: 'op', role: 'registry-admin', jurisdiction: '610524', iss: 'https://id.example', aud: 'gridcase', exp: 9e9 }, { secret: createSecretKey(Buffer.from(publicPem)) as never, algorithm: 'HS256', keyid: 'one' });
    await expect(verifier().verify(token)).rejects.toMatchObject({ reason: 'invalid' });
  });

  it('finds a new key after a rotation, without letting invented key ids load the issuer', async () => {
    const oidc = verifier();
    await oidc.verify(sign('one'));
    keys = [...keys, { kid: 'two', pair: rsa() }];
    fetched = 0;
    for (let n = 0; n < 5; n++) await expect(oidc.verify(sign('invented'))).rejects.toMatchObject({ reason: 'invalid' });
    expect(fetched).toBe(0);
    clock.advanceMinutes(1);
    await expect(oidc.verify(sign('two'))).resolves.toMatchObject({ caller: { person: 'op' } });
    expect(fetched).toBe(1);
  });

  it('goes on with the keys it has while the issuer is away', async () => {
    const oidc = verifier();
    await oidc.verify(sign('one'));
    away = true;
    clock.advanceMinutes(30);
    await expect(oidc.verify(sign('one'))).resolves.toMatchObject({ caller: { person: 'op' } });
    away = false;
  });
});
