import { categoryOf, isRejection, rejected, type DomainEvent, type EventMetadata, type Instant, type NewEvent, type Rejection, type StoredEvent } from '@gridcase/events';
import { errorKind, eventAttributes, heapShare, Tracer, uuidFrom, type Clock } from '@gridcase/platform';
import type { Accepted, CommandArrival, CommandContext, CommandHandler, CommandOutcome, Decider } from './command-handler';
import { LruMap } from './lru-map';
import { NO_STREAM, OutcomeUnknown, WrongExpectedHead, type AppendResult, type EventStore, type StreamHead } from './port';

export interface CommandHandlerOptions {
  clock: Clock;
  tracer?: Tracer;
  /** Schema version an event type is written in. */
  versionOf(type: string): number;
  /** Throws when an event does not fit its schema: found before anything is written. */
  validate?(event: { type: string; data: unknown }): void;
  /** Brings an event of an older version to the current one, before it is folded. */
  upcast?(event: StoredEvent): StoredEvent;
  attemptsMax?: number;
  /** Of folded streams kept in memory, about. Default: a sixteenth of the heap, at most 64 MiB. */
  cacheBytesMax?: number;
  /** Told of every try to append: for metrics. */
  onAppend?(append: { outcome: AppendOutcome; durationMs: number }): void;
}

/** `conflict`: another one was first, the command is decided again. `unknown`: the answer was lost. `failed`: the store refused or was not reached. */
export type AppendOutcome = 'appended' | 'repeated' | 'conflict' | 'unknown' | 'failed';

interface Folded<State> {
  decider: Decider<State>;
  state: State;
  head: StreamHead | null;
  /** The latest moment that an event of the stream tells of. */
  latest: Instant;
  /** Every command the stream has seen, for ever (X18: a repeat never writes twice). */
  commands: Map<string, { first: number; last: number; digest: string }>;
}

/** What one event leaves in a state, and its command in the list of commands, about. */
const BYTES_PER_EVENT = 500;
const bytesOf = ({ head }: Folded<unknown>): number => ((head?.revision ?? 0) + 1) * BYTES_PER_EVENT;

