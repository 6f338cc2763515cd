import { Inject, Injectable } from '@nestjs/common';
import type { Page, QueryCall, QueryHandlerFor, QueryReply } from '@gridcase/platform';
import { AnswersQuery, ReadModels, answered, decodeCursor, narrow, pageOf, pageSize } from '@gridcase/service';
import { supervisionsView, type SupervisionRecord } from '../../projections/case-clocks.projection';
import { prefix, visible } from '../visible';

export interface ListSupervisionsParams { unit?: string; caseId?: string; state?: SupervisionRecord['state']; area?: string; cursor?: string; limit?: number }
export interface ListedSupervision extends SupervisionRecord { caseId: string; nth: number; gridCode: string }

/** Latest first. @rule X17 H4.2.5 L5.4 */
@AnswersQuery('ListSupervisions')
@Injectable()
export class ListSupervisionsQuery implements QueryHandlerFor<ListSupervisionsParams, Page<ListedSupervision>> {
  constructor(@Inject(ReadModels) private readonly readModels: ReadModels) {}

  async answer({ params, context: { actor } }: QueryCall<ListSupervisionsParams>): Promise<QueryReply<Page<ListedSupervision>>> {
    const position = this.readModels.position();
    const limit = pageSize(params.limit);
    const rows = await this.readModels.select(supervisionsView, 's', (query) => {
      narrow(visible(query, actor, { unit: 's.unit', grid: 's.grid' }), {
        's.unit = :unit': params.unit, 's.stream_id = :caseId': params.caseId, 's.state = :state': params.state, 's.grid like :area': prefix(params.area),
      });
      if (params.cursor) {
        const [lastOpenedAt, lastCase, lastNth] = decodeCursor(params.cursor, 3);
        query.andWhere('(s.opened_at, s.stream_id, s.nth) < (:lastOpenedAt::timestamptz, :lastCase, :lastNth)', { lastOpenedAt, lastCase, lastNth });
      }
      return query.orderBy('s.opened_at', 'DESC').addOrderBy('s.stream_id', 'DESC').addOrderBy('s.nth', 'DESC').limit(limit + 1).getMany();
    });
    return answered(pageOf(rows, limit, ({ stream_id: caseId, nth, grid: gridCode, record }) => ({ caseId, nth, gridCode, ...record }), (row) => [row.opened_at.toISOString(), row.stream_id, row.nth]), position);
  }
}
