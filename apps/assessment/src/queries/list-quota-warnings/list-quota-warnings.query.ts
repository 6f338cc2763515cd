import { Inject, Injectable } from '@nestjs/common';
import { covers, districtOf, weekOf } from '@gridcase/domain';
import type { Page, QueryCall, QueryHandlerFor, QueryReply } from '@gridcase/platform';
import { AnswersQuery, LiveDirectory, ReadModels, answered, decodeCursor, narrow, pageOf, pageSize, refused } from '@gridcase/service';
import { quotaWarningsView, type IssuedWarning } from '../../projections/issued.projection';

export interface ListQuotaWarningsParams { district?: string; worker?: string; week?: string; cursor?: string; limit?: number }

/** Latest week first; a worker sees his own, a street those of its workers. @rule H5.3 */
@AnswersQuery('ListQuotaWarnings')
@Injectable()
export class ListQuotaWarningsQuery implements QueryHandlerFor<ListQuotaWarningsParams, Page<IssuedWarning>> {
  constructor(@Inject(ReadModels) private readonly readModels: ReadModels, @Inject(LiveDirectory) private readonly directory: LiveDirectory) {}

  async answer({ params, context: { actor } }: QueryCall<ListQuotaWarningsParams>): Promise<QueryReply<Page<IssuedWarning>>> {
    const position = this.readModels.position();
    const district = params.district ?? districtOf(actor.jurisdiction);
    const coversAll = actor.role === 'system' || covers(actor.jurisdiction, district);
    if (!coversAll && !covers(district, actor.jurisdiction)) return refused('OUTSIDE_JURISDICTION');
    const isWorker = actor.role === 'grid-worker' || actor.role === 'inspector';
    const within = [...(this.directory.district(district)?.people.values() ?? [])].filter((person) => covers(actor.jurisdiction, person.jurisdiction)).map((person) => person.id);
    const visible = isWorker ? [actor.person] : coversAll ? null : within;
    const limit = pageSize(params.limit);
    const rows = await this.readModels.select(quotaWarningsView, 'w', (query) => {
      narrow(query.where('w.district = :district', { district }), { 'w.worker = :worker': params.worker, 'w.week = :week': params.week && weekOf(params.week) });
      if (visible) query.andWhere('w.worker = any(:visible)', { visible });
      if (params.cursor) {
        const [lastWeek, lastWorker] = decodeCursor(params.cursor, 2);
        query.andWhere('(w.week < :lastWeek or w.week = :lastWeek and w.worker > :lastWorker)', { lastWeek, lastWorker });
      }
      return query.orderBy('w.week', 'DESC').addOrderBy('w.worker').limit(limit + 1).getMany();
    });
    return answered(pageOf(rows, limit, ({ warning }) => warning, ({ warning }) => [warning.week, warning.worker]), position);
  }
}
