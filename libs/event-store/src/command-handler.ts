import type { Actor, DomainEvent, Instant, Rejection, StoredEvent } from '@gridcase/events';

/** What comes with a command from outside: who, when, which request. */
export interface CommandArrival {
  /** Fixed by the caller's Idempotency-Key (or the causing event), so that a repeat is recognised. */
  commandId: string;
  /** SHA-256 of the canonical command body. */
  digest: string;
  actor: Actor;
  /** Absent: now by the handler's clock, but never before what the stream holds last, so that a host whose clock was set back goes on. */
  occurredAt?: Instant;
  correlationId: string;
  causationId: string;
  trace?: string;
  /** Optimistic lock asked for by the caller (If-Match): the stream's revision it saw. */
  ifRevision?: number;
  /** The stream most likely does not exist yet: decided and appended without a look, which only a conflict or a refusal makes good. */
  assumeNew?: boolean;
}

/** As it is decided on. */
export interface CommandContext extends CommandArrival { occurredAt: Instant }

export interface Decider<State> {
  initialState(): State;
  evolve(state: State, event: StoredEvent): State;
}

export interface Accepted { ok: true; stream: string; revision: number; position: bigint; events: StoredEvent[]; /** The first answer, given again. */ repeated: boolean }
export interface Refused { ok: false; rejection: Rejection }
export type CommandOutcome = Accepted | Refused;

/**
 * Read, decide, append at the revision just read. Conflicts are re-read and re-decided at most `attemptsMax` times, then
 * refused with TOO_MANY_CONFLICTS. A command id already in the stream gives the first answer again; with another digest the
 * refusal IDEMPOTENCY_KEY_REUSED; an `ifRevision` that is not the head's is refused with REVISION_MISMATCH.
 * A decision with no events is accepted and writes nothing.
 */
export interface CommandHandler {
  execute<State>(stream: string, decider: Decider<State>, arrival: CommandArrival, decide: (state: State, context: CommandContext) => DomainEvent[] | Rejection): Promise<CommandOutcome>;
}
