import { Injectable } from '@nestjs/common';
import type { Page, QueryCall, QueryHandlerFor, QueryReply } from '@gridcase/platform';
import { AnswersQuery, ReadModels, answered, containsPattern, decodeCursor, narrow, pageOf, pageSize, prefixPattern } from '@gridcase/service';
import { reportBoardView } from '../../projections/report-board.projection';
import { ReportViews, visible, type ReportView } from '../report-view';

export interface ListReportsParams {
  district?: string; state?: string; channel?: string; foundBy?: string; /** Prefix. */ gridCode?: string; item?: string; from?: string; /** Before. */ to?: string; text?: string; mine?: boolean;
  cursor?: string; limit?: number;
}

/** Newest first. Without the reporters' data: a list is no need to know. @rule X11 Z13 */
@AnswersQuery('ListReports')
@Injectable()
export class ListReportsQuery implements QueryHandlerFor<ListReportsParams, Page<ReportView>> {
  constructor(private readonly readModels: ReadModels, private readonly views: ReportViews) {}

  async answer({ params, context: { actor } }: QueryCall<ListReportsParams>): Promise<QueryReply<Page<ReportView>>> {
    const position = this.readModels.position();
    const limit = pageSize(params.limit);
    const rows = await this.readModels.select(reportBoardView, 'board', (query) => {
      narrow(visible(actor, query), {
        'board.district = :district': params.district, 'board.state = :state': params.state, 'board.channel = :channel': params.channel, 'board.found_by = :foundBy': params.foundBy, 'board.item_code = :item': params.item,
        'board.area like :gridCode': params.gridCode && prefixPattern(params.gridCode), 'board.reported_at >= :from': params.from, 'board.reported_at < :to': params.to, 'board.received_by = :mine': params.mine ? actor.person : undefined,
        [`(board.doc #>> '{report,received,description}' ilike :text or board.doc #>> '{report,received,place,address}' ilike :text)`]: params.text && containsPattern(params.text),
      });
      if (params.cursor !== undefined) {
        const [lastReportedAt, lastId] = decodeCursor(params.cursor, 2);
        query.andWhere('(board.reported_at, board.id) < (:lastReportedAt::timestamptz, :lastId)', { lastReportedAt, lastId });
      }
      return query.select(['board.id', 'board.doc', 'board.reported_at']).orderBy('board.reported_at', 'DESC').addOrderBy('board.id', 'DESC').limit(limit + 1).getMany();
    });
    const page = pageOf(rows, limit, (row) => row, (row) => [row.reported_at.toISOString(), row.id]);
    const items = await Promise.all(page.items.map(async (row) => {
      const { reporter: _inSingleLooks, ...view } = await this.views.of({ ...row.doc, report: { ...row.doc.report!, received: { ...row.doc.report!.received, reporter: undefined } } }, actor);
      return view;
    }));
    return answered({ ...page, items }, position);
  }
}
