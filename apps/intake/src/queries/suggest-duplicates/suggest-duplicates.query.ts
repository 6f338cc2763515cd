import { Injectable } from '@nestjs/common';
import { boxAround, chinaDate, policyOn, suggestDuplicates, type Duplicate, type OpenCase } from '@gridcase/domain';
import type { Page, QueryCall, QueryHandlerFor, QueryReply } from '@gridcase/platform';
import { AnswersQuery, LiveDirectory, ReadModels, answered, refused } from '@gridcase/service';
import { openCasesView } from '../../projections/open-cases.projection';
import { reportBoardView } from '../../projections/report-board.projection';
import { sees } from '../report-view';

export type Suggestion = OpenCase & Duplicate & { number: string; address: string; description: string };
/** More than an operator looks at. */
const SUGGESTIONS_MAX = 20;
const CANDIDATES_MAX = 500;

/** Open cases of the same item within the policy's radius and hours; a person confirms. @rule H5.2 */
@AnswersQuery('SuggestDuplicates')
@Injectable()
export class SuggestDuplicatesQuery implements QueryHandlerFor<{ reportId: string; limit?: number }, Page<Suggestion>> {
  constructor(private readonly readModels: ReadModels, private readonly directory: LiveDirectory) {}

  async answer({ params, context: { actor } }: QueryCall<{ reportId: string; limit?: number }>): Promise<QueryReply<Page<Suggestion>>> {
    const position = this.readModels.position();
    const row = await this.readModels.find(reportBoardView, params.reportId);
    if (!row) return refused('NOT_FOUND', { what: 'report' });
    if (!sees(actor, row)) return refused('OUTSIDE_JURISDICTION');
    const { received, sorted, caseId } = row.doc.report!;
    const itemCode = sorted?.itemCode ?? received.itemCode;
    const district = this.directory.district(received.district);
    const pack = district && policyOn(district, chinaDate(received.reportedAt));
    if (itemCode === undefined || !pack) return answered({ items: [] }, position);
    const report = { itemCode, reportedAt: received.reportedAt, gridCode: sorted?.gridCode ?? received.place.gridCode, longitude: received.place.longitude, latitude: received.place.latitude };
    const { duplicates } = pack.filing;
    const rows = await this.readModels.select(openCasesView, 'one', (query) => {
      query.where('one.open and one.district = :district and one.item_code = :itemCode', { district: received.district, itemCode })
        .andWhere('one.last_reported_at between :at::timestamptz - make_interval(secs => :seconds) and :at::timestamptz + make_interval(secs => :seconds)', { at: report.reportedAt, seconds: duplicates.withinHours * 3600 });
      const near = { gridCode: report.gridCode ?? null };
      if (report.longitude !== undefined && report.latitude !== undefined) {
        const box = boxAround({ longitude: report.longitude, latitude: report.latitude }, duplicates.radiusMetres);
        query.andWhere('(one.latitude between :south and :north and one.longitude between :west and :east or one.latitude is null and one.grid_code = :gridCode)', { ...box, ...near });
      } else query.andWhere('one.grid_code = :gridCode', near);
      if (caseId !== undefined) query.andWhere('one.id <> :caseId', { caseId });
      return query.select(['one.id', 'one.doc']).orderBy('one.last_reported_at', 'DESC').limit(CANDIDATES_MAX).getMany();
    });
    const open = rows.map(({ doc: { open: _open, district: _district, ...one } }) => one as OpenCase & { number: string; address: string; description: string });
    return answered({ items: suggestDuplicates(report, open, duplicates).slice(0, Math.min(params.limit ?? SUGGESTIONS_MAX, SUGGESTIONS_MAX)) }, position);
  }
}
