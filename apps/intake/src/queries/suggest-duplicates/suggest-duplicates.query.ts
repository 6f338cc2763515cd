import { Injectable } from '@nestjs/common';
import { boxAround, chinaDate, policyOn, suggestDuplicates, type Duplicate, type OpenCase } from '@gridcase/domain';
import type { Page, QueryCall, QueryHandlerFor, QueryReply } from '@gridcase/platform';
import { AnswersQuery, LiveDirectory, ReadModels, answered, refused } from '@gridcase/service';
import type { OpenCaseDoc } from '../../projections/open-cases.projection';
import type { ReportBoardDoc } from '../../projections/report-board.projection';
import { Conditions } from '../conditions';
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
    const [row] = await this.readModels.query<{ doc: ReportBoardDoc; area: string; received_by: string }>('select doc, area, received_by from report_board where id = $1', [params.reportId]);
    if (!row) return refused('NOT_FOUND', { what: 'report' });
    if (!sees(actor, row)) return refused('OUTSIDE_JURISDICTION');
    const { received, sorted, caseId } = row.doc.report!;
    const itemCode = sorted?.itemCode ?? received.itemCode;
    const district = this.directory.district(received.district);
    const pack = district && policyOn(district, chinaDate(received.reportedAt));
    if (itemCode === undefined || !pack) return answered({ items: [] }, position);
    const report = { itemCode, reportedAt: received.reportedAt, gridCode: sorted?.gridCode ?? received.place.gridCode, longitude: received.place.longitude, latitude: received.place.latitude };
    const { duplicates } = pack.filing;
    const where = new Conditions().and('open and district = ? and item_code = ?', received.district, itemCode)
      .and('last_reported_at between ?::timestamptz - make_interval(secs => ?) and ?::timestamptz + make_interval(secs => ?)', report.reportedAt, duplicates.withinHours * 3600, report.reportedAt, duplicates.withinHours * 3600);
    if (report.longitude !== undefined && report.latitude !== undefined) {
      const box = boxAround({ longitude: report.longitude, latitude: report.latitude }, duplicates.radiusMetres);
      where.and('(latitude between ? and ? and longitude between ? and ?) or (latitude is null and grid_code = ?)', box.south, box.north, box.west, box.east, report.gridCode ?? null);
    } else where.and('grid_code = ?', report.gridCode ?? null);
    if (caseId !== undefined) where.and('id <> ?', caseId);
    const rows = await this.readModels.query<{ doc: OpenCaseDoc }>(`select doc from open_cases where ${where} order by last_reported_at desc limit ${where.param(CANDIDATES_MAX)}`, where.params);
    const open = rows.map(({ doc: { open: _open, district: _district, ...one } }) => one as OpenCase & { number: string; address: string; description: string });
    return answered({ items: suggestDuplicates(report, open, duplicates).slice(0, Math.min(params.limit ?? SUGGESTIONS_MAX, SUGGESTIONS_MAX)) }, position);
  }
}
