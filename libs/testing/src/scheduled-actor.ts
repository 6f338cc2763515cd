import type { Pool, PoolClient, QueryResult } from 'pg';

export interface ActorOptions {
  /** Polls without end (a tail): it goes on by itself only when nobody else can. */
  background?: boolean;
  /** May wait in memory for another actor: at rest also without a step of its own to make. */
  waitsForOthers?: boolean;
}
/** Of its schedule. */
export interface Surroundings {
  connections: Pool;
  /** Takes in an actor that comes up on the way. */
  spawn(name: string, body: (actor: Actor) => Promise<unknown>): void;
  /** Something was finished: a statement, the way to the next step, all of it. */
  moved(): void;
}
interface NextStep { line: string; go(): void; end(reason: Error): void }

/** What an actor gets that still wants to go on when its schedule is over. With a SQLSTATE, or an adapter would take it for a lost answer and try again. */
export class ScheduleEnded extends Error {
  readonly code = '58000';
  constructor() { super('the schedule is over'); this.name = 'ScheduleEnded'; }
}

/** One of those whose steps are interleaved. It stops before each step until the schedule gives it its turn. */
export class Actor {
  /** The step it waits to make. */
  next: NextStep | undefined;
  ended = false;
  failure: unknown;
  /** Of the connections with a statement of this actor in the server. */
  readonly inFlight = new Set<number>();
  /** Connections it is about to get. */
  connecting = 0;
  /** Connections it has used and not given back: with what they may have locked. */
  holding = 0;
  /** So many of its next statements lose their answer: see `sendUnheard`. */
  answersToLose = 0;
  private readonly over = new AbortController();
  /** Fires when the schedule is over: for a body that would go on whatever fails. */
  readonly signal: AbortSignal = this.over.signal;

  constructor(readonly name: string, readonly options: ActorOptions, private readonly surroundings: Surroundings) {}

  start(body: (actor: Actor) => Promise<unknown>): Promise<void> {
    return (async () => {
      try {
        await body(this);
      } catch (error) {
        if (!this.signal.aborted) this.failure = error;
      }
      this.ended = true;
      this.surroundings.moved();
    })();
  }

  /** From now on every step is refused; one that waits is ended. */
  end(): void {
    this.over.abort();
    this.next?.end(new ScheduleEnded());
  }

  /** Anything that is to happen at a moment of its own, beside statements. */
  async step<T>(label: string, work: () => T | Promise<T>): Promise<T> {
    await this.turn(label);
    return work();
  }

  /** For an adapter that writes. Each of its statements is two steps: the statement, with what it locks, and its commit. */
  readonly pool = this.poolOf((client, query) => this.answersToLose > 0 ? this.sendUnheard(query) : this.inTwoSteps(client, query));
  /** For an adapter that only reads: a statement sees one snapshot and leaves nothing behind, hence is one step. */
  readonly readPool = this.poolOf((client, query) => this.step(labelOf(query), () => this.send(client, query)));

  private turn(label: string): Promise<void> {
    if (this.signal.aborted) return Promise.reject(new ScheduleEnded());
    if (this.next) throw new Error(`${this.name} wants two steps at once: ${this.next.line}, ${label}`);
    return new Promise((resolve, reject) => {
      const leave = (how: () => void) => () => { this.next = undefined; how(); };
      this.next = { line: `${this.name}: ${label}`, go: leave(resolve), end: (reason) => leave(() => reject(reason))() };
      this.surroundings.moved();
    });
  }

  private async send(client: PoolClient, query: unknown[]): Promise<QueryResult> {
    const { processID } = client as PoolClient & { processID: number };
    this.inFlight.add(processID);
    try {
      return await (client.query as (...query: unknown[]) => Promise<QueryResult>).apply(client, query);
    } finally {
      this.inFlight.delete(processID);
      this.surroundings.moved();
    }
  }

  /** What the server does with a statement outside a transaction, with the moment before the commit held open. `begin` takes neither snapshot nor lock: no step. */
  private async inTwoSteps(client: PoolClient, query: unknown[]): Promise<QueryResult> {
    if (/^\s*(begin|commit|rollback)\b/i.test(textOf(query))) throw new Error('transactions of the adapter\'s own are not scheduled yet');
    await this.turn(labelOf(query));
    await this.send(client, ['begin']);
    try {
      const result = await this.send(client, query);
      await this.turn('commit');
      await this.send(client, ['commit']);
      return result;
    } catch (error) {
      await this.send(client, ['rollback']);
      throw error;
    }
  }

  /** The connection breaks for the sender, while the server may still come to the statement, and commit it, at any later moment: an actor of its own. */
  private sendUnheard(query: unknown[]): Promise<never> {
    this.answersToLose--;
    this.surroundings.spawn(`${this.name}'s lost connection`, (lost) => lost.pool.query(...(query as [string])));
    return Promise.reject(new Error('Connection terminated unexpectedly'));
  }

  /** Of what an adapter asks of a pool: `query`, and `connect` to a client with `query`, `on`, `off` and `release`. */
  private poolOf(query: (client: PoolClient, query: unknown[]) => Promise<QueryResult>): Pool {
    const connect = async () => {
      if (this.signal.aborted) throw new ScheduleEnded();
      this.connecting++;
      const client = await this.surroundings.connections.connect().finally(() => this.connecting--);
      const listeners: [string, () => void][] = [];
      let used = 0;
      return {
        query: (...args: unknown[]) => {
          if (used === 0) this.holding += used = 1;
          return query(client, args);
        },
        on: (event: string, listener: () => void) => { listeners.push([event, listener]); client.on(event as 'end', listener); },
        off: (event: string, listener: () => void) => { client.off(event as 'end', listener); },
        release: (destroy?: boolean | Error) => {
          for (const [event, listener] of listeners) client.off(event as 'end', listener);
          client.release(destroy);
          this.holding -= used;
        },
      };
    };
    const once = async (...args: unknown[]) => {
      const client = await connect();
      try {
        return await client.query(...args);
      } finally {
        client.release();
      }
    };
    return { connect, query: once } as unknown as Pool;
  }
}

const textOf = ([query]: unknown[]): string => typeof query === 'string' ? query : (query as { text: string }).text;
const LABEL_CHARACTERS_MAX = 72;
/** The name of a prepared statement, or how it begins. */
const labelOf = (query: unknown[]): string => {
  const label = (query[0] as { name?: string }).name ?? textOf(query).trim().replaceAll(/\s+/g, ' ');
  return label.length > LABEL_CHARACTERS_MAX ? `${label.slice(0, LABEL_CHARACTERS_MAX - 1)}…` : label;
};
