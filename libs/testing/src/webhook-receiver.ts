import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedHook { /** `webhook-id`. */ id: string; headers: IncomingHttpHeaders; body: string; /** By `performance.now()`. */ atMs: number; accepted: boolean }
/** `hang`: takes it and says nothing; `die`: takes it and cuts the connection. */
export type HookAnswer = { status: number; headers?: Record<string, string>; afterMs?: number } | 'hang' | 'die';

/** The other side of web hooks, over real HTTP: remembers every request, and answers as it is told. */
export class WebhookReceiver {
  readonly received: ReceivedHook[] = [];
  /** Most requests open at the same time. */
  openMax = 0;
  /** Given the requests under that id so far, this one included. */
  answer: (hook: ReceivedHook, times: number) => HookAnswer = () => ({ status: 204 });
  private open = 0;
  private server: Server | undefined;
  private port = 0;

  get url(): string { return `http://127.0.0.1:${this.port}/hook`; }

  /** Started again, at the same port. */
  async start(): Promise<this> {
    const server = createServer((request, response) => {
      let body = '';
      this.openMax = Math.max(this.openMax, (this.open += 1));
      response.once('close', () => { this.open -= 1; });
      request.on('error', () => undefined).on('data', (chunk: Buffer) => { body += chunk.toString(); }).on('end', () => this.take(request.headers, body, response));
    });
    await new Promise<void>((bound, failed) => server.once('error', failed).listen(this.port, '127.0.0.1', bound));
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
    return this;
  }

  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server) await new Promise<void>((closed) => { server.close(() => closed()); server.closeAllConnections(); });
  }

  of(id: string): ReceivedHook[] { return this.received.filter((hook) => hook.id === id); }
  /** The first acceptance of each id, in the order in which they came: what takes effect where repeats are dropped. */
  effects(): ReceivedHook[] {
    const seen = new Set<string>();
    return this.received.filter(({ id, accepted }) => accepted && !seen.has(id) && seen.add(id));
  }

  private take(headers: IncomingHttpHeaders, body: string, response: ServerResponse): void {
    const hook: ReceivedHook = { id: String(headers['webhook-id']), headers, body, atMs: performance.now(), accepted: false };
    this.received.push(hook);
    const answer = this.answer(hook, this.of(hook.id).length);
    if (answer === 'hang') return;
    // Dying after the work was done: it has taken effect, only nobody was told.
    hook.accepted = answer === 'die' || answer.status < 300;
    if (answer === 'die') return void response.destroy();
    setTimeout(() => response.writeHead(answer.status, answer.headers).end(), answer.afterMs ?? 0);
  }
}
