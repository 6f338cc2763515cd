import { Server, ServerCredentials } from '@grpc/grpc-js';
import { ServerGrpc } from '@nestjs/microservices';
import { MESSAGE_BYTES_MAX, PROTO_OPTIONS, PROTO_PACKAGE, PROTO_PATH } from './messages';

const CONNECTION_AGE_MAX_MS = 60_000;
/** Longer than any call and any stream of commands lasts (ServiceClientOptions). */
const CONNECTION_AGE_GRACE_MS = 60_000;

export interface RpcServerOptions {
  /** `host:port`; port 0 takes a free one, see `address`. */
  listen: string;
  /** Calls in hand may take this long after `close`. */
  drainTimeoutMs: number;
  /** Protocol files beside the service's own. */
  protoPaths?: readonly string[];
}

/**
 * Nest's gRPC transport with two differences: it binds its port only when every method is in place (a call that comes too early
 * is refused by the network and tried again, not answered UNIMPLEMENTED), and it ends calls in hand before it closes.
 */
export class RpcServer extends ServerGrpc {
  private port = 0;
  private closing: Promise<void> | undefined;

  constructor(private readonly rpc: RpcServerOptions) {
    super({ package: PROTO_PACKAGE, protoPath: [PROTO_PATH, ...(rpc.protoPaths ?? [])], loader: PROTO_OPTIONS, url: rpc.listen });
  }

  /** Where it listens, with the real port. */
  get address(): string {
    return `${this.rpc.listen.slice(0, this.rpc.listen.lastIndexOf(':'))}:${this.port}`;
  }

  override async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      const server = new Server({
        'grpc.max_receive_message_length': MESSAGE_BYTES_MAX, 'grpc.max_send_message_length': MESSAGE_BYTES_MAX,
        // Ended gently now and then: a client that connects anew asks the names again, and finds copies that were added.
        'grpc.max_connection_age_ms': CONNECTION_AGE_MAX_MS, 'grpc.max_connection_age_grace_ms': CONNECTION_AGE_GRACE_MS,
      });
      this.grpcClient = server;
      await this.bindEvents();
      this.port = await new Promise<number>((bound, failed) =>
        server.bindAsync(this.rpc.listen, ServerCredentials.createInsecure(), (error, port) => (error ? failed(error) : bound(port))));
      callback();
    } catch (error) {
      callback(error);
    }
  }

  override close(): Promise<void> {
    return (this.closing ??= this.drain());
  }

  private async drain(): Promise<void> {
    const server = this.grpcClient as Server | undefined;
    if (!server) return;
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([
      new Promise<void>((drained) => server.tryShutdown(() => drained())),
      new Promise<void>((late) => { timer = setTimeout(late, this.rpc.drainTimeoutMs); }),
    ]);
    clearTimeout(timer);
    server.forceShutdown();
  }
}
