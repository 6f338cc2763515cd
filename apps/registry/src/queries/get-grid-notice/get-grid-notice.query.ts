import { Injectable } from '@nestjs/common';
import { districtOf, gridNotice, type GridNotice } from '@gridcase/domain';
import type { QueryCall, QueryHandlerFor, QueryReply } from '@gridcase/platform';
import { AnswersQuery, LiveDirectory, answered, refused } from '@gridcase/service';

/** For everybody; a code that was replaced leads to the grid that has it now. @rule Z21 */
@AnswersQuery('GetGridNotice')
@Injectable()
export class GetGridNoticeQuery implements QueryHandlerFor<{ code: string }, GridNotice> {
  constructor(private readonly directory: LiveDirectory) {}

  async answer({ params: { code } }: QueryCall<{ code: string }>): Promise<QueryReply<GridNotice>> {
    const position = this.directory.position;
    const district = this.directory.district(districtOf(code));
    const grid = district?.grids.get(code) ?? district?.grids.get(district.recoded.get(code) ?? '');
    return district && grid ? answered(gridNotice(district, grid), position) : refused('NOT_FOUND', { what: `grid ${code}` });
  }
}
