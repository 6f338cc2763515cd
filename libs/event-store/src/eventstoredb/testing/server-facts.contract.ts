/** What the adapter builds on, by the client alone: shown of the double, and of a real server where one can be had. Where they differ the server is right. @rule X18 */
import { BACKWARDS, END, EventStoreDBClient, NO_STREAM, ANY, START, STREAM_EXISTS, StreamDeletedError, StreamNotFoundError, WrongExpectedVersionError, jsonEvent, streamNameFilter, type AppendExpectedRevision } from '@eventstore/db-client';
import { uuidFrom } from '@gridcase/platform';
import { waitUntil } from '@gridcase/testing';

export interface ServerUnderTest { connectionString: string; stop(): Promise<void> }

let serial = 0;
const run = uuidFrom('server-facts', String(process.pid), String(performance.timeOrigin));
const anId = () => uuidFrom('server-facts', run, String(++serial));
const event = (id = anId(), n = serial) => jsonEvent({ id, type: 'Noted', data: { n } });
const events = (count: number) => Array.from({ length: count }, () => event());

export function serverFacts(name: string, start: () => Promise<ServerUnderTest>): void {
  describe(`EventStoreDB as it is: ${name}`, () => {
    let server: ServerUnderTest;
    let client: EventStoreDBClient;
    beforeAll(async () => {
      server = await start();
      client = EventStoreDBClient.connectionString(server.connectionString);
    });
    afterAll(async () => {
      await client?.dispose();
      await server?.stop();
    });

    const aStream = () => `fact-${anId()}`;
    const append = (stream: string, expectedRevision: AppendExpectedRevision, list: ReturnType<typeof events>) => client.appendToStream(stream, list, { expectedRevision, credentials: { username: 'insecure', password: '' } });
    const outcome = (stream: string, expected: AppendExpectedRevision, list = events(1)) =>
      append(stream, expected, list).then(({ nextExpectedRevision }) => Number(nextExpectedRevision), (error: unknown) =>
        error instanceof WrongExpectedVersionError ? `wrong, at ${error.actualVersion}` : error instanceof StreamDeletedError ? 'deleted' : error);
    const read = async (stream: string, options: Parameters<EventStoreDBClient['readStream']>[1] = {}) => {
      const list = [];
      for await (const { event: recorded } of client.readStream(stream, options)) list.push(recorded!);
      return list;
    };
    const revisions = async (...args: Parameters<typeof read>) => (await read(...args)).map(({ revision }) => Number(revision));

    describe('expected revision × state of the stream', () => {
      const states: Record<string, () => Promise<string>> = {
        'never written': async () => aStream(),
        'last revision 1': async () => {
          const stream = aStream();
          await append(stream, NO_STREAM, events(2));
          return stream;
        },
        'soft-deleted, last revision 1': async () => {
          const stream = await states['last revision 1']!();
          await client.deleteStream(stream);
          return stream;
        },
        tombstoned: async () => {
          const stream = await states['last revision 1']!();
          await client.tombstoneStream(stream);
          return stream;
        },
      };
      it.each<[state: string, expected: AppendExpectedRevision, outcome: number | string]>([
        ['never written', ANY, 0], ['never written', NO_STREAM, 0], ['never written', STREAM_EXISTS, 'wrong, at no_stream'], ['never written', 0n, 'wrong, at no_stream'],
        ['last revision 1', ANY, 2], ['last revision 1', NO_STREAM, 'wrong, at 1'], ['last revision 1', STREAM_EXISTS, 2], ['last revision 1', 1n, 2], ['last revision 1', 0n, 'wrong, at 1'], ['last revision 1', 2n, 'wrong, at 1'],
        ['soft-deleted, last revision 1', ANY, 2], ['soft-deleted, last revision 1', NO_STREAM, 2], ['soft-deleted, last revision 1', STREAM_EXISTS, 'deleted'], ['soft-deleted, last revision 1', 1n, 2],
        ['tombstoned', ANY, 'deleted'], ['tombstoned', NO_STREAM, 'deleted'], ['tombstoned', STREAM_EXISTS, 'deleted'], ['tombstoned', 1n, 'deleted'],
      ])('%s, expected %s: %s', async (state, expected, result) => {
        expect(await outcome(await states[state]!(), expected)).toBe(result);
      });
    });

    it('a repeat at an exact revision or "no stream" succeeds and writes nothing; a first part of it as well', async () => {
      const stream = aStream();
      const [first, second] = [events(2), events(3)];
      await append(stream, NO_STREAM, first);
      await append(stream, 1n, second);
      expect(await outcome(stream, NO_STREAM, first)).toBe(1);
      expect(await outcome(stream, 1n, second)).toBe(4);
      expect(await outcome(stream, 1n, second.slice(0, 1))).toBe(2);
      expect(await revisions(stream)).toEqual([0, 1, 2, 3, 4]);
    });

    it('a repeat that differs in an id, or runs past the end, is a wrong version', async () => {
      const stream = aStream();
      const list = events(3);
      await append(stream, NO_STREAM, list);
      expect(await outcome(stream, NO_STREAM, [list[0]!, event(), list[2]!])).toBe('wrong, at 2');
      expect(await outcome(stream, NO_STREAM, [event(), list[1]!])).toBe('wrong, at 2');
      expect(await outcome(stream, NO_STREAM, [...list, event()])).toBe('wrong, at 2');
    });

    it('compares nothing but ids: another body at the same place counts as written', async () => {
      const stream = aStream();
      const [first] = events(1);
      await append(stream, NO_STREAM, [first!]);
      expect(await outcome(stream, NO_STREAM, [event(first!.id, 99)])).toBe(0);
      expect((await read(stream)).map(({ data }) => data)).toEqual([first!.data]);
    });

    it('does not keep event ids unique: at the current revision the same id is written again, in another stream always', async () => {
      const [stream, other] = [aStream(), aStream()];
      const [first] = events(1);
      await append(stream, NO_STREAM, [first!]);
      expect(await outcome(stream, 0n, [first!])).toBe(1);
      expect(await outcome(other, NO_STREAM, [first!])).toBe(0);
      expect(await revisions(stream)).toEqual([0, 1]);
    });

    it('"no stream" on a soft-deleted stream goes on counting', async () => {
      const stream = aStream();
      await append(stream, NO_STREAM, events(3));
      await client.deleteStream(stream);
      await expect(read(stream)).rejects.toBeInstanceOf(StreamNotFoundError);
      expect(await outcome(stream, NO_STREAM, events(2))).toBe(4);
      expect(await revisions(stream)).toEqual([3, 4]);
    });

    it('stream metadata hides events from stream reads, never from $all', async () => {
      const stream = aStream();
      const { position } = await append(stream, NO_STREAM, events(5));
      await client.setStreamMetadata(stream, { maxCount: 2 });
      expect(await revisions(stream)).toEqual([3, 4]);
      await client.setStreamMetadata(stream, { truncateBefore: 4 });
      expect(await revisions(stream)).toEqual([4]);
      const list = [];
      for await (const { event: recorded } of client.readAll({ fromPosition: position!, direction: BACKWARDS, maxCount: 4 })) list.push(recorded!);
      expect(list.map(({ streamId, revision }) => [streamId, Number(revision)])).toEqual([3, 2, 1, 0].map((revision) => [stream, revision]));
    });

    it('reads windows of a stream; an unknown one is an error, a start beyond the end is not', async () => {
      const stream = aStream();
      await append(stream, NO_STREAM, events(5));
      expect(await revisions(stream, { fromRevision: 3n })).toEqual([3, 4]);
      expect(await revisions(stream, { fromRevision: 1n, maxCount: 2 })).toEqual([1, 2]);
      expect(await revisions(stream, { fromRevision: 9n })).toEqual([]);
      expect(await revisions(stream, { direction: BACKWARDS, fromRevision: END, maxCount: 2 })).toEqual([4, 3]);
      await expect(read(aStream())).rejects.toBeInstanceOf(StreamNotFoundError);
      await client.tombstoneStream(stream);
      await expect(read(stream)).rejects.toBeInstanceOf(StreamDeletedError);
    });

    it('$all: positions increase with gaps, commit and prepare are one, system events lie between; forwards includes the position, backwards does not', async () => {
      const stream = aStream();
      const { position } = await append(stream, NO_STREAM, events(3));
      await append(stream, 2n, events(2));
      const all = [];
      for await (const { event: recorded } of client.readAll({ fromPosition: START })) all.push(recorded!);
      for (let i = 1; i < all.length; i++) expect(all[i]!.position.commit).toBeGreaterThan(all[i - 1]!.position.commit);
      const mine = all.filter(({ streamId }) => streamId === stream);
      expect(mine.map(({ position: at }) => at.commit - at.prepare)).toEqual([0n, 0n, 0n, 0n, 0n]);
      expect(mine[2]!.position).toEqual(position);
      expect(mine[1]!.position.commit - mine[0]!.position.commit).toBeGreaterThan(1n);
      expect(all.some(({ type }) => type.startsWith('$'))).toBe(true);
      const first = async (direction?: typeof BACKWARDS) => {
        const list = [];
        for await (const { event: recorded } of client.readAll({ fromPosition: position!, maxCount: 1, ...(direction && { direction }) })) list.push(recorded!.revision);
        return list[0];
      };
      expect(await first()).toBe(2n);
      expect(await first(BACKWARDS)).toBe(1n);
    });

    it('a subscription starts after its position, says when it caught up, and gives checkpoints over events that do not match', async () => {
      const [mine, other] = [`one${anId()}`, `other${anId()}`];
      const { position } = await append(mine, NO_STREAM, events(1));
      await append(other, NO_STREAM, events(100));
      await append(mine, 0n, events(1));
      const seen: bigint[] = [];
      const checkpoints: bigint[] = [];
      let caughtUp = false;
      const subscription = client.subscribeToAll({ fromPosition: position!, filter: streamNameFilter({ prefixes: [mine], checkpointReached: (_, at) => void checkpoints.push(at.commit) }) });
      subscription.on('error', () => undefined);
      subscription.on('caughtUp', () => (caughtUp = true));
      subscription.on('data', ({ event: recorded }) => void seen.push(recorded!.revision));
      await waitUntil(() => caughtUp && seen.length > 0 && checkpoints.length > 0, { timeoutMs: 5_000 });
      await append(mine, 1n, events(2));
      await waitUntil(() => seen.length >= 3, { timeoutMs: 5_000 });
      await subscription.unsubscribe();
      expect(seen).toEqual([1n, 2n, 3n]);
      expect(checkpoints.every((at) => at >= position!.commit)).toBe(true);
    });
  });
}
