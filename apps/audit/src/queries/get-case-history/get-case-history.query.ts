import { Inject, Injectable } from '@nestjs/common';
import { caseStream, evolveCase, initialCase, type CaseState } from '@gridcase/domain';
import { maskActor, maskEvent, upcastEvent, type Actor, type StoredEvent } from '@gridcase/events';
import type { EventStore } from '@gridcase/event-store';
import type { Page, QueryCall, QueryHandlerFor } from '@gridcase/platform';
import { AnswersQuery, EVENT_STORE, answered, decodeCursor, pageOf, refused } from '@gridcase/service';
import { textOf, type BilingualText } from '../../history/event-texts';
import { accessTo } from '../case-access';

export interface GetCaseHistoryParams { caseId: string; limit?: number; cursor?: string }
/** One event as it stands in the record. `hash` is that of the record, not of what is shown here: personal parts are masked. */
export interface HistoryEntry {
  stream: string; revision: number; /** Decimal. */ position: string; id: string; type: string; version: number; text: BilingualText;
  data: Record<string, unknown>; actor: Actor; occurredAt: string; recordedAt: string; commandId: string; correlationId: string; causationId: string;
  hash: string; previousHash: string;
}

const LIMIT = 500;
const LIMIT_MAX = 1_000;

/** Everything on record of a case and of the reports it rests on, in the order of the record. @rule X18 */
@AnswersQuery('GetCaseHistory')
@Injectable()
export class GetCaseHistoryQuery implements QueryHandlerFor<GetCaseHistoryParams, Page<HistoryEntry>> {
  constructor(@Inject(EVENT_STORE) private readonly store: EventStore) {}

  async answer({ params, context }: QueryCall<GetCaseHistoryParams>) {
    const { caseId, cursor } = params;
    const after = cursor === undefined ? 0n : BigInt(decodePosition(cursor));
    const position = await this.store.head();
    const events = await this.store.readStream(caseStream(caseId));
    const state = events.map((event) => upcastEvent(event)).reduce<CaseState | undefined>(evolveCase, initialCase());
    if (!state) return refused('NOT_FOUND', { what: caseId });
    const denied = accessTo(state, context.actor);
    if (denied) return denied;
    const reports = await Promise.all(state.reports.map((id) => this.store.readStream(`report-${id}`)));
    const limit = Math.min(Math.max(1, Number(params.limit ?? LIMIT)), LIMIT_MAX);
    const rest = [...events, ...reports.flat()].filter((event) => event.position > after).sort((a, b) => (a.position < b.position ? -1 : 1));
    return answered(pageOf(rest, limit, entryOf, (event) => [String(event.position)]), position, events.at(-1)!.revision);
  }
}

const decodePosition = (cursor: string): string => {
  const [position] = decodeCursor(cursor, 1);
  return /^\d{1,19}$/.test(String(position)) ? String(position) : '0';
};

function entryOf(event: StoredEvent): HistoryEntry {
  const { stream, revision, position, id, type, version, metadata, hash, previousHash } = event;
  const { actor, occurredAt, recordedAt, commandId, correlationId, causationId } = metadata;
  return { stream, revision, position: String(position), id, type, version, text: textOf(type, maskEvent(upcastEvent(event))), data: maskEvent(event), actor: maskActor(actor), occurredAt, recordedAt, commandId, correlationId, causationId, hash, previousHash };
}
