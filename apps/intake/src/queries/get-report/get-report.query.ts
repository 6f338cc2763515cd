import { Injectable } from '@nestjs/common';
import type { QueryCall, QueryHandlerFor, QueryReply } from '@gridcase/platform';
import { AnswersQuery, ReadModels, answered, refused } from '@gridcase/service';
import type { ReportBoardDoc } from '../../projections/report-board.projection';
import { ReportViews, sees, type ReportView } from '../report-view';

/** @rule X11 Z13 */
@AnswersQuery('GetReport')
@Injectable()
export class GetReportQuery implements QueryHandlerFor<{ reportId: string }, ReportView> {
  constructor(private readonly readModels: ReadModels, private readonly views: ReportViews) {}

  async answer({ params: { reportId }, context: { actor } }: QueryCall<{ reportId: string }>): Promise<QueryReply<ReportView>> {
    const position = this.readModels.position();
    const [row] = await this.readModels.query<{ revision: number; doc: ReportBoardDoc; area: string; received_by: string }>('select revision, doc, area, received_by from report_board where id = $1', [reportId]);
    if (!row) return refused('NOT_FOUND', { what: 'report' });
    if (!sees(actor, row)) return refused('OUTSIDE_JURISDICTION');
    return answered(await this.views.of(row.doc, actor), position, row.revision);
  }
}
