import { Injectable } from '@nestjs/common';
import { isUnitGrid, officerFor, officerGapsOf, parentsOf, patrolDepartments } from '@gridcase/domain';
import type { QueryCall, QueryHandlerFor, QueryReply } from '@gridcase/platform';
import { AnswersQuery, LiveDirectory, answered, refused } from '@gridcase/service';
import { districtAsked } from '../reach';

/** With its officers: the grid's own or those of the area above. @rule X4 X10 Z7 */
@AnswersQuery('GetGrid')
@Injectable()
export class GetGridQuery implements QueryHandlerFor<{ code: string }> {
  constructor(private readonly directory: LiveDirectory) {}

  async answer({ params: { code }, context }: QueryCall<{ code: string }>): Promise<QueryReply> {
    const position = this.directory.position;
    const district = districtAsked(this.directory, code, context);
    const grid = district.grids.get(code);
    if (!grid) return refused('NOT_FOUND', { what: `grid ${code}`, ...(district.recoded.has(code) && { now: district.recoded.get(code) }) });
    const departments = new Set<string>([...patrolDepartments, ...[...district.officers.values()].filter((officer) => officer.gridCode === code).map((officer) => officer.department)]);
    const officers = [...departments].flatMap((department) => {
      const officer = officerFor(district, code, department);
      return officer ? [{ department, unit: officer.unit, person: officer.person, assignedTo: officer.gridCode }] : [];
    });
    return answered({ ...grid, officers, ...(isUnitGrid(grid, parentsOf(district)) && { officerGaps: officerGapsOf(district, code) }) }, position);
  }
}
