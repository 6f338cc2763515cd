import { refuse } from '../problems/problem';

export interface Rate { perSecond: number; burst: number }
const KEYS_MAX = 50_000;

/** A token bucket per caller, and per address where nobody is named. */
export class RateLimiter {
  private readonly buckets = new Map<string, { tokens: number; atMs: number }>();

  constructor(private readonly rates: { perCaller: Rate; perAddress: Rate }, private readonly monotonicMs: () => number) {}

  /** @throws RefusedRequest TOO_MANY_REQUESTS with Retry-After */
  takeFor(person: string | undefined, address: string): void {
    const rate = person === undefined ? this.rates.perAddress : this.rates.perCaller;
    const waitMs = this.take(person === undefined ? `address ${address}` : `person ${person}`, rate);
    if (waitMs > 0) throw refuse('TOO_MANY_REQUESTS', undefined, { headers: { 'Retry-After': String(Math.ceil(waitMs / 1000)) } });
  }

  /** 0, or how long until there is a token. */
  private take(key: string, { perSecond, burst }: Rate): number {
    const nowMs = this.monotonicMs();
    let bucket = this.buckets.get(key);
    if (!bucket) {
      if (this.buckets.size >= KEYS_MAX) this.buckets.delete(this.buckets.keys().next().value!);
      this.buckets.set(key, (bucket = { tokens: burst, atMs: nowMs }));
    }
    bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.atMs) / 1000) * perSecond);
    bucket.atMs = nowMs;
    if (bucket.tokens < 1) return ((1 - bucket.tokens) / perSecond) * 1000;
    bucket.tokens--;
    return 0;
  }
}
