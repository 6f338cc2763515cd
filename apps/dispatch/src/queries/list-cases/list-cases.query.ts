import { Injectable } from '@nestjs/common';
import type { Actor } from '@gridcase/events';
import type { Page, QueryCall, QueryHandlerFor, QueryReply } from '@gridcase/platform';
import { AnswersQuery, answered, containsPattern, decodeCursor, narrow, pageOf, pageSize, prefixPattern, ReadModels } from '@gridcase/service';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { caseBoardView } from '../../projections/case-board.projection';
import { caseLine } from '../case-view';

export interface ListCasesParams { state?: string; light?: string; unit?: string; gridCode?: string; street?: string; community?: string; item?: string; from?: string; to?: string; text?: string; cursor?: string; limit?: number }

/** Newest first, what the caller may see, page by page. */
@AnswersQuery('ListCases')
@Injectable()
export class ListCasesQuery implements QueryHandlerFor<ListCasesParams> {
  constructor(private readonly readModels: ReadModels) {}

  async answer({ params, context }: QueryCall<ListCasesParams>): Promise<QueryReply<Page<ReturnType<typeof caseLine>>>> {
    const position = this.readModels.position();
    const limit = pageSize(params.limit);
    const rows = await this.readModels.select(caseBoardView, 'board', (query) => {
      narrow(visibleTo(context.actor, query), {
        'board.phase = :state': params.state, 'board.light = :light': params.light, 'board.units @> array[:unit]': params.unit, 'board.item_code = :item': params.item,
        'board.grid_code like :gridCode': prefix(params.gridCode), 'board.grid_code like :street': prefix(params.street), 'board.grid_code like :community': prefix(params.community),
        'board.filed_at >= :from': params.from, 'board.filed_at < :to': params.to, 'board.search ilike :text': params.text && containsPattern(params.text),
      });
      if (params.cursor) {
        const [lastFiledAt, lastId] = decodeCursor(params.cursor, 2);
        query.andWhere('(board.filed_at, board.id) < (:lastFiledAt::timestamptz, :lastId)', { lastFiledAt, lastId });
      }
      return query.select(['board.id', 'board.doc', 'board.filed_at']).orderBy('board.filed_at', 'DESC').addOrderBy('board.id', 'DESC').limit(limit + 1).getMany();
    });
    return answered(pageOf(rows, limit, (row) => caseLine(row.doc.state!), (row) => [row.filed_at.toISOString(), row.id]), position);
  }
}

const prefix = (code: string | undefined): string | undefined => code && prefixPattern(code);

function visibleTo<Row extends ObjectLiteral>(actor: Actor, query: SelectQueryBuilder<Row>): SelectQueryBuilder<Row> {
  if (actor.role === 'system' || actor.role === 'platform') return query;
  if (actor.role === 'unit-handler' || actor.role === 'unit-leader') return query.andWhere('board.units @> array[:ownUnit]', { ownUnit: actor.unit ?? '' });
  return query.andWhere('board.grid_code like :jurisdiction', { jurisdiction: prefixPattern(actor.jurisdiction) });
}
