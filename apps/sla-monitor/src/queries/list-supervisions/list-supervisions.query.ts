import { Inject, Injectable } from '@nestjs/common';
import type { Page, QueryCall, QueryHandlerFor, QueryReply } from '@gridcase/platform';
import { AnswersQuery, ReadModels, answered, decodeCursor, pageOf } from '@gridcase/service';
import type { SupervisionRecord } from '../../projections/case-clocks.projection';
import { Where } from '../visible';

export interface ListSupervisionsParams { unit?: string; caseId?: string; state?: SupervisionRecord['state']; area?: string; cursor?: string; limit?: number }
export interface ListedSupervision extends SupervisionRecord { caseId: string; nth: number; gridCode: string }
interface Row { stream_id: string; nth: number; grid: string; opened_at: Date; record: SupervisionRecord }

const LIMIT = 50;
const LIMIT_MAX = 200;

/** Latest first. @rule X17 H4.2.5 L5.4 */
@AnswersQuery('ListSupervisions')
@Injectable()
export class ListSupervisionsQuery implements QueryHandlerFor<ListSupervisionsParams, Page<ListedSupervision>> {
  constructor(@Inject(ReadModels) private readonly readModels: ReadModels) {}

  async answer({ params, context: { actor } }: QueryCall<ListSupervisionsParams>): Promise<QueryReply<Page<ListedSupervision>>> {
    const position = this.readModels.position();
    const limit = Math.min(params.limit ?? LIMIT, LIMIT_MAX);
    const where = new Where().visibleTo(actor, { unit: 'unit', grid: 'grid' }).and('unit = ?', params.unit).and('stream_id = ?', params.caseId).and('state = ?', params.state).within('grid', params.area);
    if (params.cursor) {
      const [openedAt, caseId, nth] = decodeCursor(params.cursor, 3);
      where.params.push(openedAt, caseId, nth);
      where.and(`(opened_at, stream_id, nth) < ($${where.params.length - 2}::timestamptz, $${where.params.length - 1}, $${where.params.length})`);
    }
    const rows = await this.readModels.query<Row>(`select stream_id, nth, grid, opened_at, record from supervisions ${where.sql} order by opened_at desc, stream_id desc, nth desc limit ${limit + 1}`, where.params);
    return answered(pageOf(rows, limit, ({ stream_id: caseId, nth, grid: gridCode, record }) => ({ caseId, nth, gridCode, ...record }), (row) => [row.opened_at.toISOString(), row.stream_id, row.nth]), position);
  }
}
