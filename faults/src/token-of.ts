const ANSWER_TIMEOUT_MS = 60_000;

/** `hours` of validity. */
export interface Claims { sub: string; role: string; jurisdiction: string; unit?: string; hours?: number }

/** Of the demo issuer of the platform under test. */
export async function tokenOf(baseUrl: string, claims: Claims): Promise<string> {
  const response = await fetch(`${baseUrl}/v1/demo/tokens`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(claims), signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
  if (!response.ok) throw new Error(`no token for ${claims.sub}: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { token: string }).token;
}
