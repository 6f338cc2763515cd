import { roles, type Role } from '@gridcase/domain';
import type { Caller } from '../operations';

/** Claims of a token after its signature, issuer, audience and times were checked. */
export interface VerifiedToken { caller: Caller; /** Seconds since 1970. */ expiresAt: number }

/** Checks tokens of one issuer. @throws InvalidToken */
export interface TokenVerifier {
  readonly issuer: string;
  verify(token: string): Promise<VerifiedToken>;
}
export class InvalidToken extends Error {
  constructor(readonly reason: 'invalid' | 'expired', cause?: unknown) {
    super(`token is ${reason}`, { cause });
    this.name = 'InvalidToken';
  }
}

const isText = (value: unknown, max: number): value is string => typeof value === 'string' && value.length > 0 && value.length <= max;

/** An area code or a prefix of one; the empty prefix, everywhere, is for the platform's own maintenance only. */
const JURISDICTION = /^\d{2,18}$/;
const coversSomething = (jurisdiction: unknown, role: unknown): jurisdiction is string => typeof jurisdiction === 'string' && (JURISDICTION.test(jurisdiction) || (jurisdiction === '' && role === 'system'));

/** The claims Gridcase reads: `sub`, `role`, `jurisdiction`, `unit`, `exp`. @throws InvalidToken */
export function callerFrom(claims: Record<string, unknown>): VerifiedToken {
  const { sub, role, jurisdiction, unit, exp } = claims;
  if (!isText(sub, 128) || !roles.includes(role as Role) || !coversSomething(jurisdiction, role)) throw new InvalidToken('invalid');
  if (unit !== undefined && !isText(unit, 64)) throw new InvalidToken('invalid');
  if (typeof exp !== 'number' || !Number.isFinite(exp)) throw new InvalidToken('invalid');
  return { caller: { person: sub, role: role as Role, jurisdiction, ...(unit !== undefined && { unit }) }, expiresAt: exp };
}
