import { type Client, credentials, loadPackageDefinition, type GrpcObject, type ServiceClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { dirname, join } from 'node:path';

const folder = join(dirname(require.resolve('@grpc/reflection/package.json')), 'build/proto/grpc/reflection/v1');
type Stream = { write(message: object): void; end(): void; on(event: 'data', listener: (answer: any) => void): Stream; on(event: 'error', listener: (error: Error) => void): Stream };

/** Asks a server what it offers, as grpcurl does: nothing is known but its address. */
export function askReflection(address: string, question: object): Promise<any> {
  const definition = loadPackageDefinition(loadSync(join(folder, 'reflection.proto'), { keepCase: false }));
  const Reflection = ['grpc', 'reflection', 'v1'].reduce((at, name) => at[name] as GrpcObject, definition)['ServerReflection'] as ServiceClientConstructor;
  const client = new Reflection(address, credentials.createInsecure()) as unknown as Client & { serverReflectionInfo(): Stream };
  return new Promise((resolve, reject) => {
    const stream = client.serverReflectionInfo();
    stream.on('data', (answer) => {
      resolve(answer);
      stream.end();
      client.close();
    }).on('error', reject);
    stream.write(question);
  });
}
