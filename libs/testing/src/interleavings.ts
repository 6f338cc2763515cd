import { setImmediate as turnOfEventLoop } from 'node:timers/promises';
import { Pool, type PoolClient } from 'pg';
import { Actor, type ActorOptions } from './scheduled-actor';

/** What must hold. Both throw when it does not. */
export interface Invariants {
  afterStep?(line: string): void | Promise<void>;
  atEnd?(): void | Promise<void>;
}
/** Makes the actors of one schedule, from a state that is as good as new. */
export type SetUp = (schedule: Schedule) => Invariants | Promise<Invariants>;
export interface Violation { error: Error; /** One line a step, `actor: statement`: what `replay` takes. */ schedule: string[] }
export interface Exploration {
  explored: number;
  /** False: the limit came first, and there are more interleavings. */
  all: boolean;
  /** Could not be brought about again: `FOLLOW_ATTEMPTS_MAX`. */
  unfollowed: number;
  /** The most switches away from one who could have gone on, among all schedules explored. */
  preemptions: number;
  violation?: Violation;
}

/** Nobody can go on: each waits for a lock another one holds. */
export class Deadlock extends Error {
  constructor(waiting: string[]) { super(`deadlock of ${waiting.join(' and ')}`); this.name = 'Deadlock'; }
}
interface Choice { lines: string[]; taken: string; /** Switches each line would add to the schedule. */ preemptions: number[] }

const STEPS_MAX = 200;
/** Two who wait for one row are woken together, and the server lets either be first: an order with such a point is tried so often. */
const FOLLOW_ATTEMPTS_MAX = 10;
/** Schedules a check runs, if there are as many. `GRIDCASE_INTERLEAVINGS` asks for more. */
const interleavingsMax = Number(process.env['GRIDCASE_INTERLEAVINGS'] ?? 100);

/**
 * Schedules in place of luck: actors whose statements each wait for their turn, on connections of a real PostgreSQL, run again and again,
 * once for every order of their steps. Those with the fewest switches come first, so that a limit leaves out the most contrived and
 * a violation is found in its plainest form.
 */
export class Interleavings {
  /** For a test of one check, on a machine however busy: grows with `GRIDCASE_INTERLEAVINGS`. */
  static readonly timeoutMs = 30_000 + 1_000 * interleavingsMax;
  private readonly connections: Pool;

  constructor(url: string) {
    // Two who wait for each other are found by this scheduler, not by the server while it looks. A role that may not set this is served as well, on a machine that is not too slow.
    const verify = (client: PoolClient, ready: () => void) => void client.query(`set deadlock_timeout = '10min'`).then(() => ready(), () => ready());
    this.connections = new Pool({ connectionString: url, max: 20, application_name: 'gridcase-interleavings', verify });
    this.connections.on('connect', (client) => void client.on('error', () => undefined));
  }

  close(): Promise<void> {
    return this.connections.end();
  }

  /** Says in one line how many were run. @throws Error with the schedule of the first that breaks an invariant */
  async check(what: string, setUp: SetUp, max = interleavingsMax): Promise<Exploration> {
    const exploration = await this.explore(setUp, max);
    const { explored, all, unfollowed, preemptions, violation } = exploration;
    process.stderr.write(`interleavings: ${what}: ${explored} explored, ${all ? 'all there are' : `up to ${preemptions} switches`}${unfollowed > 0 ? `, ${unfollowed} not brought about` : ''}\n`);
    if (violation) throw new Error(`${violation.error.message}\nin the schedule\n  ${violation.schedule.join('\n  ')}`, { cause: violation.error });
    return exploration;
  }

  /** Until all interleavings are run, `max` of them, or one breaks an invariant. */
  async explore(setUp: SetUp, max = interleavingsMax): Promise<Exploration> {
    const beginnings: string[][][] = [[[]]]; // by the number of their switches; what follows a beginning goes on without any
    const found: Exploration = { explored: 0, all: false, unfollowed: 0, preemptions: 0 };
    for (let preemptions = 0; preemptions < beginnings.length; preemptions++) {
      for (const beginning of beginnings[preemptions]!) {
        if (found.explored === max) return found;
        const schedule = await this.follow(setUp, beginning).catch((error: unknown) => {
          if (!(error instanceof NotDeterministic)) throw error;
          found.unfollowed++;
        });
        if (!schedule) continue;
        found.explored++;
        found.preemptions = preemptions;
        if (schedule.violation) return { ...found, violation: schedule.violation };
        schedule.choices.slice(beginning.length).forEach(({ lines, taken, preemptions: more }, i) => lines.forEach((line, l) => {
          if (line !== taken) (beginnings[preemptions + more[l]!] ??= []).push([...schedule.lines.slice(0, beginning.length + i), line]);
        }));
      }
    }
    return { ...found, all: found.unfollowed === 0 };
  }

  /** One schedule again; steps beyond its end are made without switches. @throws Error when it cannot be followed */
  async replay(setUp: SetUp, lines: readonly string[]): Promise<Violation | undefined> {
    return (await this.follow(setUp, lines)).violation;
  }

