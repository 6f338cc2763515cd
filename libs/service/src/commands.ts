import { Inject, Injectable } from '@nestjs/common';
import { idOf, rejected, UnknownEvent, type Actor, type DomainEvent, type Rejection, type StoredEvent } from '@gridcase/events';
import { OutcomeUnknown, StoreOverloaded, WrongExpectedHead, canonicalJson, isEventStoreDbAway, type Accepted, type CommandArrival, type CommandContext, type CommandHandler, type CommandOutcome, type Decider } from '@gridcase/event-store';
import { inSpan, instantToMs, Tracer, uuidFrom, within, type Attributes, type Clock, type CommandCall, type CommandReply, type Problem } from '@gridcase/platform';
import { hash } from 'node:crypto';
import { CLOCK, COMMAND_HANDLER, COMMAND_METRICS, SERVICE_TRACER } from './adapters';
import type { CommandMetrics } from './command-metrics';

/** Clocks of handhelds and of this server differ a little: more than this is refused. */
export const OCCURRED_AHEAD_MAX_MS = 60_000;

/** State and the call's context (when it occurred, who acted) → events or a refusal. May be asked again after a conflict. */
export type Decide<State> = (state: State, context: CommandContext) => DomainEvent[] | Rejection;

export interface ExecuteOptions {
  /** For a handler that writes more than one stream for one call: derive one per stream, e.g. with `uuidFrom`. */
  commandId?: string;
  /** Goes to the caller beside id and revision. Must follow from the events, so that a repeat gives the same. */
  result?: (accepted: Accepted) => Record<string, unknown>;
  /** For a command that creates its stream: saves the look before the append. */
  assumeNew?: boolean;
}

/**
 * Runs commands on streams. Pass the same decider object every time: folded states are cached by it.
 */
@Injectable()
export class Commands {
  constructor(
    @Inject(COMMAND_HANDLER) private readonly handler: CommandHandler, @Inject(CLOCK) private readonly clock: Clock,
    @Inject(COMMAND_METRICS) private readonly metrics?: CommandMetrics, @Inject(SERVICE_TRACER) private readonly tracer: Tracer = Tracer.none,
  ) {}

  async execute<State>(stream: string, decider: Decider<State>, call: CommandCall, decide: Decide<State>, options: ExecuteOptions = {}): Promise<CommandReply> {
    const outcome = await this.executeRaw(stream, decider, call, decide, options);
    return outcome.ok
      ? { ok: true, id: idOf(stream), stream, revision: outcome.revision, position: outcome.position, repeated: outcome.repeated, ...(options.result && { result: options.result(outcome) }) }
      : { ok: false, problem: problemOf(outcome.rejection) };
  }

  /** The outcome with its events. What the store cannot do now is a refusal too: the caller may retry with the same command id. */
  executeRaw<State>(stream: string, decider: Decider<State>, call: CommandCall, decide: Decide<State>, options: ExecuteOptions = {}): Promise<CommandOutcome> {
    // A command from outside has the span of its call; one that an event brought about begins here.
    const span = call.context.causationId === undefined ? undefined : this.tracer.span(`command ${call.type}`, call.context.trace);
    return inSpan(span, () => this.run(stream, decider, within(span, call), decide, options), outcomeAttributes);
  }

  private async run<State>(stream: string, decider: Decider<State>, call: CommandCall, decide: Decide<State>, options: ExecuteOptions): Promise<CommandOutcome> {
    const arrival = { ...arrivalOf(call, options.commandId), ...(options.assumeNew && { assumeNew: true }) };
    try {
      const outcome = this.isAhead(call) ? refusedAhead : await this.handler.execute(stream, decider, arrival, decide);
      this.metrics?.decided(call.type, !outcome.ok ? 'refused' : outcome.repeated ? 'repeated' : 'accepted');
      return outcome;
    } catch (error) {
      this.metrics?.decided(call.type, 'failed');
      const rejection = rejectionOf(error);
      if (rejection) return { ok: false, rejection };
      throw error;
    }
  }

