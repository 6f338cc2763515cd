/** A load of whole case lives through the gateway, each command retried with its key until it is answered. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Acknowledged } from '../closing-check/journals';
import { demoToken } from '../demo-token';
import { channels, lifeOf, people, type Life, type LifeKind, type LifeStep, type Who } from './lives';

/** What the platform acknowledged, as a caller notes it; `id` of the report or case. */
export type NotedCommand = Acknowledged & { id: string };
/** Refused for what the record says; `code` of the problem. */
export interface Refused { key: string; operation: string; code: string }
export interface LivesOptions {
  baseUrl: string;
  /** Set while the load must end: lives that have begun are finished. */
  signal: AbortSignal;
  /** Told apart from other runs: part of every key. */
  run: string;
  lanes: number;
  /** One after the other, over and over. Default: plain ones, all by hotline. */
  kinds?: readonly LifeKind[];
  /** Time of the platform, where it is not the machine's. */
  now?: () => string;
  /** A command that is not answered for so long ends the load with an error. */
  retryLimitMs?: number;
  /** A verdict that may come under this load: the life it came to ends there. Anything else ends the load with an error. */
  mayRefuse?: (step: LifeStep, code: string) => boolean;
}
interface Answer { ok: boolean; status: number; body: any; retryAfter: string | null }

const ANSWER_TIMEOUT_MS = 15_000;
const RETRY_MS = 100;
const RETRY_LIMIT_MS = 120_000;
const TOKEN_HOURS = 720;

export class CaseLives {
  readonly acknowledged: NotedCommand[] = [];
  readonly refused: Refused[] = [];
  /** Sent again with the same key: no answer, or "later". */
  retries = 0;
  /** Nobody at all was acknowledged anything for so long. */
  longestSilenceMs = 0;
  /** Of all answers, how often each status came, with the code of its problem: `201`, `503 BUSY`; `0`: none came. */
  readonly statuses = new Map<string, number>();
  private readonly tokens = new Map<Who, string>();
  private begun = 0;
  private underWay = 0;
  private held = false;
  private heardMs = performance.now();

  constructor(private readonly options: LivesOptions) {}

  /** Resolves when the signal has fired and every life that began has ended. */
  async live(): Promise<void> {
    for (const who of Object.keys(people) as Who[]) this.tokens.set(who, await demoToken(this.options.baseUrl, { ...people[who], hours: TOKEN_HOURS }));
    await Promise.all(Array.from({ length: this.options.lanes }, async () => {
      while (!this.options.signal.aborted) await this.next();
    }));
  }

  /** No life begins until the returned function is called. Resolves when those that had begun have ended. */
  async hold(): Promise<() => void> {
    this.held = true;
    while (this.underWay > 0 && !this.options.signal.aborted) await delay(RETRY_MS);
    return () => { this.held = false; };
  }

  private async next(): Promise<void> {
    if (this.held) return delay(RETRY_MS);
    this.underWay += 1;
    await this.nthLife(this.begun++);
    this.underWay -= 1;
  }

  private async nthLife(nth: number): Promise<void> {
    const { kinds, run, now } = this.options;
    const name = `${run}-${nth + 1}`;
    const channel = kinds ? channels[nth % channels.length]! : 'hotline';
    await this.oneLife(name, lifeOf(kinds ? kinds[nth % kinds.length]! : 'plain', name, channel, now?.() ?? ''));
  }

  /** From its report to its end, or to where it was refused as it may be. @returns id of the case, '' where there is none */
  async oneLife(name: string, life: Life): Promise<string> {
    const report = await this.send(name, life.report, '');
    let caseId = '';
    for (const step of life.onReport) {
      const answer = report && (await this.send(name, step, `/v1/reports/${report.id}/`));
      if (!answer) return caseId;
      if (step.path === 'file') caseId = answer.result!['caseId'] as string;
    }
    for (const [at, step] of life.onCase.entries()) {
      const answers = await Promise.all(Array.from({ length: step.times ?? 1 }, (_, writer) => this.send(`${name}-${at}-${writer}`, step, `/v1/cases/${caseId}/`)));
      if (answers.includes(undefined)) return caseId;
    }
    return caseId;
  }

  /** One command, until it is answered. undefined when it was refused as it may be. */
  async send(name: string, step: LifeStep, below: string): Promise<{ id: string; result?: Record<string, unknown> } | undefined> {
    const { retryLimitMs = RETRY_LIMIT_MS, mayRefuse = () => false } = this.options;
    const path = `${below}${step.path}`;
    const operation = path.split('/').at(-1)!;
    const key = `${name}-${operation}`;
    const until = performance.now() + retryLimitMs;
    for (;;) {
      const answer = await this.try(path, step, key);
      const status = [answer?.status ?? 0, ...(answer && !answer.ok ? [String(answer.body?.code)] : [])].join(' ');
      this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
      if (answer?.ok) {
        const { id, revision } = answer.body as { id: string; revision: number };
        this.longestSilenceMs = Math.max(this.longestSilenceMs, performance.now() - this.heardMs);
        this.heardMs = performance.now();
        this.acknowledged.push({ key, operation, id, stream: `${below.includes('/cases/') ? 'case' : 'report'}-${id}`, revision, person: people[step.who].sub });
        return answer.body;
      }
      // No answer, or "later": the same command with the same key. Anything else is a verdict.
      if (answer && answer.status !== 503 && answer.status !== 429) {
        if (!mayRefuse(step, String(answer.body?.code))) throw new Error(`${path} (${key}): ${answer.status} ${JSON.stringify(answer.body)}`);
        this.refused.push({ key, operation, code: String(answer.body.code) });
        return undefined;
      }
      if (answer && answer.retryAfter === null) throw new Error(`${path} (${key}): ${answer.status} does not say when to try again: ${JSON.stringify(answer.body)}`);
      if (performance.now() > until) throw new Error(`${path} (${key}): no answer within ${retryLimitMs} ms`);
      this.retries += 1;
      await delay(RETRY_MS);
    }
  }

  private async try(path: string, { who, body }: LifeStep, key: string): Promise<Answer | undefined> {
    try {
      const response = await fetch(`${this.options.baseUrl}${path}`, {
        method: 'POST', signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS), body: JSON.stringify(body),
        headers: { Authorization: `Bearer ${this.tokens.get(who)}`, 'Content-Type': 'application/json', 'Idempotency-Key': key },
      });
      return { ok: response.ok, status: response.status, body: await response.json(), retryAfter: response.headers.get('retry-after') };
    } catch {
      return undefined;
    }
  }
}
