import { BACKWARDS, END, NO_STREAM, StreamNotFoundError, WrongExpectedVersionError, jsonEvent } from '@eventstore/db-client';
import { uuidFrom } from '@gridcase/platform';
import type { Connection } from './connection';
import { EPOCH_STREAM } from './stored-record';

interface Epoch { id: string; revision: bigint }

/** The store's name for itself: the last event of a stream of its own. Whoever asks first writes it. */
export class EpochStream {
  constructor(private readonly connection: Connection, private readonly newId: () => string) {}

  async current(): Promise<string> {
    const epoch = (await this.read()) ?? (await this.begin(NO_STREAM));
    return epoch.id;
  }

  /** After a restore from a backup: makes every consumer notice that its checkpoints belong to another history. */
  async renew(): Promise<string> {
    const last = await this.read();
    return (await this.begin(last?.revision ?? NO_STREAM)).id;
  }

  private async begin(after: typeof NO_STREAM | bigint): Promise<Epoch> {
    const epoch = this.newId();
    const event = jsonEvent({ id: uuidFrom('gridcase.epoch', epoch), type: 'StoreEpochBegun', data: { epoch } });
    try {
      await this.connection.retry(() => this.connection.append(EPOCH_STREAM, event, after));
    } catch (error) {
      // Another process was first.
      if (!(error instanceof WrongExpectedVersionError)) throw error;
    }
    const begun = await this.read();
    if (!begun) throw new Error(`${EPOCH_STREAM} cannot be read`);
    return begun;
  }

  /** Also the first call to a server: it asks for no right that a reader lacks. */
  async read(): Promise<Epoch | undefined> {
    const { client, credentials } = this.connection;
    try {
      const [last] = await this.connection.collect(() => client.readStream(EPOCH_STREAM, { direction: BACKWARDS, fromRevision: END, maxCount: 1, requiresLeader: true, credentials }));
      return last?.event && { id: (last.event.data as { epoch: string }).epoch, revision: last.event.revision };
    } catch (error) {
      if (error instanceof StreamNotFoundError) return undefined;
      throw error;
    }
  }
}
