/** What the scenario expects and what was seen: every one is kept, also those that held. */
import { isDeepStrictEqual } from 'node:util';

export interface Expectation { name: string; expected: unknown; seen: unknown; ok: boolean }

export class Expectations {
  readonly all: Expectation[] = [];

  check(name: string, expected: unknown, seen: unknown): boolean {
    const ok = isDeepStrictEqual(expected, seen);
    this.all.push({ name, expected, seen, ok });
    return ok;
  }
  get failed(): Expectation[] { return this.all.filter(({ ok }) => !ok); }
  /** Nothing checked is no success. */
  get held(): boolean { return this.all.length > 0 && this.failed.length === 0; }
}
