import { connect, type Socket } from 'node:net';

/** What came back for one request; `elapsedMs` from the moment it was sent. */
export interface Answered { status: number; headers: Readonly<Record<string, string>>; body: string; elapsedMs: number }

/**
 * One kept-alive connection with one request at a time, given as the bytes that are sent. By hand, because a proper HTTP client refuses to send
 * what is wrong, and because one that can ask four times what a gateway can answer must cost a fraction of it.
 */
export class RawCaller {
  private socket: Socket | undefined;
  private received = '';
  private waiting: { sentMs: number; resolve(answer: Answered | undefined): void } | undefined;

  constructor(private readonly host: string, private readonly port: number) {}

  /** @returns undefined when the connection ended before an answer */
  ask(request: string | Buffer): Promise<Answered | undefined> {
    this.socket ??= this.open();
    this.socket.write(request);
    return new Promise((resolve) => (this.waiting = { sentMs: performance.now(), resolve }));
  }

  close(): void {
    const { socket } = this;
    this.socket = undefined;
    socket?.destroy();
    this.settle(undefined);
  }

  private open(): Socket {
    const socket = connect(this.port, this.host).setNoDelay(true).setEncoding('latin1');
    this.received = '';
    socket.on('data', (text) => {
      this.received += text as unknown as string;
      this.read();
    });
    // The other side ends a connection it has lost the thread of, without saying so in the answer.
    const over = () => { if (this.socket === socket) this.close(); };
    socket.on('error', () => undefined).on('end', over).on('close', over);
    return socket;
  }

  private read(): void {
    const end = this.received.indexOf('\r\n\r\n');
    if (end < 0 || !this.waiting) return;
    const [statusLine, ...lines] = this.received.slice(0, end).split('\r\n');
    const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
    const length = Number(headers['content-length'] ?? 0);
    if (this.received.length < end + 4 + length) return;
    const body = Buffer.from(this.received.slice(end + 4, end + 4 + length), 'latin1').toString('utf8');
    this.received = this.received.slice(end + 4 + length);
    this.settle({ status: Number(statusLine!.slice(9, 12)), headers, body, elapsedMs: performance.now() - this.waiting.sentMs });
    if (headers['connection'] === 'close') this.close();
  }

  private settle(answer: Answered | undefined): void {
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.resolve(answer);
  }
}
