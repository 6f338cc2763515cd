import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { JwtService } from '@nestjs/jwt';
import type { Role } from '@gridcase/domain';
import { SystemClock, msToInstant, type Clock } from '@gridcase/platform';
import { InvalidToken, callerFrom, type TokenVerifier, type VerifiedToken } from './token-verifier';

export interface DemoTokenRequest { sub: string; role: Role; jurisdiction: string; unit?: string; name?: string; hours?: number }
const ISSUER = 'gridcase-demo';
const AUDIENCE = 'gridcase';
const HOURS_DEFAULT = 12;

/**
 * Signs and checks tokens with a key of its own, kept in the data folder. For trials: whoever reaches the gateway gets any role
 * it asks for, which every answer (`Gridcase-Demo-Issuer: true`) and the log say.
 */
export class DemoIssuer implements TokenVerifier {
  readonly issuer = ISSUER;

  private constructor(private readonly privateKey: string, private readonly publicKey: string, private readonly clock: Clock) {}

  /** Takes the key of this folder, or makes one. */
  static open(directory: string, clock: Clock = new SystemClock()): DemoIssuer {
    mkdirSync(directory, { recursive: true });
    const path = join(directory, 'demo-issuer.key.pem');
    if (!existsSync(path)) {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256', privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } });
      writeFileSync(`${path}.new`, privateKey, { mode: 0o600 });
      renameSync(`${path}.new`, path);
      chmodSync(path, 0o600);
    }
    const privateKey = readFileSync(path, 'utf8');
    return new DemoIssuer(privateKey, createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString(), clock);
  }

  issue({ hours = HOURS_DEFAULT, ...claims }: DemoTokenRequest): { token: string; expiresAt: string } {
    const now = this.seconds();
    const exp = now + Math.round(hours * 3600);
    const token = new JwtService().sign({ ...claims, iat: now, exp, iss: ISSUER, aud: AUDIENCE }, { privateKey: this.privateKey, algorithm: 'ES256' });
    return { token, expiresAt: msToInstant(exp * 1000) };
  }

  async verify(token: string): Promise<VerifiedToken> {
    return callerFrom(await checkToken(token, { publicKey: this.publicKey, algorithms: ['ES256'], issuer: ISSUER, audience: AUDIENCE, clockTimestamp: this.seconds() }));
  }

  private seconds(): number {
    return Math.floor(Date.parse(this.clock.now()) / 1000);
  }
}

type Checks = NonNullable<Parameters<JwtService['verifyAsync']>[1]>;
/** @throws InvalidToken */
export async function checkToken(token: string, checks: Checks): Promise<Record<string, unknown>> {
  try {
    return await new JwtService().verifyAsync<Record<string, unknown>>(token, checks);
  } catch (error) {
    throw new InvalidToken((error as Error).name === 'TokenExpiredError' ? 'expired' : 'invalid', error);
  }
}
