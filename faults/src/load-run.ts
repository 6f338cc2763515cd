import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SystemClock } from '@gridcase/platform';
import { WebhookReceiver } from '@gridcase/testing';
import { CaseLives, demoToken, lifeKinds, type Acknowledged, type LifeKind } from '@gridcase-apps/standalone';
import type { PlatformUnderTest } from './platform/under-test';
import type { Seeded } from './seeded';

const system = new SystemClock();
const CLOCK_EVERY_MS = 1_000;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Each lets the responses run out that were waited for at the last: they are due within half an hour. */
const CLOCK_STEP_MS = 35 * MINUTE_MS;
/** From when it starts: limits stand still by night, nobody waits for that. */
const WORKING_DAY_MS = 8 * 60 * MINUTE_MS;
/** Short enough that what is stuck is told within the case, long enough for two minutes without a broker. */
const RETRY_LIMIT_MS = 240_000;

/** A verdict and no loss: so many wrote to the case at once that the command was decided again too often. Any other refusal ends the load with an error. */
const MAY_REFUSE = 'TOO_MANY_CONFLICTS';

/** Time of the platform where its clocks are simulated; it goes on when it is moved. */
export class MovedClock {
  private nowMs: number;
  constructor(readonly start: string) { this.nowMs = Date.parse(start); }
  now(): string { return new Date(this.nowMs).toISOString(); }
  next(): string {
    const next = this.nowMs + CLOCK_STEP_MS;
    const ofDay = (next - Date.parse(this.start)) % DAY_MS;
    return new Date(ofDay > WORKING_DAY_MS ? next - ofDay + DAY_MS : next).toISOString();
  }
  movedTo(instant: string): void { this.nowMs = Math.max(this.nowMs, Date.parse(instant)); }
}

export interface LoadOptions { lanes: number; kinds?: readonly LifeKind[]; run: string; clock?: MovedClock; clockMoves: boolean }

/** The load of one case: lives of every kind, a clock that goes on, journals of what was acknowledged. */
export class LoadRun {
  readonly lives: CaseLives;
  readonly startedMs = performance.now();
  failure: Error | undefined;
  /** How often the platform's clock was moved on. */
  clockMoves = 0;
  private readonly ending = new AbortController();
  private readonly running: Promise<unknown>;

  constructor(private readonly platform: PlatformUnderTest, private readonly options: LoadOptions) {
    const { lanes, kinds = lifeKinds, run, clock } = options;
    this.lives = new CaseLives({
      baseUrl: platform.url, signal: this.ending.signal, run, lanes, kinds, now: () => clock?.now() ?? system.now(), retryLimitMs: RETRY_LIMIT_MS,
      mayRefuse: (_, code) => code === MAY_REFUSE,
    });
    const living = this.lives.live().catch((error: unknown) => { this.failure = error as Error; this.ending.abort(); });
    this.running = Promise.all([living, clock && options.clockMoves ? this.moveClock(clock) : undefined]);
  }

  get failed(): boolean { return this.failure !== undefined; }

  /** Resolves when every life that began has ended. @throws what ended the load before */
  async end(): Promise<void> {
    this.ending.abort();
    await this.running;
    if (this.failure) throw this.failure;
  }

  private async moveClock(clock: MovedClock): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      await delay(CLOCK_EVERY_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const to = clock.next();
      if (!(await advance(this.platform.url, to))) continue;
      clock.movedTo(to);
      this.clockMoves += 1;
    }
  }
}

/** False when nobody answered, or not everybody could follow: it is asked for again. */
async function advance(baseUrl: string, to: string): Promise<boolean> {
  try {
    const admin = { sub: 'reg-610524', role: 'registry-admin', jurisdiction: '610524', hours: 720 };
    const token = await demoToken(baseUrl, admin);
    const response = await fetch(`${baseUrl}/v1/simulation/clock`, { method: 'POST', signal: AbortSignal.timeout(MINUTE_MS), headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }, body: JSON.stringify({ to }) });
    return response.ok;
  } catch {
    return false;
  }
}

/** The other side of notices: in trouble now and then, as the seed says. */
export async function startReceiver(random: Seeded): Promise<WebhookReceiver> {
  const receiver = new WebhookReceiver();
  receiver.answer = () => {
    const dice = random.next();
    return dice < 0.05 ? { status: 503 } : dice < 0.08 ? 'die' : { status: 204 };
  };
  return receiver.start();
}

export function writeAcknowledged(dir: string, acknowledged: readonly Acknowledged[]): string {
  const file = join(dir, 'acknowledged.jsonl');
  writeFileSync(file, acknowledged.map(({ key, operation, stream, revision, person }) => `${JSON.stringify({ key, operation, stream, revision, person })}\n`).join(''));
  return file;
}

export function writeReceived(receiver: WebhookReceiver, dir: string): string {
  const file = join(dir, 'received.jsonl');
  writeFileSync(file, receiver.received.map(({ id, accepted, body }) => `${JSON.stringify({ id, status: accepted ? 204 : 503, sha256: createHash('sha256').update(body).digest('hex') })}\n`).join(''));
  return file;
}
