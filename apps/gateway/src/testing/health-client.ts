import { type Client, credentials, loadPackageDefinition, type GrpcObject, type ServiceClientConstructor, type ServiceError } from '@grpc/grpc-js';
import { loadHealth } from '../grpc/proto-files';

type HealthStub = Client & {
  check(request: object, callback: (error: ServiceError | null, answer: { status: string }) => void): void;
  watch(request: object): { on(event: 'data', listener: (answer: { status: string }) => void): void; on(event: 'error' | 'end', listener: () => void): void };
};

/** A probe that speaks the standard health protocol. */
export class HealthClient {
  private readonly stub: HealthStub;

  constructor(address: string) {
    const Health = ['grpc', 'health', 'v1'].reduce((at, name) => at[name] as GrpcObject, loadPackageDefinition(loadHealth()))['Health'] as ServiceClientConstructor;
    this.stub = new Health(address, credentials.createInsecure()) as unknown as HealthStub;
  }

  check(service = ''): Promise<string> {
    return new Promise((resolve) => this.stub.check({ service }, (error, answer) => resolve(error ? `status ${error.code}` : answer.status)));
  }

  /** Statuses told so far; `ended` resolves when the server ends the stream. */
  watch(): { told: string[]; ended: Promise<void> } {
    const told: string[] = [];
    const stream = this.stub.watch({ service: '' });
    const ended = new Promise<void>((resolve) => {
      stream.on('end', resolve);
      stream.on('error', resolve);
    });
    stream.on('data', ({ status }) => void told.push(status));
    return { told, ended };
  }

  close(): void {
    this.stub.close();
  }
}
