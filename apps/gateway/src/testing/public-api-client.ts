import { type Client, Metadata, credentials, loadPackageDefinition, type GrpcObject, type ServiceClientConstructor, type ServiceError } from '@grpc/grpc-js';
import { loadPublicApi } from '../grpc/proto-files';
import { PROBLEM_METADATA } from '../grpc/public-api.server';
import type { ProblemDocument } from '../problems/problem';

export type GrpcOutcome = { ok: true; answer: any; metadata: Metadata } | { ok: false; status: number; problem: ProblemDocument | undefined };
type Unary = (message: object, metadata: Metadata, callback: (error: ServiceError | null, answer: any) => void) => { on(event: 'metadata', listener: (metadata: Metadata) => void): void };

/** A foreign caller of the public gRPC API, made from the proto files alone. */
export class PublicApiClient {
  private readonly services: GrpcObject;
  private readonly clients = new Map<string, Client & Record<string, Unary>>();

  constructor(private readonly address: string) {
    const found = loadPackageDefinition(loadPublicApi());
    this.services = (found['gridcase'] as GrpcObject)['v1'] as GrpcObject;
  }

  call(resource: string, method: string, message: object, headers: Record<string, string> = {}): Promise<GrpcOutcome> {
    let client = this.clients.get(resource);
    if (!client) {
      const Service = this.services[resource] as ServiceClientConstructor;
      this.clients.set(resource, (client = new Service(this.address, credentials.createInsecure()) as never as Client & Record<string, Unary>));
    }
    const metadata = new Metadata();
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
    return new Promise((resolve) => {
      let received = new Metadata();
      const call = client[method]!.call(client, message, metadata, (error, answer) => {
        if (!error) return resolve({ ok: true, answer, metadata: received });
        const [bytes] = error.metadata.get(PROBLEM_METADATA);
        resolve({ ok: false, status: error.code, problem: bytes ? (JSON.parse(bytes.toString()) as ProblemDocument) : undefined });
      });
      call.on('metadata', (got) => (received = got));
    });
  }

  close(): void {
    for (const client of this.clients.values()) client.close();
  }
}
