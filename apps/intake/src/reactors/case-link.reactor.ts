import { Inject, Injectable } from '@nestjs/common';
import { caseStream } from '@gridcase/domain';
import type { EventStore } from '@gridcase/event-store';
import type { StoredEvent } from '@gridcase/events';
import type { Reactor } from '@gridcase/projections';
import { EVENT_STORE } from '@gridcase/service';
import { CaseLink } from '../report-desk/case-link';

/** Completes a filing or a join that was cut off between the report's stream and the case's. @rule X11 H5.2 */
@Injectable()
export class CaseLinkReactor implements Reactor {
  readonly id = 'intake.case-link.v1';
  readonly categories = ['report'];

  constructor(private readonly link: CaseLink, @Inject(EVENT_STORE) private readonly store: EventStore) {}

  async handle(event: StoredEvent): Promise<void> {
    // Nearly always the handler was there first.
    if (event.type === 'ReportFiled' && (await this.store.readStream(caseStream(event.data.caseId), { limit: 1 })).length > 0) return;
    const done = event.type === 'ReportFiled' ? await this.link.file(event) : event.type === 'ReportJoinedToCase' ? await this.link.join(event) : undefined;
    // A case that had closed is told to the operator by the reopened report.
    if (done && !done.ok && done.problem.code !== 'CASE_CLOSED' && done.problem.code !== 'NOT_FOUND') throw new Error(`${event.type} of ${event.stream} was not carried to its case: ${done.problem.code}`);
  }
}
