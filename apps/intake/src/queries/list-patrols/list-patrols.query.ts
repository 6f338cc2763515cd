import { Injectable } from '@nestjs/common';
import type { Page, QueryCall, QueryHandlerFor, QueryReply } from '@gridcase/platform';
import { AnswersQuery, ReadModels, answered, decodeCursor, pageOf } from '@gridcase/service';
import type { LoggedPatrol } from '../../projections/patrol-log.projection';
import { Conditions, pageSize, prefixPattern } from '../conditions';

export interface ListPatrolsParams { worker?: string; /** Prefix. */ gridCode?: string; from?: string; /** Before. */ to?: string; cursor?: string; limit?: number }

/** Newest first; a worker sees his own and his grid's. @rule X11 YD3.3 */
@AnswersQuery('ListPatrols')
@Injectable()
export class ListPatrolsQuery implements QueryHandlerFor<ListPatrolsParams, Page<LoggedPatrol>> {
  constructor(private readonly readModels: ReadModels) {}

  async answer({ params, context: { actor } }: QueryCall<ListPatrolsParams>): Promise<QueryReply<Page<LoggedPatrol>>> {
    const position = this.readModels.position();
    const limit = pageSize(params.limit);
    const where = new Conditions();
    if (actor.role !== 'system') where.and('worker = ? or grid_code like ?', actor.person, prefixPattern(actor.jurisdiction));
    where.when(params.worker, 'worker = ?').when(params.gridCode ? prefixPattern(params.gridCode) : undefined, 'grid_code like ?').when(params.from, 'started_at >= ?').when(params.to, 'started_at < ?');
    if (params.cursor !== undefined) where.and('(started_at, patrol_id) < (?::timestamptz, ?)', ...decodeCursor(params.cursor, 2));
    const rows = await this.readModels.query<{ patrol: LoggedPatrol }>(`select patrol from patrol where ${where} order by started_at desc, patrol_id desc limit ${where.param(limit + 1)}`, where.params);
    return answered(pageOf(rows, limit, ({ patrol }) => patrol, ({ patrol }) => [patrol.startedAt, patrol.patrolId]), position);
  }
}
