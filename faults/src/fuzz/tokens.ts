import { demoToken, type DemoClaims } from '@gridcase-apps/standalone';

export interface Tokens {
  roles: readonly string[];
  of(role: string): { header: string; person: string };
  /** Of the same role in a district far away. */
  elsewhere(role: string): { header: string; person: string };
  tampered: string; unsigned: string; ofAnotherKey: string; expired: string;
}

const UNIT = 'u-610524-municipal';
const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** One person a role, here and elsewhere, and tokens that nobody gave out. */
export async function tokensFor(baseUrl: string, roles: readonly string[]): Promise<Tokens> {
  const claimsOf = (role: string, jurisdiction: string): DemoClaims => ({ sub: `fuzz-${jurisdiction}-${role}`, role, jurisdiction, hours: 24, ...(role.startsWith('unit-') && { unit: UNIT }) });
  const held = new Map<string, { header: string; person: string }>();
  for (const role of roles) {
    for (const place of ['610524', '110101']) {
      const claims = claimsOf(role, place);
      held.set(`${role} ${place}`, { header: `Bearer ${await demoToken(baseUrl, claims)}`, person: claims.sub });
    }
  }
  const real = held.get(`${roles[0]} 610524`)!.header;
  const [head, body, signature] = real.replace('Bearer ', '').split('.') as [string, string, string];
  const payload = JSON.parse(Buffer.from(body, 'base64url').toString()) as object;
  return {
    roles, of: (role) => held.get(`${role} 610524`)!, elsewhere: (role) => held.get(`${role} 110101`)!,
    tampered: `Bearer ${head}.${base64({ ...payload, role: 'system' })}.${signature}`,
    unsigned: `Bearer ${base64({ alg: 'none', typ: 'JWT' })}.${base64({ ...payload, role: 'system' })}.`,
    ofAnotherKey: `Bearer ${head}.${body}.${Buffer.alloc(64, 1).toString('base64url')}`,
    expired: `Bearer ${head}.${base64({ ...payload, exp: 1 })}.${signature}`,
  };
}
