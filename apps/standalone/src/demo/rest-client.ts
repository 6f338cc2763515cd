/** The gateway's REST API as a caller sees it: tokens, idempotency keys, read-your-writes. */
import { setTimeout as delay } from 'node:timers/promises';
import { demoToken } from '../demo-token';

export interface Person { id: string; role: string; jurisdiction: string; unit?: string }
export interface Answer { status: number; body: any }
/** Asks for a token of a person; by default the demo issuer of the gateway. */
export type TokenSource = (person: Person) => Promise<string>;

const RETRIES_MAX = 20;
const RETRY_MS = 100;
const HOURS = 24;

export class RestClient {
  requests = 0;
  private position = 0n;
  private readonly tokens = new Map<string, Promise<string>>();

  constructor(readonly baseUrl: string, private readonly tokenSource?: TokenSource) {}

  post(path: string, person: Person, body: object, idempotencyKey: string): Promise<Answer> {
    // One correlation id for both sendings, so that the answers can be compared to the letter.
    return this.send('POST', path, person, body, { 'Idempotency-Key': idempotencyKey, 'X-Correlation-Id': idempotencyKey });
  }

  /** What was written before is in the answer. @throws when it is refused. */
  async get<T = any>(path: string, person: Person): Promise<T> {
    const { status, body } = await this.send('GET', path, person, undefined, this.position > 0n ? { 'Gridcase-Min-Position': String(this.position) } : {});
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`);
    return body as T;
  }
  /** All pages of a list. */
  async list<T = any>(path: string, person: Person): Promise<T[]> {
    const items: T[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await this.get<{ items: T[]; next?: string }>(`${path}${path.includes('?') ? '&' : '?'}limit=200${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`, person);
      items.push(...page.items);
      if (!page.next) return items;
      cursor = page.next;
    }
  }

  /** 429 and 503 say "later": the same request with the same key is sent again. */
  private async send(method: string, path: string, person: Person, body: object | undefined, headers: Record<string, string>): Promise<Answer> {
    for (let attempt = 0; ; attempt += 1) {
      this.requests += 1;
      const response = await fetch(`${this.baseUrl}${path}`, {
        method, headers: { Authorization: `Bearer ${await this.tokenOf(person)}`, ...(body && { 'Content-Type': 'application/json' }), ...headers }, ...(body && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if ((response.status === 429 || response.status === 503) && attempt < RETRIES_MAX) {
        await delay(RETRY_MS * (attempt + 1));
        continue;
      }
      const written = response.headers.get('gridcase-position');
      if (method === 'POST' && written && BigInt(written) > this.position) this.position = BigInt(written);
      return { status: response.status, body: text ? (JSON.parse(text) as unknown) : undefined };
    }
  }

  private tokenOf(person: Person): Promise<string> {
    let token = this.tokens.get(person.id);
    if (!token) this.tokens.set(person.id, (token = (this.tokenSource ?? (({ id, role, jurisdiction, unit }) => demoToken(this.baseUrl, { sub: id, role, jurisdiction, hours: HOURS, ...(unit && { unit }) })))(person)));
    return token;
  }
}