  private async follow(setUp: SetUp, beginning: readonly string[]): Promise<Schedule> {
    for (let attempt = 1; ; attempt++) {
      const schedule = new Schedule(this.connections);
      try {
        await schedule.run(await setUp(schedule), beginning);
        return schedule;
      } catch (error) {
        if (!(error instanceof NotDeterministic) || attempt === FOLLOW_ATTEMPTS_MAX) throw error;
      }
    }
  }
}

/** One run of the actors in one order. */
export class Schedule {
  readonly choices: Choice[] = [];
  violation: Violation | undefined;
  private readonly actors: Actor[] = [];
  private readonly done: Promise<void>[] = [];
  private moved: () => void = () => undefined;

  constructor(private readonly connections: Pool) {}

  get lines(): string[] {
    return this.choices.map(({ taken }) => taken);
  }

  actor(name: string, body: (actor: Actor) => Promise<unknown>, options: ActorOptions = {}): Actor {
    const actor = new Actor(name, options, { connections: this.connections, spawn: (itsName, itsBody) => this.actor(itsName, itsBody), moved: () => this.moved() });
    this.actors.push(actor);
    this.done.push(actor.start(body));
    return actor;
  }

  async run(invariants: Invariants, beginning: readonly string[]): Promise<void> {
    try {
      for (let current: Actor | undefined; ; ) {
        await this.settle();
        const failed = this.actors.find(({ failure }) => failure !== undefined);
        if (failed) throw failed.failure;
        if (current) await invariants.afterStep?.(this.lines.at(-1)!);
        if (this.actors.every(({ ended }) => ended)) break;
        current = this.choose(current, beginning[this.choices.length]);
        current.next!.go();
      }
      await invariants.atEnd?.();
    } catch (error) {
      if (error instanceof NotDeterministic) throw error;
      this.violation = { error: error as Error, schedule: this.lines };
    } finally {
      await this.end();
    }
  }

  private choose(current: Actor | undefined, wanted: string | undefined): Actor {
    const able = this.actors.filter(({ next }) => next);
    if (able.length === 0) throw new Deadlock(this.actors.filter(({ ended }) => !ended).map(({ name }) => name));
    if (this.choices.length === STEPS_MAX) throw new Error(`no end after ${STEPS_MAX} steps`);
    const foreground = able.filter(({ options }) => !options.background);
    const usual = foreground.find((actor) => actor === current) ?? foreground[0] ?? able[0]!;
    const chosen = wanted === undefined ? usual : able.find(({ next }) => next!.line === wanted);
    if (!chosen) throw new NotDeterministic(wanted!, able.map(({ next }) => next!.line));
    const isSwitch = (actor: Actor) => actor.options.background ? foreground.length > 0 : usual === current && actor !== current;
    this.choices.push({ lines: able.map(({ next }) => next!.line), taken: chosen.next!.line, preemptions: able.map((actor) => (isSwitch(actor) ? 1 : 0)) });
    return chosen;
  }

  /** Until every actor waits for its turn, has ended, or waits in the server for a lock that another actor holds. */
  private async settle(): Promise<void> {
    for (;;) {
      await turnOfEventLoop(); // what an answer sets off in memory is done by then
      const busy = this.actors.filter((actor) => !actor.ended && !actor.next && !(actor.options.waitsForOthers && actor.inFlight.size + actor.connecting === 0));
      if (busy.length === 0) return;
      const moved = new Promise<boolean>((resolve) => { this.moved = () => resolve(false); });
      // One that is between two statements (a timer, a turn of the event loop) comes to its next one by itself, and nobody waits for a lock while nobody else can have one.
      const mayBeBlocked = busy.every(({ inFlight }) => inFlight.size > 0) && (busy.length > 1 || this.actors.some((actor) => actor !== busy[0] && actor.holding > 0));
      if (await (mayBeBlocked ? Promise.race([moved, this.allBlocked(busy.flatMap(({ inFlight }) => [...inFlight]))]) : moved)) return;
    }
  }

  /** By each other or by what some actor has open; a lock somebody outside holds for a moment (NOTIFY takes one for the whole server) is waited for. */
  private async allBlocked(pids: number[]): Promise<boolean> {
    const { rows } = await this.connections.query<{ all: boolean }>(
      `select bool_and(exists (select from unnest(pg_blocking_pids(pid)) as b (blocker) join pg_stat_get_activity(b.blocker) a on true where a.application_name = 'gridcase-interleavings')) as all
       from unnest($1::int[]) as p (pid)`, [pids]);
    return rows[0]!.all;
  }

  private async end(): Promise<void> {
    const all = Promise.all(this.done);
    for (let ended = false; !ended; ) {
      for (const actor of this.actors) actor.end();
      const pids = this.actors.flatMap(({ inFlight }) => [...inFlight]);
      if (pids.length > 0) await this.connections.query('select pg_cancel_backend(pid) from unnest($1::int[]) as p (pid)', [pids]);
      ended = await Promise.race([all.then(() => true), turnOfEventLoop(false)]);
    }
  }
}

class NotDeterministic extends Error {
  constructor(wanted: string, able: string[]) { super(`cannot follow the schedule: “${wanted}” is not among ${able.join(' | ') || 'no steps at all'}`); }
}
