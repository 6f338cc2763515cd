import { Injectable } from '@nestjs/common';
import { isUnitGrid, officerGapsOf, parentsOf, type PatrolDepartment } from '@gridcase/domain';
import type { Grid } from '@gridcase/events';
import type { Page, QueryCall, QueryHandlerFor, QueryReply } from '@gridcase/platform';
import { AnswersQuery, LiveDirectory, answered } from '@gridcase/service';
import { pageInOrder, type PageParams } from '../page';
import { districtAsked, sees } from '../reach';

export interface ListGridsParams extends PageParams {
  district?: string; prefix?: string; parent?: string; kind?: string; tier?: number; worker?: string; class?: string;
  /** Only grids without an officer of one of the five departments. */
  gaps?: boolean;
}
/** `officerGaps`: departments of the five without an officer there; given where cases lie. */
export type ListedGrid = Grid & { officerGaps?: PatrolDepartment[] };

/** @rule X4 X10 Z8 YB2 */
@AnswersQuery('ListGrids')
@Injectable()
export class ListGridsQuery implements QueryHandlerFor<ListGridsParams, Page<ListedGrid>> {
  constructor(private readonly directory: LiveDirectory) {}

  async answer({ params, context }: QueryCall<ListGridsParams>): Promise<QueryReply<Page<ListedGrid>>> {
    const position = this.directory.position;
    const { prefix = '', parent, kind, tier, worker, gaps, class: gridClass } = params;
    const district = districtAsked(this.directory, params.district ?? (prefix.length >= 6 ? prefix : parent), context);
    const parents = parentsOf(district);
    const gapsOf = (grid: Grid): PatrolDepartment[] | undefined => (isUnitGrid(grid, parents) ? officerGapsOf(district, grid.code) : undefined);
    const found = [...district.grids.values()].filter((grid) => grid.code.startsWith(prefix) && sees(context.actor, grid.code)
      && (parent === undefined || grid.parent === parent) && (kind === undefined || grid.kind === kind) && (tier === undefined || grid.tier === tier)
      && (gridClass === undefined || grid.class === gridClass) && (worker === undefined || grid.workers.includes(worker)) && (!gaps || (gapsOf(grid)?.length ?? 0) > 0));
    return answered(pageInOrder(found, (grid) => grid.code, params, (grid) => ({ ...grid, ...(gapsOf(grid) && { officerGaps: gapsOf(grid) }) })), position);
  }
}
