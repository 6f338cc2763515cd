import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

interface Pair { client: Socket; server: Socket; /** It asked for something whose answer is to be lost. */ armed: boolean }

/** Between the platform and a server of it: everything goes through, until it is told otherwise. Knows no protocol but the bytes that mark a message. */
export class HurtfulProxy {
  /** Added to each answer. */
  delayMs = 0;
  private readonly pairs = new Set<Pair>();
  private marker: Buffer | undefined;
  private toLose = 0;
  private onLost: () => void = () => undefined;
  private listener!: Server;

  private constructor(private readonly target: { host: string; port: number }) {}

  static async start(target: { host: string; port: number }): Promise<HurtfulProxy> {
    const proxy = new HurtfulProxy(target);
    proxy.listener = createServer((client) => proxy.join(client));
    await new Promise<void>((bound, failed) => proxy.listener.once('error', failed).listen(0, '127.0.0.1', bound));
    return proxy;
  }

  /** The same address, by way of this. */
  through(url: string): string {
    return Object.assign(new URL(url), { host: `127.0.0.1:${(this.listener.address() as AddressInfo).port}` }).href;
  }

  /** What is asked for with these bytes in it is done by the server, and its answer lost with the connection: so many times. Resolves afterwards. */
  loseAnswers(marker: string, times: number): Promise<void> {
    this.marker = Buffer.from(marker);
    this.toLose = times;
    return new Promise((resolve) => { this.onLost = () => { if (this.toLose === 0) resolve(); }; });
  }

  /** Every connection, in both directions at once. */
  cut(): number {
    const open = this.pairs.size;
    for (const pair of this.pairs) destroy(pair);
    return open;
  }

  async stop(): Promise<void> {
    const closed = new Promise((done) => this.listener.close(done));
    this.cut();
    await closed;
  }

  private join(client: Socket): void {
    const server = connect(this.target);
    const pair: Pair = { client, server, armed: false };
    this.pairs.add(pair);
    for (const [from, to] of [[client, server], [server, client]] as const) {
      from.setNoDelay(true);
      from.on('error', () => undefined).once('close', () => { this.pairs.delete(pair); to.destroy(); });
    }
    client.on('data', (bytes) => {
      pair.armed ||= this.toLose > 0 && this.marker !== undefined && bytes.includes(this.marker);
      if (!server.write(bytes)) { client.pause(); server.once('drain', () => client.resume()); }
    });
    server.on('data', (bytes) => {
      if (pair.armed && this.toLose > 0) {
        this.toLose -= 1;
        destroy(pair);
        return this.onLost();
      }
      pair.armed = false;
      if (this.delayMs > 0) setTimeout(() => client.write(bytes), this.delayMs);
      else if (!client.write(bytes)) { server.pause(); client.once('drain', () => server.resume()); }
    });
  }
}

function destroy({ client, server }: Pair): void {
  client.destroy();
  server.destroy();
}
