/**
 * How the gateway reaches a service: one internal gRPC service per app (`proto/internal/service.proto`), two calls. Handlers are
 * Nest providers marked with `@HandlesCommand(type)` or `@AnswersQuery(name)`, found at start; two for one name fail the start.
 */
export interface CallContext {
  actor: { person: string; role: string; jurisdiction: string; unit?: string };
  correlationId: string;
  trace?: string;
}
export interface CommandCall<Body = any> {
  type: string;
  body: Body;
  context: CallContext & {
    /** Fixed by the Idempotency-Key (per caller); random when the caller gave none. */
    commandId: string;
    /** SHA-256 of the canonical `{type, body}`. */
    digest: string;
    /** When it happened; absent = now by the service's clock. ISO 8601 UTC. */
    occurredAt?: string;
    /** If-Match. */
    ifRevision?: number;
    /** Of a command that a reactor gives inside a service: the event that caused it. Absent = the command itself. */
    causationId?: string;
  };
}
export interface QueryCall<Params = any> {
  name: string;
  params: Params;
  context: CallContext & {
    /** Read-your-writes: wait until the read model has passed this position. */
    minPosition?: bigint;
  };
}
export interface Problem { code: string; rule?: string; params?: Record<string, unknown> }
export type CommandReply =
  | { ok: true; /** id of the stream written to, without category */ id: string; stream: string; revision: number; position: bigint; repeated: boolean; result?: Record<string, unknown> }
  | { ok: false; problem: Problem };
export type QueryReply<T = any> = { ok: true; result: T; /** position the answer reflects */ position: bigint; /** for ETag, when the answer is one resource */ revision?: number } | { ok: false; problem: Problem };

export interface CommandHandlerFor<Body = any> { execute(call: CommandCall<Body>): Promise<CommandReply> }
export interface QueryHandlerFor<Params = any, Result = any> { answer(call: QueryCall<Params>): Promise<QueryReply<Result>> }

/** A page of a list: keyset cursor, never offset. */
export interface Page<T> { items: T[]; next?: string }
