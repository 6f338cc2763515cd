import { Injectable } from '@nestjs/common';
import type { QueryCall, QueryHandlerFor, QueryReply } from '@gridcase/platform';
import { AnswersQuery, answered, ReadModels, refused } from '@gridcase/service';
import { caseBoardView } from '../../projections/case-board.projection';
import { caseView, mayNotSee } from '../case-view';

@AnswersQuery('GetCase')
@Injectable()
export class GetCaseQuery implements QueryHandlerFor<{ caseId: string }> {
  constructor(private readonly readModels: ReadModels) {}

  async answer({ params, context }: QueryCall<{ caseId: string }>): Promise<QueryReply> {
    const position = this.readModels.position();
    const row = await this.readModels.find(caseBoardView, params.caseId);
    if (!row?.doc.state) return refused('NOT_FOUND', { what: 'case' });
    return mayNotSee(row.doc.state, context.actor) ?? answered(caseView(row.doc.state), position, row.revision);
  }
}
