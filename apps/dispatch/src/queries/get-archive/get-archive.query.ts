import { Injectable } from '@nestjs/common';
import type { QueryCall, QueryHandlerFor, QueryReply } from '@gridcase/platform';
import { AnswersQuery, answered, ReadModels, refused } from '@gridcase/service';
import { CaseArchive } from '../../archive/case-archive';
import { mayNotSee } from '../case-view';

/** The archive file, made from the record and checked against the hash recorded when the case was archived. @rule H4.2.8 */
@AnswersQuery('GetArchive')
@Injectable()
export class GetArchiveQuery implements QueryHandlerFor<{ caseId: string }> {
  constructor(private readonly archive: CaseArchive, private readonly readModels: ReadModels) {}

  async answer({ params, context }: QueryCall<{ caseId: string }>): Promise<QueryReply> {
    const { state, file } = await this.archive.of(params.caseId);
    if (!state) return refused('NOT_FOUND', { what: 'case' });
    const refusal = mayNotSee(state, context.actor);
    if (refusal) return refusal;
    if (!file) return refused('NOT_CLOSED', { phase: state.phase }, 'H4.2.8');
    return answered({ caseId: params.caseId, sha256: file.sha256, bytes: file.bytes, headHash: file.headHash, file: JSON.parse(file.content) }, this.readModels.position());
  }
}
