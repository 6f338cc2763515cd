import type { Server, ServerWritableStream, ServiceDefinition, handleUnaryCall } from '@grpc/grpc-js';
import { loadPackageDefinition, status, type GrpcObject, type ServiceClientConstructor } from '@grpc/grpc-js';
import type { Health } from '@gridcase/platform';
import { loadHealth } from './proto-files';

type Request = { service?: string };
type Answer = { status: 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN' };
const WATCH_INTERVAL_MS = 1_000;

/** grpc.health.v1 over the platform's readiness; the empty name is the whole server. */
export class HealthService {
  private readonly watchers = new Map<ServerWritableStream<Request, Answer>, NodeJS.Timeout>();

  constructor(private readonly health: Health, private readonly names: ReadonlySet<string>) {}

  addTo(server: Server): void {
    const found = ['grpc', 'health', 'v1'].reduce((at, name) => at[name] as GrpcObject, loadPackageDefinition(loadHealth()))['Health'] as ServiceClientConstructor;
    const check: handleUnaryCall<Request, Answer> = (call, callback) =>
      void this.statusOf(call.request).then((answer) => (answer.status === 'SERVICE_UNKNOWN' ? callback({ code: status.NOT_FOUND, details: 'unknown service' }) : callback(null, answer)));
    server.addService(found.service as ServiceDefinition, { check, watch: (call: ServerWritableStream<Request, Answer>) => this.watch(call) });
  }

  /** Tells every watcher and ends their streams: they would hold the server open. */
  close(): void {
    for (const [call, timer] of this.watchers) {
      clearInterval(timer);
      call.write({ status: 'NOT_SERVING' });
      call.end();
    }
    this.watchers.clear();
  }

  private watch(call: ServerWritableStream<Request, Answer>): void {
    let last: string | undefined;
    const tell = async (): Promise<void> => {
      const answer = await this.statusOf(call.request);
      if (answer.status !== last && this.watchers.has(call)) call.write(answer);
      last = answer.status;
    };
    this.watchers.set(call, setInterval(() => void tell(), WATCH_INTERVAL_MS));
    call.on('cancelled', () => {
      clearInterval(this.watchers.get(call));
      this.watchers.delete(call);
      call.end();
    });
    void tell();
  }

  private async statusOf({ service = '' }: Request): Promise<Answer> {
    if (service !== '' && !this.names.has(service)) return { status: 'SERVICE_UNKNOWN' };
    return { status: (await this.health.readiness()).ok ? 'SERVING' : 'NOT_SERVING' };
  }
}
