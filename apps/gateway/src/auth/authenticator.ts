import type { Clock } from '@gridcase/platform';
import { decodeJwt } from './decode-jwt';
import { refuse } from '../problems/problem';
import type { Caller } from '../operations';
import { InvalidToken, type TokenVerifier } from './token-verifier';

const CACHE_MAX = 10_000;
/** A key that its issuer withdraws is trusted this much longer. */
const CACHE_MS = 5 * 60_000;
const TOKEN_CHARACTERS_MAX = 8_192;

/**
 * Who is calling. A signature costs some 100 µs to check, so that verified tokens are kept for a while (bounded, the longest
 * unused goes first, none beyond its `exp`).
 */
export class Authenticator {
  private readonly verifiers: ReadonlyMap<string, TokenVerifier>;
  private readonly cache = new Map<string, { caller: Caller; untilMs: number }>();

  /** @param clock the machine's clock, also where the platform's is simulated: tokens live in real time. */
  constructor(verifiers: readonly TokenVerifier[], private readonly clock: Clock) {
    this.verifiers = new Map(verifiers.map((verifier) => [verifier.issuer, verifier]));
  }

  /** @throws RefusedRequest UNAUTHENTICATED, TOKEN_EXPIRED */
  authenticate(authorization: string | undefined): Caller | Promise<Caller> {
    const token = authorization && /^Bearer +(\S+)$/i.exec(authorization)?.[1];
    if (!token || token.length > TOKEN_CHARACTERS_MAX) throw unauthenticated('UNAUTHENTICATED');
    const known = this.cache.get(token);
    if (known) {
      this.cache.delete(token);
      if (this.nowMs() < known.untilMs) {
        this.cache.set(token, known);
        return known.caller;
      }
    }
    return this.verify(token);
  }

  private async verify(token: string): Promise<Caller> {
    const issuer = decodeJwt(token)?.payload['iss'];
    const verifier = typeof issuer === 'string' ? this.verifiers.get(issuer) : undefined;
    if (!verifier) throw unauthenticated('UNAUTHENTICATED');
    try {
      const { caller, expiresAt } = await verifier.verify(token);
      const nowMs = this.nowMs();
      if (expiresAt * 1000 <= nowMs) throw new InvalidToken('expired');
      this.cache.set(token, { caller, untilMs: Math.min(expiresAt * 1000, nowMs + CACHE_MS) });
      if (this.cache.size > CACHE_MAX) this.cache.delete(this.cache.keys().next().value!);
      return caller;
    } catch (error) {
      if (error instanceof InvalidToken) throw unauthenticated(error.reason === 'expired' ? 'TOKEN_EXPIRED' : 'UNAUTHENTICATED');
      throw error;
    }
  }

  private nowMs(): number {
    return Date.parse(this.clock.now());
  }
}

const unauthenticated = (code: 'UNAUTHENTICATED' | 'TOKEN_EXPIRED') => refuse(code, undefined, { headers: { 'WWW-Authenticate': 'Bearer realm="gridcase"' } });
