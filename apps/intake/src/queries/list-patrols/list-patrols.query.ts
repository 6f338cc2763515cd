import { Injectable } from '@nestjs/common';
import type { Page, QueryCall, QueryHandlerFor, QueryReply } from '@gridcase/platform';
import { AnswersQuery, ReadModels, answered, decodeCursor, narrow, pageOf, pageSize, prefixPattern } from '@gridcase/service';
import { patrolView, type LoggedPatrol } from '../../projections/patrol-log.projection';

export interface ListPatrolsParams { worker?: string; /** Prefix. */ gridCode?: string; from?: string; /** Before. */ to?: string; cursor?: string; limit?: number }

/** Newest first; a worker sees his own and his grid's. @rule X11 YD3.3 */
@AnswersQuery('ListPatrols')
@Injectable()
export class ListPatrolsQuery implements QueryHandlerFor<ListPatrolsParams, Page<LoggedPatrol>> {
  constructor(private readonly readModels: ReadModels) {}

  async answer({ params, context: { actor } }: QueryCall<ListPatrolsParams>): Promise<QueryReply<Page<LoggedPatrol>>> {
    const position = this.readModels.position();
    const limit = pageSize(params.limit);
    const rows = await this.readModels.select(patrolView, 'walk', (query) => {
      if (actor.role !== 'system') query.where('(walk.worker = :person or walk.grid_code like :area)', { person: actor.person, area: prefixPattern(actor.jurisdiction) });
      narrow(query, {
        'walk.worker = :worker': params.worker, 'walk.grid_code like :gridCode': params.gridCode && prefixPattern(params.gridCode), 'walk.started_at >= :from': params.from, 'walk.started_at < :to': params.to,
      });
      if (params.cursor !== undefined) {
        const [lastStartedAt, lastId] = decodeCursor(params.cursor, 2);
        query.andWhere('(walk.started_at, walk.patrol_id) < (:lastStartedAt::timestamptz, :lastId)', { lastStartedAt, lastId });
      }
      return query.select(['walk.patrol_id', 'walk.patrol']).orderBy('walk.started_at', 'DESC').addOrderBy('walk.patrol_id', 'DESC').limit(limit + 1).getMany();
    });
    return answered(pageOf(rows, limit, ({ patrol }) => patrol, ({ patrol }) => [patrol.startedAt, patrol.patrolId]), position);
  }
}
