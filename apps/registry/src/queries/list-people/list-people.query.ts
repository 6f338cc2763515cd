import { Injectable } from '@nestjs/common';
import type { Person } from '@gridcase/events';
import type { Page, QueryCall, QueryHandlerFor, QueryReply } from '@gridcase/platform';
import { AnswersQuery, LiveDirectory, answered } from '@gridcase/service';
import { pageInOrder, type PageParams } from '../page';
import { districtAsked, sees } from '../reach';

export interface ListPeopleParams extends PageParams { district?: string; role?: string; unit?: string }

/** @rule H3 Z12 */
@AnswersQuery('ListPeople')
@Injectable()
export class ListPeopleQuery implements QueryHandlerFor<ListPeopleParams, Page<Person>> {
  constructor(private readonly directory: LiveDirectory) {}

  async answer({ params, context }: QueryCall<ListPeopleParams>): Promise<QueryReply<Page<Person>>> {
    const position = this.directory.position;
    const district = districtAsked(this.directory, params.district, context);
    const found = [...district.people.values()].filter((person) => sees(context.actor, person.jurisdiction) && (params.role === undefined || person.roles.includes(params.role)) && (params.unit === undefined || person.unit === params.unit));
    return answered(pageInOrder(found, (entry) => entry.id, params, (entry) => entry), position);
  }
}
