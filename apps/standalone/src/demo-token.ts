const ANSWER_TIMEOUT_MS = 60_000;

/** `hours` of validity. */
export interface DemoClaims { sub: string; role: string; jurisdiction: string; unit?: string; hours?: number }

/** From the demo issuer of a platform. @throws when it gives none */
export async function demoToken(baseUrl: string, claims: DemoClaims): Promise<string> {
  const response = await fetch(`${baseUrl}/v1/demo/tokens`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(claims), signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
  if (!response.ok) throw new Error(`no demo token for ${claims.sub}: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { token: string }).token;
}
