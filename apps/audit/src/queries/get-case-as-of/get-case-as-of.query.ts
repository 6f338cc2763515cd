import { Inject, Injectable } from '@nestjs/common';
import { caseStream, evolveCase, initialCase, lightOfCase, type CaseState, type Light } from '@gridcase/domain';
import type { EventStore } from '@gridcase/event-store';
import { maskFinder, upcastEvent, type StoredEvent } from '@gridcase/events';
import { instantToMs, type QueryCall, type QueryHandlerFor } from '@gridcase/platform';
import { AnswersQuery, EVENT_STORE, answered, refused } from '@gridcase/service';
import { accessTo } from '../case-access';

export interface GetCaseAsOfParams {
  caseId: string;
  /** ISO 8601 UTC with milliseconds. */
  asOf: string;
  /** `occurred` (default): what had happened by then; `recorded`: what the record said then. */
  by?: 'occurred' | 'recorded';
}
export interface CaseAsOf { caseId: string; asOf: string; by: 'occurred' | 'recorded'; /** Of the last event that counts. */ revision: number; /** @rule L4.6 */ light: Light; case: CaseState }

/**
 * The case folded from the events up to a moment. What counts is an unbroken beginning of the stream: an event that came late into the record does
 * not jump its queue, because every later decision rested on the order of the record. @rule X18
 */
@AnswersQuery('GetCaseAsOf')
@Injectable()
export class GetCaseAsOfQuery implements QueryHandlerFor<GetCaseAsOfParams, CaseAsOf> {
  constructor(@Inject(EVENT_STORE) private readonly store: EventStore) {}

  async answer({ params, context }: QueryCall<GetCaseAsOfParams>) {
    const { caseId, asOf, by = 'occurred' } = params;
    const position = await this.store.head();
    const events = await this.store.readStream(caseStream(caseId));
    const now = fold(events);
    if (!now) return refused('NOT_FOUND', { what: caseId });
    // Who may look is a question of today: a unit that has the case now may see how it came to it.
    const denied = accessTo(now, context.actor);
    if (denied) return denied;
    const counted = untilMoment(events, instantToMs(asOf), by);
    const then = fold(counted);
    if (!then) return refused('NOT_FOUND', { what: `${caseId} @ ${asOf}` });
    const { revision } = counted.at(-1)!;
    return answered<CaseAsOf>({ caseId, asOf, by, revision, light: lightOfCase(then, asOf), case: maskFinder(then) }, position, revision);
  }
}

const fold = (events: readonly StoredEvent[]): CaseState | undefined => events.map((event) => upcastEvent(event)).reduce<CaseState | undefined>(evolveCase, initialCase());

export function untilMoment(events: readonly StoredEvent[], atMs: number, by: 'occurred' | 'recorded'): StoredEvent[] {
  const end = events.findIndex(({ metadata }) => instantToMs(by === 'occurred' ? metadata.occurredAt : metadata.recordedAt) > atMs);
  return end < 0 ? [...events] : events.slice(0, end);
}
