export interface DecodedJwt { header: Record<string, unknown>; payload: Record<string, unknown> }

/** Header and claims of a token, not yet to be believed: only to find the key that checks it. */
export function decodeJwt(token: string): DecodedJwt | undefined {
  const [header, payload, signature] = token.split('.');
  if (!header || !payload || signature === undefined) return undefined;
  try {
    const parts = [header, payload].map((part) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as unknown);
    return parts.every((part) => typeof part === 'object' && part !== null) ? { header: parts[0] as DecodedJwt['header'], payload: parts[1] as DecodedJwt['payload'] } : undefined;
  } catch {
    return undefined;
  }
}
