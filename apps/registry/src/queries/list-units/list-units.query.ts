import { Injectable } from '@nestjs/common';
import type { Unit } from '@gridcase/events';
import type { Page, QueryCall, QueryHandlerFor, QueryReply } from '@gridcase/platform';
import { AnswersQuery, LiveDirectory, answered } from '@gridcase/service';
import { pageInOrder, type PageParams } from '../page';
import { districtAsked } from '../reach';

export interface ListUnitsParams extends PageParams { district?: string; department?: string }

/** @rule X4 X7 */
@AnswersQuery('ListUnits')
@Injectable()
export class ListUnitsQuery implements QueryHandlerFor<ListUnitsParams, Page<Unit>> {
  constructor(private readonly directory: LiveDirectory) {}

  async answer({ params, context }: QueryCall<ListUnitsParams>): Promise<QueryReply<Page<Unit>>> {
    const position = this.directory.position;
    const district = districtAsked(this.directory, params.district, context);
    const found = [...district.units.values()].filter((unit) => params.department === undefined || unit.department === params.department);
    return answered(pageInOrder(found, (entry) => entry.code, params, (entry) => entry), position);
  }
}
