import { Inject, Injectable } from '@nestjs/common';
import type { Clock, Page, QueryCall, QueryHandlerFor, QueryReply } from '@gridcase/platform';
import { AnswersQuery, CLOCK, ReadModels, answered, decodeCursor, narrow, pageOf, pageSize } from '@gridcase/service';
import { clocksView, type ClockRow } from '../../projections/case-clocks.projection';
import { prefix, visible } from '../visible';

export interface ListClocksParams { caseId?: string; unit?: string; street?: string; community?: string; area?: string; kind?: string; state?: string; light?: 'green' | 'yellow' | 'red'; dueBefore?: string; cursor?: string; limit?: number }
export interface ListedClock { caseId: string; clock: string; kind: string; subject: string; unit?: string; gridCode: string; state: string; light: 'green' | 'yellow' | 'red' | 'none'; startedAt: string; dueAt: string; warnAt?: string }
type Lit = ClockRow & { light: ListedClock['light'] };

const LIGHT = `case when c.status = 'stopped' then 'none' when c.red_at <= :now then 'red' when c.yellow_at <= :now then 'yellow' else 'green' end`;

/** In the order in which they are due; open ones unless a state is asked for. @rule L4.6 L5.4 */
@AnswersQuery('ListClocks')
@Injectable()
export class ListClocksQuery implements QueryHandlerFor<ListClocksParams, Page<ListedClock>> {
  constructor(@Inject(ReadModels) private readonly readModels: ReadModels, @Inject(CLOCK) private readonly clock: Clock) {}

  async answer({ params, context: { actor } }: QueryCall<ListClocksParams>): Promise<QueryReply<Page<ListedClock>>> {
    const position = this.readModels.position();
    const limit = pageSize(params.limit);
    const rows = await this.readModels.select(clocksView, 'c', async (query) => {
      narrow(visible(query, actor, { unit: 'c.unit', grid: 'c.grid' }), {
        'c.stream_id = :caseId': params.caseId, 'c.unit = :unit': params.unit, 'c.grid like :area': prefix(params.area), 'c.grid like :street': prefix(params.street), 'c.grid like :community': prefix(params.community),
        'c.kind = :kind': params.kind, 'c.due_at < :dueBefore': params.dueBefore, 'c.status = :state': params.state,
      });
      if (params.light) query.andWhere(`${LIGHT} = :light`, { light: params.light });
      if (!params.state) query.andWhere(`c.status <> 'stopped'`);
      if (params.cursor) {
        const [lastDueAt, lastCase, lastClock] = decodeCursor(params.cursor, 3);
        query.andWhere('(c.due_at, c.stream_id, c.clock) > (:lastDueAt::timestamptz, :lastCase, :lastClock)', { lastDueAt, lastCase, lastClock });
      }
      query.addSelect(LIGHT, 'light').setParameter('now', this.clock.now()).orderBy('c.due_at').addOrderBy('c.stream_id').addOrderBy('c.clock').limit(limit + 1);
      const { entities, raw } = await query.getRawAndEntities<Pick<Lit, 'light'>>();
      return entities.map((row, n): Lit => ({ ...row, light: raw[n]!.light }));
    });
    return answered(pageOf(rows, limit, listed, (row) => [row.due_at.toISOString(), row.stream_id, row.clock]), position);
  }
}

const listed = (row: Lit): ListedClock => ({
  caseId: row.stream_id, clock: row.clock, kind: row.kind, subject: row.subject, ...(row.unit && { unit: row.unit }), gridCode: row.grid, state: row.status, light: row.light,
  startedAt: row.started_at.toISOString(), dueAt: row.due_at.toISOString(), ...(row.warn_at && { warnAt: row.warn_at.toISOString() }),
});
