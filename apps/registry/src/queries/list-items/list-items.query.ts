import { Injectable } from '@nestjs/common';
import type { Item } from '@gridcase/events';
import type { Page, QueryCall, QueryHandlerFor, QueryReply } from '@gridcase/platform';
import { AnswersQuery, LiveDirectory, answered } from '@gridcase/service';
import { pageInOrder, type PageParams } from '../page';
import { districtAsked } from '../reach';

export interface ListItemsParams extends PageParams { district?: string; kind?: string; department?: string }

/** @rule Z10 X6 X7 */
@AnswersQuery('ListItems')
@Injectable()
export class ListItemsQuery implements QueryHandlerFor<ListItemsParams, Page<Item>> {
  constructor(private readonly directory: LiveDirectory) {}

  async answer({ params, context }: QueryCall<ListItemsParams>): Promise<QueryReply<Page<Item>>> {
    const position = this.directory.position;
    const district = districtAsked(this.directory, params.district, context);
    const found = [...district.items.values()].filter((item) => (params.kind === undefined || item.kind === params.kind) && (params.department === undefined || item.department === params.department));
    return answered(pageInOrder(found, (entry) => entry.code, params, (entry) => entry), position);
  }
}
