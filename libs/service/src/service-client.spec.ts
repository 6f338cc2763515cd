import { setTimeout as delay } from 'node:timers/promises';
import { loadPackageDefinition, Server, ServerCredentials, type GrpcObject, type sendUnaryData, type ServerDuplexStream, type ServiceClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { CommandCall, QueryCall } from '@gridcase/platform';
import { waitUntil } from '@gridcase/testing';
import { ServiceClient } from '.';
import { PROTO_OPTIONS, PROTO_PATH, type CommandRequests, type CommandResponses, type QueryRequest, type QueryResponse } from './rpc/messages';

/** One copy of a service: answers everything, and counts. */
class Copy {
  readonly server = new Server();
  port = 0;
  commands = 0;
  queries = 0;
  streams = 0;
  answerAfterMs = 0;

  async start(port = 0): Promise<this> {
    const { ServiceCalls } = (loadPackageDefinition(loadSync(PROTO_PATH, PROTO_OPTIONS)) as any).gridcase.internal.v1 as { ServiceCalls: ServiceClientConstructor } & GrpcObject;
    this.server.addService(ServiceCalls.service, {
      execute: (stream: ServerDuplexStream<CommandRequests, CommandResponses>) => {
        this.streams++;
        let inHand = 0;
        let ended = false;
        const endWhenDone = () => { if (ended && inHand === 0) stream.end(); };
        stream.on('data', ({ commands = [] }: CommandRequests) => {
          for (const { call } of commands) {
            this.commands++;
            inHand++;
            setTimeout(() => { stream.write({ answers: [{ call, id: 'x', stream: 'case-x', revision: 0, position: '1' }] }); inHand--; endWhenDone(); }, this.answerAfterMs);
          }
        });
        stream.on('end', () => { ended = true; endWhenDone(); });
        stream.on('error', () => undefined);
      },
      query: (_: { request: QueryRequest }, answer: sendUnaryData<QueryResponse>) => { this.queries++; answer(null, { result: Buffer.from('{}'), position: '1' }); },
    });
    this.port = await new Promise<number>((bound, failed) => this.server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, found) => (error ? failed(error) : bound(found))));
    return this;
  }
}

const context = { actor: { person: 'o', role: 'centre-operator', jurisdiction: '610524' }, correlationId: 'c' };
const command = (n: number): CommandCall => ({ type: 'PhoneUnit', body: {}, context: { ...context, commandId: `k-${n}`, digest: 'd' } });
const query: QueryCall = { name: 'ListCases', params: {}, context };
const many = <T>(count: number, work: (n: number) => Promise<T>) => Promise.all(Array.from({ length: count }, (_, n) => work(n)));

let copies: Copy[];
let client: ServiceClient | undefined;
beforeEach(async () => { copies = await many(2, () => new Copy().start()); });
afterEach(() => {
  client?.close();
  for (const { server } of copies) server.forceShutdown();
});
const clientOf = (options: ConstructorParameters<typeof ServiceClient>[1]) => (client = new ServiceClient({ dispatch: `ipv4:${copies.map(({ port }) => `127.0.0.1:${port}`).join()}` }, options));
/** Not before both are connected: until then everything goes to the first that is. */
const bothBusy = (asked: ServiceClient) => waitUntil(async () => { await asked.query('dispatch', query); return copies.every(({ queries }) => queries > 0); }, { timeoutMs: 5_000, what: 'a call to each copy' });

it('an address that names several copies: each gets its share of queries and commands', async () => {
  const asked = clientOf({ commandStreams: 4 });
  await bothBusy(asked);
  const replies = await many(80, (n) => asked.command(command(n)));
  expect(replies.every(({ ok }) => ok)).toBe(true);
  expect(copies.map(({ commands }) => commands)).toEqual([40, 40]);
  expect(copies.map(({ streams }) => streams)).toEqual([2, 2]);
});

it('a stream of commands that is old is replaced by one to the next copy; what it has in hand is answered', async () => {
  const asked = clientOf({ commandStreamAgeMaxMs: 30 });
  await bothBusy(asked);
  for (const copy of copies) copy.answerAfterMs = 120;
  const slow = asked.command(command(1));
  await delay(60);
  const others = many(4, async (n) => { await delay(n * 40); return asked.command(command(2 + n)); });
  expect((await Promise.all([slow, others])).flat().every(({ ok }) => ok)).toBe(true);
  expect(copies.every(({ commands }) => commands > 0)).toBe(true);
});

it('a copy that is gone: its commands and queries go to the other one', async () => {
  const asked = clientOf({ commandStreams: 4 });
  await bothBusy(asked);
  await many(8, (n) => asked.command(command(n)));
  copies[0]!.server.forceShutdown();
  const before = copies[1]!.commands;
  expect((await many(20, (n) => asked.command(command(100 + n)))).every(({ ok }) => ok)).toBe(true);
  expect((await many(20, () => asked.query('dispatch', query))).every(({ ok }) => ok)).toBe(true);
  expect(copies[1]!.commands - before).toBe(20);
});
