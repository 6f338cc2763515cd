import { Injectable } from '@nestjs/common';
import type { StoredEvent } from '@gridcase/events';
import type { Reactor } from '@gridcase/projections';
import { CaseLink } from '../report-desk/case-link';

/** Completes a filing or a join that was cut off between the report's stream and the case's. @rule X11 H5.2 */
@Injectable()
export class CaseLinkReactor implements Reactor {
  readonly id = 'intake.case-link.v1';
  readonly categories = ['report'];

  constructor(private readonly link: CaseLink) {}

  async handle(event: StoredEvent): Promise<void> {
    const done = event.type === 'ReportFiled' ? await this.link.file(event) : event.type === 'ReportJoinedToCase' ? await this.link.join(event) : undefined;
    // A case that had closed is told to the operator by the reopened report.
    if (done && !done.ok && done.problem.code !== 'CASE_CLOSED' && done.problem.code !== 'NOT_FOUND') throw new Error(`${event.type} of ${event.stream} was not carried to its case: ${done.problem.code}`);
  }
}
