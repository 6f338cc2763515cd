import { Injectable } from '@nestjs/common';
import type { District } from '@gridcase/domain';
import type { Page, QueryCall, QueryHandlerFor, QueryReply } from '@gridcase/platform';
import { AnswersQuery, LiveDirectory, answered } from '@gridcase/service';
import { pageInOrder, type PageParams } from '../page';
import { districtAsked } from '../reach';

export interface ListCalendarsParams extends PageParams { district?: string; year?: number }
/** `inForce`: the last publication of its year. */
export type ListedCalendar = District['calendars'][number] & { inForce: boolean };

/** @rule N2 */
@AnswersQuery('ListCalendars')
@Injectable()
export class ListCalendarsQuery implements QueryHandlerFor<ListCalendarsParams, Page<ListedCalendar>> {
  constructor(private readonly directory: LiveDirectory) {}

  async answer({ params, context }: QueryCall<ListCalendarsParams>): Promise<QueryReply<Page<ListedCalendar>>> {
    const position = this.directory.position;
    const { calendars } = districtAsked(this.directory, params.district, context);
    const found = calendars
      .map((calendar, index) => ({ calendar, index, inForce: !calendars.some((later, at) => at > index && later.year.year === calendar.year.year) }))
      .filter(({ calendar }) => params.year === undefined || calendar.year.year === params.year);
    return answered(pageInOrder(found, ({ index }) => String(index).padStart(6, '0'), params, ({ calendar, inForce }) => ({ ...calendar, inForce })), position);
  }
}
