import { Client, Metadata, credentials, type ServiceDefinition, type ServiceError } from '@grpc/grpc-js';
import type { ProblemDocument } from '../problems/problem';
import { loadPublicApi } from './proto-files';
import { PROBLEM_METADATA } from './public-api.server';

export type GrpcOutcome = { ok: true; answer: any; metadata: Metadata } | { ok: false; status: number; details: string; problem: ProblemDocument | undefined; metadata: Metadata };

/** A caller of the public gRPC API, made from the proto files alone. */
export class PublicApiClient {
  private readonly definition = loadPublicApi();
  private readonly client: Client;

  constructor(address: string) {
    this.client = new Client(address, credentials.createInsecure());
  }

  /** `message`: its fields, or bytes that are sent as they are. */
  call(resource: string, method: string, message: object | Buffer, headers: Record<string, string> = {}): Promise<GrpcOutcome> {
    const { path, responseDeserialize } = this.methodOf(resource, method);
    const metadata = new Metadata();
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
    const bytes = Buffer.isBuffer(message) ? message : this.bytesOf(resource, method, message);
    return new Promise((resolve) => {
      let received = new Metadata();
      const call = this.client.makeUnaryRequest(path, (sent: Buffer) => sent, responseDeserialize, bytes, metadata, (error: ServiceError | null, answer?: any) => {
        if (!error) return resolve({ ok: true, answer, metadata: received });
        const [problem] = error.metadata.get(PROBLEM_METADATA);
        resolve({ ok: false, status: error.code, details: error.details, problem: problem ? (JSON.parse(problem.toString()) as ProblemDocument) : undefined, metadata: received });
      });
      call.on('metadata', (got: Metadata) => (received = got));
    });
  }

  /** A message as it goes over the wire. */
  bytesOf(resource: string, method: string, message: object): Buffer {
    return this.methodOf(resource, method).requestSerialize(message);
  }

  close(): void {
    this.client.close();
  }

  private methodOf(resource: string, method: string): ServiceDefinition[string] {
    return (this.definition[`gridcase.v1.${resource}`] as ServiceDefinition)[method]!;
  }
}
