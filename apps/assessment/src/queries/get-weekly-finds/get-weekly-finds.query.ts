import { Inject, Injectable } from '@nestjs/common';
import { covers, districtOf } from '@gridcase/domain';
import type { QueryCall, QueryHandlerFor, QueryReply } from '@gridcase/platform';
import { AnswersQuery, ReadModels, answered, refused } from '@gridcase/service';
import { QuotaDesk, type WorkerWeek } from '../../scoring/quota-desk';

export interface GetWeeklyFindsParams { district?: string; /** Any day of the week. */ week: string }
export interface WeeklyFindsView { district: string; week: string; rule: string; min: number; target: number; items: WorkerWeek[] }

/** Finds of each worker in a week, against the quota. @rule H5.3 */
@AnswersQuery('GetWeeklyFinds')
@Injectable()
export class GetWeeklyFindsQuery implements QueryHandlerFor<GetWeeklyFindsParams, WeeklyFindsView> {
  constructor(@Inject(ReadModels) private readonly readModels: ReadModels, @Inject(QuotaDesk) private readonly desk: QuotaDesk) {}

  async answer({ params, context: { actor } }: QueryCall<GetWeeklyFindsParams>): Promise<QueryReply<WeeklyFindsView>> {
    const position = this.readModels.position();
    const code = params.district ?? districtOf(actor.jurisdiction);
    if (actor.role !== 'system' && !covers(actor.jurisdiction, code) && !covers(code, actor.jurisdiction)) return refused('OUTSIDE_JURISDICTION');
    const { district, week, rule, quotas, workers } = await this.desk.week(code, params.week);
    const isWorker = actor.role === 'grid-worker' || actor.role === 'inspector';
    const items = workers.filter((item) => (isWorker ? item.worker === actor.person : actor.role === 'system' || covers(actor.jurisdiction, item.jurisdiction)));
    return answered({ district, week, rule, min: quotas.weeklyFindsMin, target: quotas.weeklyFindsTarget, items }, position);
  }
}