export function createCommandHandler(store: EventStore, options: CommandHandlerOptions): CommandHandler {
  const { clock, tracer = Tracer.none, versionOf, validate = () => undefined, upcast = (event) => event, attemptsMax = 8, cacheBytesMax = heapShare(1 / 16, 64), onAppend = () => undefined } = options;
  const cache = new LruMap<string, Folded<any>>(cacheBytesMax, bytesOf);
  const turns = new Map<string, Promise<unknown>>();

  const fold = <State>(folded: Folded<State>, events: readonly StoredEvent[]): Folded<State> => {
    if (events.length === 0) return folded;
    // In place only where nobody else looks: the commands of one stream take turns.
    for (const event of events) {
      folded.state = folded.decider.evolve(folded.state, upcast(event));
      folded.head = { revision: event.revision, hash: event.hash };
      folded.latest = later(folded.latest, event.metadata.occurredAt);
      const seen = folded.commands.get(event.metadata.commandId);
      if (seen) seen.last = event.revision;
      else folded.commands.set(event.metadata.commandId, { first: event.revision, last: event.revision, digest: event.metadata.commandDigest });
    }
    return folded;
  };

  const unread = <State>(decider: Decider<State>): Folded<State> => ({ decider, state: decider.initialState(), head: null, latest: '', commands: new Map() });

  /** What the cache holds brought up to the stream's head. */
  const refresh = async <State>(stream: string, decider: Decider<State>): Promise<Folded<State>> => {
    const cached = cache.get(stream) as Folded<State> | undefined;
    const folded = cached?.decider === decider ? cached : unread(decider);
    cache.delete(stream); // an evolve that throws half way must leave nothing behind
    fold(folded, await store.readStream(stream, { from: (folded.head?.revision ?? -1) + 1 }));
    cache.set(stream, folded);
    return folded;
  };

  const firstAnswer = async (stream: string, context: CommandArrival, seen: { first: number; last: number; digest: string }): Promise<CommandOutcome> => {
    if (seen.digest !== context.digest) return refused(rejected('IDEMPOTENCY_KEY_REUSED', { commandId: context.commandId }));
    const events = await store.readStream(stream, { from: seen.first, limit: seen.last - seen.first + 1 });
    return { ok: true, stream, revision: seen.last, position: events.at(-1)!.position, events, repeated: true };
  };

  const attempt = async <State>(stream: string, folded: Folded<State>, fresh: boolean, arrival: CommandArrival, decide: (state: State, context: CommandContext) => DomainEvent[] | Rejection): Promise<CommandOutcome | 'look again'> => {
    const context = { ...arrival, occurredAt: arrival.occurredAt ?? later(clock.now(), folded.latest) };
    const seen = folded.commands.get(context.commandId);
    if (seen) return firstAnswer(stream, context, seen);
    const revision = folded.head?.revision ?? -1;
    if (context.ifRevision !== undefined && context.ifRevision !== revision) {
      return fresh ? refused(rejected('REVISION_MISMATCH', { expected: context.ifRevision, actual: revision })) : 'look again';
    }
    const decision = decide(folded.state, context);
    // Nothing final is said on a state that may be old: only an append is checked by the store.
    if (isRejection(decision)) return fresh ? refused(decision) : 'look again';
    if (decision.length === 0) return fresh ? { ok: true, stream, revision, position: await store.head(), events: [], repeated: false } : 'look again';
    const result = await append(stream, folded.head, decision, context);
    cache.delete(stream);
    // It was there already: the digest must be compared before the first answer is given again.
    if (result.repeated && !fresh) return 'look again';
    fold(folded, result.events);
    cache.set(stream, folded);
    const accepted: Accepted = { ok: true, stream, revision: result.head.revision, position: result.position, events: result.events, repeated: result.repeated };
    return accepted;
  };

  /** Each try is told of, and is a span; the events carry its trace: what follows from them in other processes hangs below it. */
  const append = async (stream: string, head: StreamHead | null, decision: readonly DomainEvent[], context: CommandContext): Promise<AppendResult> => {
    const category = categoryOf(stream);
    const span = tracer.span(`append ${category}`, context.trace, () => ({ attributes: { 'gridcase.category': category, ...eventAttributes(decision) } }));
    const events = decision.map((event, index) => toNewEvent(stream, event, index, span ? { ...context, trace: span.trace } : context));
    const start = performance.now();
    const tell = (outcome: AppendOutcome): void => {
      onAppend({ outcome, durationMs: performance.now() - start });
      if (outcome !== 'unknown' && outcome !== 'failed') span?.end({ 'gridcase.outcome': outcome });
    };
    try {
      const result = await store.append(stream, head ?? NO_STREAM, events);
      tell(result.repeated ? 'repeated' : 'appended');
      return result;
    } catch (error) {
      tell(error instanceof WrongExpectedHead ? 'conflict' : error instanceof OutcomeUnknown ? 'unknown' : 'failed');
      if (!(error instanceof WrongExpectedHead)) span?.fail(errorKind(error));
      throw error;
    }
  };

  const toNewEvent = (stream: string, event: DomainEvent, index: number, context: CommandContext): NewEvent => {
    validate(event);
    const { commandId, digest, actor, occurredAt, correlationId, causationId, trace } = context;
    const metadata: EventMetadata = { correlationId, causationId, commandId, commandDigest: digest, actor, occurredAt, recordedAt: clock.now(), ...(trace && { trace }) };
    // Through JSON, so that a cached state is folded from exactly what a later read gives.
    return { id: eventIdOf(stream, commandId, index), type: event.type, version: versionOf(event.type), data: JSON.parse(JSON.stringify(event.data)), metadata };
  };

  const execute: CommandHandler['execute'] = async (stream, decider, arrival, decide) => {
    let fresh = false;
    for (let conflicts = 0; conflicts < attemptsMax; ) {
      const cached = cache.get(stream);
      const useCached = !fresh && cached?.decider === decider;
      const assumed = !fresh && !cached && arrival.assumeNew === true;
      const folded = useCached ? (cached as Folded<any>) : assumed ? unread(decider) : await refresh(stream, decider);
      try {
        const outcome = await attempt(stream, folded, !useCached && !assumed, arrival, decide);
        if (outcome !== 'look again') return outcome;
      } catch (error) {
        if (!(error instanceof WrongExpectedHead)) {
          cache.delete(stream);
          throw error;
        }
        conflicts++;
      }
      fresh = true;
    }
    return refused(rejected('TOO_MANY_CONFLICTS', { stream, attempts: attemptsMax }));
  };

  return {
    /** Commands of this process on one stream take turns: they would only conflict with each other. */
    execute: (stream, decider, arrival, decide) => {
      const previous = turns.get(stream) ?? Promise.resolve();
      const turn = previous.then(() => execute(stream, decider, arrival, decide));
      const settled = turn.then(() => undefined, () => undefined).then(() => {
        if (turns.get(stream) === settled) turns.delete(stream);
      });
      turns.set(stream, settled);
      return turn;
    },
  };
}

/** The id of the how-manieth event, from 0, of a command on a stream: a retry carries the same ids. */
export const eventIdOf = (stream: string, commandId: string, index: number): string => uuidFrom('gridcase.event', stream, commandId, String(index));

/** Instants compare as texts. */
const later = (a: Instant, b: Instant): Instant => (a < b ? b : a);
const refused = (rejection: Rejection): CommandOutcome => ({ ok: false, rejection });
