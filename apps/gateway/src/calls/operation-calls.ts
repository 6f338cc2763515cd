import { Inject, Injectable } from '@nestjs/common';
import { randomUuid, type CallContext, type CommandReply, type QueryReply } from '@gridcase/platform';
import { commandIdOfKey, digestOf, type ServiceClient } from '@gridcase/service';
import { Authenticator } from '../auth/authenticator';
import type { Caller, Operation } from '../operations';
import { RefusedRequest, refuse } from '../problems/problem';
import { SERVICE_CALLS } from '../tokens';
import { readIds, readInput } from './read-input';

export type ServiceCalls = Pick<ServiceClient, 'command' | 'query'>;
export type CommandDone = Extract<CommandReply, { ok: true }>;
export type QueryDone = Extract<QueryReply, { ok: true }>;

/** What comes beside the body, the same in REST headers and gRPC metadata. */
export interface CallHeaders { correlationId: string; trace?: string; idempotencyKey?: string; ifMatch?: string; minPosition?: string }

const anybody: Caller = { person: 'public', role: 'citizen', jurisdiction: '' };

/** One operation asked for by one caller, whatever the transport: may he, is it well formed, ask the service. */
@Injectable()
export class OperationCalls {
  constructor(@Inject(SERVICE_CALLS) private readonly services: ServiceCalls, @Inject(Authenticator) private readonly authenticator: Authenticator) {}

  /** @throws RefusedRequest UNAUTHENTICATED, FORBIDDEN_FOR_ROLE. @rule H3 Z12 */
  authorize(operation: Operation, authorization: string | undefined): Caller | undefined | Promise<Caller | undefined> {
    if (operation.access === 'public') return undefined;
    const caller = this.authenticator.authenticate(authorization);
    return caller instanceof Promise ? caller.then((found) => allowed(operation, found)) : allowed(operation, caller);
  }

  /** Ids of the path and fields of body or query → what the service gets. @throws RefusedRequest VALIDATION_FAILED */
  input(operation: Operation, ids: Readonly<Record<string, unknown>>, fields: unknown, caller: Caller | undefined): Record<string, any> {
    const given = { ...readInput(operation.input, fields), ...readIds(operation, ids) };
    if (!operation.complete) return given;
    const complete = operation.complete(given, caller);
    if ('district' in complete && complete['district'] === undefined) throw refuse('DISTRICT_MISSING');
    return complete;
  }

  /** @throws RefusedRequest with the service's refusal */
  async command(operation: Operation, input: Record<string, any>, caller: Caller | undefined, headers: CallHeaders): Promise<CommandDone> {
    const { occurredAt, ...body } = input;
    const actor = caller ?? anybody;
    const type = operation.type ?? operation.name;
    const ifRevision = revisionOf(headers.ifMatch);
    const reply = await this.services.command({
      type, body,
      context: {
        ...contextOf(actor, headers), commandId: commandIdOf(actor, headers.idempotencyKey), digest: digestOf(type, occurredAt === undefined ? body : { ...body, occurredAt }),
        ...(occurredAt !== undefined && { occurredAt }), ...(ifRevision !== undefined && { ifRevision }),
      },
    });
    if (!reply.ok) throw new RefusedRequest(reply.problem);
    return reply;
  }

  /** @throws RefusedRequest with the service's refusal */
  async query(operation: Operation, params: Record<string, any>, caller: Caller | undefined, headers: CallHeaders): Promise<QueryDone> {
    const minPosition = positionOf(headers.minPosition);
    const reply = await this.services.query(operation.service!, { name: operation.name, params, context: { ...contextOf(caller ?? anybody, headers), ...(minPosition !== undefined && { minPosition }) } });
    if (!reply.ok) throw new RefusedRequest(reply.problem);
    return reply;
  }
}

function allowed(operation: Operation, caller: Caller): Caller {
  if (!operation.access.includes(caller.role as never)) throw refuse('FORBIDDEN_FOR_ROLE', { role: caller.role });
  return caller;
}

const contextOf = (actor: Caller, { correlationId, trace }: CallHeaders): CallContext => ({ actor, correlationId, ...(trace !== undefined && { trace }) });

/** The services tell a repeat from a reuse by the digest. */
function commandIdOf(caller: Caller, key: string | undefined): string {
  if (key === undefined) return randomUuid();
  if (!/^[\x21-\x7e]{1,128}$/.test(key)) throw refuse('IDEMPOTENCY_KEY_INVALID');
  return commandIdOfKey(caller.person, key);
}

export const etagOf = (revision: number): string => `"${revision}"`;
function revisionOf(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch === '*') return undefined;
  const revision = /^(?:W\/)?"(\d{1,9})"$/.exec(ifMatch)?.[1];
  if (revision === undefined) throw refuse('IF_MATCH_INVALID');
  return Number(revision);
}
function positionOf(text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,18}$/.test(text)) throw refuse('MIN_POSITION_INVALID');
  return BigInt(text);
}
