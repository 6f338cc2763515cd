/** Messages of proto/internal/service.proto as the gRPC library gives them, and their translation to the calls of platform/service.ts. */
import { join } from 'node:path';
import type { Options } from '@grpc/proto-loader';
import type { CallContext, CommandCall, CommandReply, Problem, QueryCall, QueryReply } from '@gridcase/platform';

export const PROTO_PACKAGE = 'gridcase.internal.v1';
/** The same way up from `src/rpc` and from `dist/rpc`. */
export const PROTO_PATH = join(__dirname, '../../../../proto/internal/service.proto');
/** Absent fields stay absent: no defaults are filled in, on a path that runs thousands of times a second. */
export const PROTO_OPTIONS: Options = { keepCase: false, longs: String, defaults: false, arrays: false, oneofs: false };
/** A grid tree to import, an archive to read. */
export const MESSAGE_BYTES_MAX = 32 * 1024 * 1024;

export interface CommandRequest { type?: string; body?: Buffer; actor?: Partial<CallContext['actor']>; correlationId?: string; trace?: string; commandId?: string; digest?: string; occurredAt?: string; ifRevision?: number; call?: number }
export interface CommandResponse { problem?: ProblemMessage; id?: string; stream?: string; revision?: number; position?: string; repeated?: boolean; result?: Buffer; call?: number; status?: number; statusMessage?: string }
export interface CommandRequests { commands?: CommandRequest[] }
export interface CommandResponses { answers?: CommandResponse[] }
export interface QueryRequest { name?: string; params?: Buffer; actor?: Partial<CallContext['actor']>; correlationId?: string; trace?: string; minPosition?: string }
export interface QueryResponse { problem?: ProblemMessage; result?: Buffer; position?: string; revision?: number }
export interface ProblemMessage { code?: string; rule?: string; params?: Buffer }

/** bigint is a decimal string in JSON, wherever it stands. */
const jsonOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? part.toString() : part)) ?? 'null');
const fromJson = (bytes: Buffer | undefined): any => (bytes && bytes.length > 0 ? JSON.parse(bytes.toString('utf8')) : undefined);

const actorFrom = (actor: CommandRequest['actor']): CallContext['actor'] =>
  ({ person: actor?.person ?? '', role: actor?.role ?? '', jurisdiction: actor?.jurisdiction ?? '', ...(actor?.unit !== undefined && { unit: actor.unit }) });
const contextFrom = (request: CommandRequest | QueryRequest): CallContext =>
  ({ actor: actorFrom(request.actor), correlationId: request.correlationId ?? '', ...(request.trace !== undefined && { trace: request.trace }) });

const problemTo = (problem: Problem): ProblemMessage =>
  ({ code: problem.code, ...(problem.rule && { rule: problem.rule }), ...(problem.params && { params: jsonOf(problem.params) }) });
const problemFrom = (message: ProblemMessage): Problem =>
  ({ code: message.code ?? '', ...(message.rule && { rule: message.rule }), ...(message.params && { params: fromJson(message.params) }) });

export const commandTo = ({ type, body, context }: CommandCall): CommandRequest => ({
  type, body: jsonOf(body), actor: context.actor, correlationId: context.correlationId, trace: context.trace,
  commandId: context.commandId, digest: context.digest, occurredAt: context.occurredAt, ifRevision: context.ifRevision,
});
export const commandFrom = (request: CommandRequest): CommandCall => ({
  type: request.type ?? '', body: fromJson(request.body) ?? {},
  context: {
    ...contextFrom(request), commandId: request.commandId ?? '', digest: request.digest ?? '',
    ...(request.occurredAt !== undefined && { occurredAt: request.occurredAt }), ...(request.ifRevision !== undefined && { ifRevision: request.ifRevision }),
  },
});

export const commandReplyTo = (reply: CommandReply): CommandResponse => reply.ok
  ? { id: reply.id, stream: reply.stream, revision: reply.revision, position: reply.position.toString(), repeated: reply.repeated, ...(reply.result && { result: jsonOf(reply.result) }) }
  : { problem: problemTo(reply.problem) };
export const commandReplyFrom = (response: CommandResponse): CommandReply => response.problem
  ? { ok: false, problem: problemFrom(response.problem) }
  : {
    ok: true, id: response.id ?? '', stream: response.stream ?? '', revision: response.revision ?? 0, position: BigInt(response.position ?? '0'), repeated: response.repeated ?? false,
    ...(response.result && { result: fromJson(response.result) }),
  };

export const queryTo = ({ name, params, context }: QueryCall): QueryRequest => ({
  name, params: jsonOf(params), actor: context.actor, correlationId: context.correlationId, trace: context.trace, minPosition: context.minPosition?.toString(),
});
export const queryFrom = (request: QueryRequest): QueryCall => ({
  name: request.name ?? '', params: fromJson(request.params) ?? {},
  context: { ...contextFrom(request), ...(request.minPosition !== undefined && { minPosition: BigInt(request.minPosition) }) },
});

export const queryReplyTo = (reply: QueryReply): QueryResponse => reply.ok
  ? { result: jsonOf(reply.result), position: reply.position.toString(), ...(reply.revision !== undefined && { revision: reply.revision }) }
  : { problem: problemTo(reply.problem) };
export const queryReplyFrom = <T = any>(response: QueryResponse): QueryReply<T> => response.problem
  ? { ok: false, problem: problemFrom(response.problem) }
  : { ok: true, result: fromJson(response.result), position: BigInt(response.position ?? '0'), ...(response.revision !== undefined && { revision: response.revision }) };
