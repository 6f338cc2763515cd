import { RawCaller, type Answered } from '../raw-caller';

export type Kind = 'command' | 'query';
export interface CrowdPlan {
  url: string;
  /** Of several people, so that the limit of one does not stand for that of the gateway. */
  tokens: readonly string[];
  /** Names the keys of its commands. */
  run: string;
  seconds: number;
  /** So many at a time, each the next as soon as it has its answer; or so many a second, whatever becomes of those before, on so many connections. */
  pace: { atATime: number } | { perSecond: number; connections: number };
}
/** A command that was acknowledged. */
export interface Noted { key: string; id: string; revision: number }
export interface CrowdReport {
  sent: number; seconds: number;
  /** Of accepted calls, in ms, sorted. */
  accepted: Record<Kind, number[]>;
  noted: Noted[];
  /** `503 BUSY` and how often. */
  refused: Record<string, number>;
  refusedMs: number[];
  /** Refusals that are not as they must be, and answers that no caller should see; the first of each kind in full. */
  wrong: Record<string, number>;
  unanswered: number;
  /** Due, and not sent, because every connection waited for an answer. */
  held: number;
}

const LATER = new Set([429, 503]);
const REPORT = JSON.stringify({
  district: '610524', channel: 'hotline', description: '东关十字东北角有个井盖没了,晚上看不见', itemCode: 'manhole',
  place: { address: '合阳县东关十字东北角', gridCode: '610524001001001', longitude: 110.14555, latitude: 35.22966 },
});
const TICK_MS = 5;

/** Many callers of one gateway: every other call a report received, the others a page of reports. */
export class Crowd {
  private readonly host: string;
  private readonly port: number;
  private readonly all: RawCaller[] = [];
  private readonly idle: RawCaller[] = [];
  private readonly report: CrowdReport = { sent: 0, seconds: 0, accepted: { command: [], query: [] }, noted: [], refused: {}, refusedMs: [], wrong: {}, unanswered: 0, held: 0 };

  constructor(private readonly plan: CrowdPlan) {
    const { hostname, port } = new URL(plan.url);
    [this.host, this.port] = [hostname, Number(port)];
  }

  async run(): Promise<CrowdReport> {
    const { pace, seconds } = this.plan;
    const startMs = performance.now();
    const untilMs = startMs + seconds * 1_000;
    await ('atATime' in pace ? this.closed(pace.atATime, untilMs) : this.open(pace.perSecond, pace.connections, startMs, untilMs));
    this.report.seconds = (performance.now() - startMs) / 1_000;
    for (const caller of this.all) caller.close();
    for (const times of [...Object.values(this.report.accepted), this.report.refusedMs]) times.sort((a, b) => a - b);
    return this.report;
  }

  private async closed(atATime: number, untilMs: number): Promise<void> {
    await Promise.all(Array.from({ length: atATime }, async () => {
      const caller = this.another();
      while (performance.now() < untilMs) await this.one(caller);
    }));
  }

  private async open(perSecond: number, connections: number, startMs: number, untilMs: number): Promise<void> {
    const underWay = new Set<Promise<void>>();
    for (let nth = 0; nth < connections; nth++) this.idle.push(this.another());
    for (let due = 0, begun = 0; performance.now() < untilMs; await new Promise((resolve) => setTimeout(resolve, TICK_MS))) {
      due = Math.floor(((performance.now() - startMs) / 1_000) * perSecond);
      for (; begun < due; begun++) {
        const caller = this.idle.pop();
        if (!caller) { this.report.held += due - begun; begun = due; break; }
        const one: Promise<void> = this.one(caller).then(() => { underWay.delete(one); this.idle.push(caller); });
        underWay.add(one);
      }
    }
    await Promise.all(underWay);
  }

  private another(): RawCaller {
    const caller = new RawCaller(this.host, this.port);
    this.all.push(caller);
    return caller;
  }

  private async one(caller: RawCaller): Promise<void> {
    const { tokens, run } = this.plan;
    const nth = this.report.sent++;
    const kind: Kind = nth % 2 === 0 ? 'command' : 'query';
    const key = `${run}-${nth}`;
    const answer = await caller.ask(this.requestOf(kind, key, tokens[nth % tokens.length]!));
    if (!answer) this.report.unanswered += 1;
    else this.take(kind, key, answer);
  }

  private take(kind: Kind, key: string, answer: Answered): void {
    const { accepted, noted, refusedMs } = this.report;
    const { status, body, elapsedMs } = answer;
    if (status < 300) {
      accepted[kind].push(elapsedMs);
      const { id, revision } = kind === 'command' ? (JSON.parse(body) as Noted) : { id: '', revision: 0 };
      if (kind === 'command') noted.push({ key, id, revision });
      return;
    }
    refusedMs.push(elapsedMs);
    count(this.report.refused, `${status} ${codeOf(body)}`);
    const wrong = wrongWith(answer);
    if (wrong) count(this.report.wrong, wrong);
  }

  private requestOf(kind: Kind, key: string, token: string): string {
    const head = (line: string) => `${line} HTTP/1.1\r\nHost: ${this.host}:${this.port}\r\nAuthorization: Bearer ${token}\r\n`;
    return kind === 'query' ? `${head('GET /v1/reports?limit=20')}\r\n`
      : `${head('POST /v1/reports')}Idempotency-Key: ${key}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(REPORT)}\r\n\r\n${REPORT}`;
  }
}

function wrongWith({ status, headers, body }: Answered): string | undefined {
  if (!LATER.has(status)) return `status ${status}: ${body.slice(0, 300)}`;
  if (!/^[1-9]\d*$/.test(headers['retry-after'] ?? '')) return `${status} with Retry-After ${headers['retry-after'] ?? 'absent'}`;
  if (!headers['content-type']?.startsWith('application/problem+json')) return `${status} as ${headers['content-type']}`;
  return codeOf(body) === '' ? `${status} without a code` : undefined;
}
const codeOf = (body: string): string => { try { return String((JSON.parse(body) as { code?: string }).code ?? ''); } catch { return ''; } };
const count = (counts: Record<string, number>, name: string): void => void (counts[name] = (counts[name] ?? 0) + 1);

// Started by `overload.ts` as a process of its own: it must not slow down who measures, nor be slowed down by him.
if (require.main === module) process.once('message', (plan: CrowdPlan) => void new Crowd(plan).run().then((report) => process.send!(report, () => process.disconnect())));