  /** What an event on record brings about occurs when that did, whatever the clock shows by now. */
  private isAhead({ context: { occurredAt, causationId } }: CommandCall): boolean {
    return occurredAt !== undefined && causationId === undefined && instantToMs(occurredAt) > instantToMs(this.clock.now()) + OCCURRED_AHEAD_MAX_MS;
  }

  /** Of something that is not of one stream: when it occurred, absent = now by the service's clock. */
  contextOf(call: CommandCall): CommandContext {
    const arrival = arrivalOf(call);
    return { ...arrival, occurredAt: arrival.occurredAt ?? this.clock.now() };
  }
}

const arrivalOf = ({ context }: CommandCall, commandId = context.commandId): CommandArrival => ({
  commandId, digest: context.digest, actor: context.actor, correlationId: context.correlationId, causationId: context.causationId ?? context.commandId,
  ...(context.occurredAt !== undefined && { occurredAt: context.occurredAt }), ...(context.trace !== undefined && { trace: context.trace }), ...(context.ifRevision !== undefined && { ifRevision: context.ifRevision }),
});
const refusedAhead: CommandOutcome = { ok: false, rejection: rejected('OCCURRED_IN_FUTURE') };
const outcomeAttributes = (outcome: CommandOutcome): Attributes => (outcome.ok ? { 'gridcase.outcome': 'done', 'gridcase.repeated': outcome.repeated } : { 'gridcase.outcome': 'refused', 'gridcase.refusal': outcome.rejection.code });

/** What a caller may be told of a failure of the store; anything else is unexpected. */
function rejectionOf(error: unknown): Rejection | undefined {
  // Pods of the newer release may be there already: the next try may reach one.
  if (error instanceof UnknownEvent) return rejected('NEWER_RELEASE');
  if (error instanceof StoreOverloaded) return rejected('STORE_OVERLOADED');
  if (error instanceof OutcomeUnknown || isStoreAway(error)) return rejected('STORE_UNAVAILABLE');
  // The command handler decides again after a conflict: one that gets here was a conflict with itself that often.
  if (error instanceof WrongExpectedHead) return rejected('TOO_MANY_CONFLICTS', { stream: error.stream });
  return undefined;
}

/** Node's network errors, and PostgreSQL's classes 08 (connection), 57P (shutting down) and 53300 (too many connections). */
const CONNECTION_LOST = /^(ECONN\w+|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|08\w{3}|57P\d\d|53300)$/;
export const isConnectionLost = (error: unknown): boolean =>
  error instanceof Error && (CONNECTION_LOST.test(String((error as { code?: unknown }).code)) || /connection (terminated|timeout)|timeout exceeded when trying to connect/i.test(error.message));
/** Whichever store it is: the same call again may do. */
export const isStoreAway = (error: unknown): boolean => isConnectionLost(error) || isEventStoreDbAway(error);

export const problemOf = ({ code, rule, params }: Rejection): Problem => ({ code, ...(rule && { rule }), ...(params && { params }) });

/** SHA-256 of the canonical `{type, body}`: the same command id with another digest is a caller's mistake. */
export const digestOf = (type: string, body: unknown): string => hash('sha256', canonicalJson({ type, body }), 'hex');

/** The command of an idempotency key: the same key of the same person is the same command, for ever. */
export const commandIdOfKey = (person: string, key: string): string => uuidFrom('gridcase.idempotency-key', person, key);

const SYSTEM: Pick<Actor, 'person' | 'role'> = { person: 'system', role: 'system' };

/**
 * A command that an event brings about (in a reactor). Its id follows from the event, so that a second delivery is recognised;
 * `subject` tells apart several commands of one type caused by one event.
 */
export function causedBy<Body>(event: StoredEvent, type: string, body: Body, options: { subject?: string; actor?: Actor; occurredAt?: string } = {}): CommandCall<Body> {
  return {
    type, body,
    context: {
      actor: options.actor ?? { ...SYSTEM, jurisdiction: event.metadata.actor.jurisdiction },
      correlationId: event.metadata.correlationId, causationId: event.id, ...(event.metadata.trace !== undefined && { trace: event.metadata.trace }),
      commandId: uuidFrom('gridcase.caused', event.id, type, options.subject ?? ''), digest: digestOf(type, body),
      occurredAt: options.occurredAt ?? event.metadata.occurredAt,
    },
  };
}
