/** A load of whole case lives through the gateway, each command retried with its key until it is answered. */
import { setTimeout as delay } from 'node:timers/promises';

/** What the platform acknowledged: this revision of this stream is on record. */
export interface Acknowledged { key: string; operation: string; id: string; revision: number }
export interface LivesOptions {
  baseUrl: string;
  /** Set while the load must end: lives that have begun are finished. */
  signal: AbortSignal;
  /** Told apart from other runs: part of every key. */
  run: string;
  lanes: number;
}

const district = '610524';
const gridCode = '610524001001001';
const unit = 'u-610524-municipal';
const people = {
  operator: { sub: 'op-610524-1', role: 'centre-operator', jurisdiction: district }, hotline: { sub: 'hot-610524-1', role: 'hotline-operator', jurisdiction: district },
  handler: { sub: 'h-610524-municipal', role: 'unit-handler', jurisdiction: district, unit }, leader: { sub: 'l-610524-municipal', role: 'unit-leader', jurisdiction: district, unit },
  worker: { sub: 'w-610524-001', role: 'grid-worker', jurisdiction: gridCode },
};
type Who = keyof typeof people;
/** Path below the report or case, who, body. One event each on its stream, but `file`, which writes to two. */
const reportSteps: [string, Who, object][] = [
  ['sort', 'operator', { itemCode: 'manhole', importance: 'normal', urgency: 'urgent', belonging: 'municipal', gridCode }], ['file', 'operator', { level: 'district', centre: district }],
];
const caseSteps: [string, Who, object][] = [
  ['phone-calls', 'operator', { unit, person: '值班员', answered: true }], ['dispatch', 'operator', { lead: unit }], ['acknowledgement', 'handler', {}], ['arrival', 'handler', {}],
  ['result', 'leader', { result: '已更换井盖' }], ['verification', 'worker', { proposal: 'close', note: '已修复' }],
  ['call-back', 'operator', { medium: 'telephone', reached: true, truthful: true, satisfied: true }], ['closing', 'operator', {}], ['archive', 'operator', {}],
];
export const reportLife = ['ReportReceived', 'ReportSorted', 'ReportFiled'];
export const caseLife = ['CaseFiled', 'UnitPhoned', 'CaseDispatched', 'DispatchAcknowledged', 'HandlerArrived', 'ResultSubmitted', 'ResultVerified', 'CallBackRecorded', 'CaseClosed', 'CaseArchived'];

const ANSWER_TIMEOUT_MS = 15_000;
const RETRY_MS = 100;
const RETRY_LIMIT_MS = 120_000;

export class CaseLives {
  readonly acknowledged: Acknowledged[] = [];
  retries = 0;
  private readonly tokens = new Map<Who, string>();
  private begun = 0;

  constructor(private readonly options: LivesOptions) {}

  /** Resolves when the signal has fired and every life that began has ended. */
  async live(): Promise<void> {
    for (const who of Object.keys(people) as Who[]) {
      const response = await fetch(`${this.options.baseUrl}/v1/demo/tokens`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ ...people[who], hours: 24 }) });
      this.tokens.set(who, ((await response.json()) as { token: string }).token);
    }
    await Promise.all(Array.from({ length: this.options.lanes }, async () => {
      while (!this.options.signal.aborted) await this.oneLife(`${this.options.run}-${(this.begun += 1)}`);
    }));
  }

  private async oneLife(name: string): Promise<void> {
    const place = { address: `凤凰东路 ${name} 号`, gridCode, longitude: 110.145, latitude: 35.229 };
    const { id: reportId } = await this.send(name, '/v1/reports', 'hotline', { district, channel: 'hotline', place, description: '井盖没了', reporter: { name: '李红卫', telephone: '15199536942' } });
    let caseId = '';
    for (const [path, who, body] of reportSteps) {
      const answer = await this.send(name, `/v1/reports/${reportId}/${path}`, who, body);
      if (path === 'file') caseId = answer.result!['caseId'] as string;
    }
    for (const [path, who, body] of caseSteps) await this.send(name, `/v1/cases/${caseId}/${path}`, who, body);
  }

  private async send(name: string, path: string, who: Who, body: object): Promise<{ id: string; result?: Record<string, unknown> }> {
    const operation = path.split('/').at(-1)!;
    const key = `${name}-${operation}`;
    const until = performance.now() + RETRY_LIMIT_MS;
    for (;;) {
      const answer = await this.try(path, who, body, key);
      if (answer?.ok) {
        this.acknowledged.push({ key, operation, id: answer.body.id, revision: answer.body.revision });
        return answer.body;
      }
      // No answer, or "later": the same command with the same key. Anything else is a verdict, and none is expected here.
      if (answer && answer.status !== 503 && answer.status !== 429) throw new Error(`${path} (${key}): ${answer.status} ${JSON.stringify(answer.body)}`);
      if (performance.now() > until) throw new Error(`${path} (${key}): no answer within ${RETRY_LIMIT_MS} ms`);
      this.retries += 1;
      await delay(RETRY_MS);
    }
  }

  private async try(path: string, who: Who, body: object, key: string): Promise<{ ok: boolean; status: number; body: any } | undefined> {
    try {
      const response = await fetch(`${this.options.baseUrl}${path}`, {
        method: 'POST', signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS), body: JSON.stringify(body),
        headers: { Authorization: `Bearer ${this.tokens.get(who)}`, 'Content-Type': 'application/json', 'Idempotency-Key': key },
      });
      return { ok: response.ok, status: response.status, body: await response.json() };
    } catch {
      return undefined;
    }
  }
}
