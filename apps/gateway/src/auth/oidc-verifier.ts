import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { SystemClock, type Clock } from '@gridcase/platform';
import { decodeJwt } from './decode-jwt';
import { checkToken } from './demo-issuer';
import { InvalidToken, callerFrom, type TokenVerifier, type VerifiedToken } from './token-verifier';

export interface OidcOptions {
  issuer: string;
  audience: string;
  /** Where the issuer publishes its keys (RFC 7517). */
  jwksUri: string;
  clock?: Clock;
  /** For tests; default Node's own. */
  fetch?: typeof fetch;
}
interface Jwk extends JsonWebKey { kid?: string; use?: string; alg?: string }

const KEYS_FRESH_MS = 10 * 60_000;
/** An unknown key id asks again at most this often: a caller's invented ids cause no load on the issuer. */
const REFETCH_MIN_MS = 30_000;
const FETCH_TIMEOUT_MS = 5_000;
/** Signatures with public keys only: a token may not choose to be checked with a shared secret, or not at all. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'] as const;

/** Tokens of an OpenID Connect provider. */
export class OidcVerifier implements TokenVerifier {
  readonly issuer: string;
  private readonly clock: Clock;
  private keys = new Map<string, string>();
  private fetchedAtMs = -Infinity;
  private fetching: Promise<void> | undefined;

  constructor(private readonly options: OidcOptions) {
    this.issuer = options.issuer;
    this.clock = options.clock ?? new SystemClock();
  }

  async verify(token: string): Promise<VerifiedToken> {
    const header = decodeJwt(token)?.header;
    const kid = header?.['kid'];
    if (typeof kid !== 'string' || !ALGORITHMS.includes(header?.['alg'] as (typeof ALGORITHMS)[number])) throw new InvalidToken('invalid');
    const publicKey = await this.keyOf(kid);
    if (!publicKey) throw new InvalidToken('invalid');
    const { issuer, audience } = this.options;
    return callerFrom(await checkToken(token, { publicKey, algorithms: [...ALGORITHMS], issuer, audience, clockTimestamp: Math.floor(this.nowMs() / 1000) }));
  }

  private async keyOf(kid: string): Promise<string | undefined> {
    const ageMs = this.nowMs() - this.fetchedAtMs;
    if (ageMs > KEYS_FRESH_MS || (!this.keys.has(kid) && ageMs > REFETCH_MIN_MS)) {
      this.fetching ??= this.fetchKeys().finally(() => (this.fetching = undefined));
      // Keys known already go on being used while the issuer cannot be reached.
      await this.fetching.catch((error: unknown) => { if (!this.keys.has(kid)) throw new InvalidToken('invalid', error); });
    }
    return this.keys.get(kid);
  }

  private async fetchKeys(): Promise<void> {
    this.fetchedAtMs = this.nowMs();
    const response = await (this.options.fetch ?? fetch)(this.options.jwksUri, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS), redirect: 'error' });
    if (!response.ok) throw new Error(`${this.options.jwksUri} answered ${response.status}`);
    const { keys } = (await response.json()) as { keys: Jwk[] };
    const found = new Map<string, string>();
    for (const jwk of keys) {
      if (!jwk.kid || (jwk.use && jwk.use !== 'sig') || (jwk.kty !== 'RSA' && jwk.kty !== 'EC')) continue;
      found.set(jwk.kid, createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString());
    }
    this.keys = found;
  }

  private nowMs(): number {
    return Date.parse(this.clock.now());
  }
}
