import { Injectable } from '@nestjs/common';
import type { QueryCall, QueryHandlerFor, QueryReply } from '@gridcase/platform';
import { AnswersQuery, ReadModels, answered, refused } from '@gridcase/service';
import { reportBoardView } from '../../projections/report-board.projection';
import { ReportViews, sees, type ReportView } from '../report-view';

/** @rule X11 Z13 */
@AnswersQuery('GetReport')
@Injectable()
export class GetReportQuery implements QueryHandlerFor<{ reportId: string }, ReportView> {
  constructor(private readonly readModels: ReadModels, private readonly views: ReportViews) {}

  async answer({ params: { reportId }, context: { actor } }: QueryCall<{ reportId: string }>): Promise<QueryReply<ReportView>> {
    const position = this.readModels.position();
    const row = await this.readModels.find(reportBoardView, reportId);
    if (!row) return refused('NOT_FOUND', { what: 'report' });
    if (!sees(actor, row)) return refused('OUTSIDE_JURISDICTION');
    return answered(await this.views.of(row.doc, actor), position, row.revision);
  }
}
