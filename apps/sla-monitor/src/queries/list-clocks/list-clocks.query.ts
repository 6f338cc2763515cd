import { Inject, Injectable } from '@nestjs/common';
import type { Clock, Page, QueryCall, QueryHandlerFor, QueryReply } from '@gridcase/platform';
import { AnswersQuery, CLOCK, ReadModels, answered, decodeCursor, pageOf } from '@gridcase/service';
import { Where } from '../visible';

export interface ListClocksParams { caseId?: string; unit?: string; street?: string; community?: string; area?: string; kind?: string; state?: string; light?: 'green' | 'yellow' | 'red'; dueBefore?: string; cursor?: string; limit?: number }
export interface ListedClock { caseId: string; clock: string; kind: string; subject: string; unit?: string; gridCode: string; state: string; light: 'green' | 'yellow' | 'red' | 'none'; startedAt: string; dueAt: string; warnAt?: string }
interface Row { stream_id: string; clock: string; kind: string; subject: string; unit: string | null; grid: string; status: string; light: ListedClock['light']; started_at: Date; due_at: Date; warn_at: Date | null }

const LIMIT = 50;
const LIMIT_MAX = 200;

/** In the order in which they are due; open ones unless a state is asked for. @rule L4.6 L5.4 */
@AnswersQuery('ListClocks')
@Injectable()
export class ListClocksQuery implements QueryHandlerFor<ListClocksParams, Page<ListedClock>> {
  constructor(@Inject(ReadModels) private readonly readModels: ReadModels, @Inject(CLOCK) private readonly clock: Clock) {}

  async answer({ params, context: { actor } }: QueryCall<ListClocksParams>): Promise<QueryReply<Page<ListedClock>>> {
    const position = this.readModels.position();
    const limit = Math.min(params.limit ?? LIMIT, LIMIT_MAX);
    const where = new Where();
    where.params.push(this.clock.now());
    where.visibleTo(actor, { unit: 'unit', grid: 'grid' }).and('stream_id = ?', params.caseId).and('unit = ?', params.unit).within('grid', params.area).within('grid', params.street).within('grid', params.community)
      .and('kind = ?', params.kind).and('due_at < ?', params.dueBefore).and('light = ?', params.light);
    if (params.state) where.and('status = ?', params.state); else where.and(`status <> 'stopped'`);
    if (params.cursor) {
      const [dueAt, caseId, clock] = decodeCursor(params.cursor, 3);
      where.params.push(dueAt, caseId, clock);
      where.and(`(due_at, stream_id, clock) > ($${where.params.length - 2}::timestamptz, $${where.params.length - 1}, $${where.params.length})`);
    }
    const rows = await this.readModels.query<Row>(
      `select * from (select *, case when status = 'stopped' then 'none' when red_at <= $1 then 'red' when yellow_at <= $1 then 'yellow' else 'green' end as light from clocks) clocks
       ${where.sql} order by due_at, stream_id, clock limit ${limit + 1}`,
      where.params,
    );
    return answered(pageOf(rows, limit, listed, (row) => [row.due_at.toISOString(), row.stream_id, row.clock]), position);
  }
}

const listed = (row: Row): ListedClock => ({
  caseId: row.stream_id, clock: row.clock, kind: row.kind, subject: row.subject, ...(row.unit && { unit: row.unit }), gridCode: row.grid, state: row.status, light: row.light,
  startedAt: row.started_at.toISOString(), dueAt: row.due_at.toISOString(), ...(row.warn_at && { warnAt: row.warn_at.toISOString() }),
});
