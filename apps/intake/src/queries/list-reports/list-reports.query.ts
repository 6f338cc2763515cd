import { Injectable } from '@nestjs/common';
import type { Page, QueryCall, QueryHandlerFor, QueryReply } from '@gridcase/platform';
import { AnswersQuery, ReadModels, answered, decodeCursor, pageOf } from '@gridcase/service';
import type { ReportBoardDoc } from '../../projections/report-board.projection';
import { Conditions, containsPattern, pageSize, prefixPattern } from '../conditions';
import { ReportViews, visible, type ReportView } from '../report-view';

export interface ListReportsParams {
  district?: string; state?: string; channel?: string; foundBy?: string; /** Prefix. */ gridCode?: string; item?: string; from?: string; /** Before. */ to?: string; text?: string; mine?: boolean;
  cursor?: string; limit?: number;
}
interface Row { id: string; revision: number; doc: ReportBoardDoc; reported_at: Date }

/** Newest first. Without the reporters' data: a list is no need to know. @rule X11 Z13 */
@AnswersQuery('ListReports')
@Injectable()
export class ListReportsQuery implements QueryHandlerFor<ListReportsParams, Page<ReportView>> {
  constructor(private readonly readModels: ReadModels, private readonly views: ReportViews) {}

  async answer({ params, context: { actor } }: QueryCall<ListReportsParams>): Promise<QueryReply<Page<ReportView>>> {
    const position = this.readModels.position();
    const limit = pageSize(params.limit);
    const where = visible(actor, new Conditions())
      .when(params.district, 'district = ?').when(params.state, 'state = ?').when(params.channel, 'channel = ?').when(params.foundBy, 'found_by = ?').when(params.item, 'item_code = ?')
      .when(params.gridCode ? prefixPattern(params.gridCode) : undefined, 'area like ?').when(params.from, 'reported_at >= ?').when(params.to, 'reported_at < ?');
    if (params.text) where.and(`doc #>> '{report,received,description}' ilike ? or doc #>> '{report,received,place,address}' ilike ?`, containsPattern(params.text), containsPattern(params.text));
    if (params.mine) where.and('received_by = ?', actor.person);
    if (params.cursor !== undefined) where.and('(reported_at, id) < (?::timestamptz, ?)', ...decodeCursor(params.cursor, 2));
    const rows = await this.readModels.query<Row>(`select id, revision, doc, reported_at from report_board where ${where} order by reported_at desc, id desc limit ${where.param(limit + 1)}`, where.params);
    const page = pageOf(rows, limit, (row) => row, (row) => [row.reported_at.toISOString(), row.id]);
    const items = await Promise.all(page.items.map(async (row) => {
      const { reporter: _inSingleLooks, ...view } = await this.views.of({ ...row.doc, report: { ...row.doc.report!, received: { ...row.doc.report!.received, reporter: undefined } } }, actor);
      return view;
    }));
    return answered({ ...page, items }, position);
  }
}
