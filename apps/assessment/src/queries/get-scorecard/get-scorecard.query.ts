import { Inject, Injectable } from '@nestjs/common';
import { districtOf, type ScoreSubject } from '@gridcase/domain';
import type { QueryCall, QueryHandlerFor, QueryReply } from '@gridcase/platform';
import { AnswersQuery, ReadModels, answered } from '@gridcase/service';
import { ScoreDesk, type Scorecard } from '../../scoring/score-desk';

export interface GetScorecardParams { district?: string; kind: ScoreSubject['kind']; id: string; from: string; to: string }

/** Worked out from the facts on record, now; nothing is written. @rule X19 H5.1 H5.2 L4.6 */
@AnswersQuery('GetScorecard')
@Injectable()
export class GetScorecardQuery implements QueryHandlerFor<GetScorecardParams, Scorecard> {
  constructor(@Inject(ReadModels) private readonly readModels: ReadModels, @Inject(ScoreDesk) private readonly desk: ScoreDesk) {}

  async answer({ params: { kind, id, from, to, district }, context: { actor } }: QueryCall<GetScorecardParams>): Promise<QueryReply<Scorecard>> {
    const position = this.readModels.position();
    const code = district ?? districtOf(actor.jurisdiction);
    this.desk.mustSee(actor, code, { kind, id });
    return answered(await this.desk.card(code, { kind, id }, { from, to }), position);
  }
}
