import { Inject, Injectable } from '@nestjs/common';
import { caseDecider, caseStream, decideReport, isOpen, reportStream, type MaybeCase, type ReportCommands } from '@gridcase/domain';
import type { EventStore } from '@gridcase/event-store';
import { rejected, upcastEvent, type StoredEvent } from '@gridcase/events';
import type { CommandCall, CommandHandlerFor, CommandReply } from '@gridcase/platform';
import { EVENT_STORE, HandlesCommand, problemOf, refused } from '@gridcase/service';
import { CaseLink } from '../../report-desk/case-link';
import { ReportDesk } from '../../report-desk/report-desk';

export type JoinReportBody = Omit<ReportCommands['JoinReport'], 'item'> & { reportId: string };

/** @rule H5.2 */
@HandlesCommand('JoinReport')
@Injectable()
export class JoinReportHandler implements CommandHandlerFor<JoinReportBody> {
  constructor(private readonly desk: ReportDesk, private readonly link: CaseLink, @Inject(EVENT_STORE) private readonly store: EventStore) {}

  async execute(call: CommandCall<JoinReportBody>): Promise<CommandReply> {
    const { reportId, caseId, distanceMetres } = call.body;
    const target = (await this.store.readStream(caseStream(caseId))).reduce<MaybeCase>((state, event) => caseDecider.evolve(state, upcastEvent(event)), caseDecider.initialState());
    if (!target) return refused('NOT_FOUND', { what: 'case' });
    const outcome = await this.desk.executeRaw(reportId, call, (state, env) => {
      if (state && state.received.district !== target.district) return rejected('NOT_FOUND', { what: 'case' });
      // Asked only of a join that is new: the answer to a repeat does not change when the case closes.
      if (state?.status !== 'joined' && !isOpen(target)) return rejected('CASE_CLOSED', { phase: target.phase }, 'H5.2');
      return decideReport({ type: 'JoinReport', body: { caseId, item: target.item.code, ...(distanceMetres !== undefined && { distanceMetres }) } }, state, env);
    });
    if (!outcome.ok) return { ok: false, problem: problemOf(outcome.rejection) };
    const joined = outcome.events[0] ?? (await this.joinedBefore(reportId));
    const linked = await this.link.join(joined);
    if (!linked.ok) return linked;
    const count = linked.events.find((event) => event.type === 'ReportJoined')?.data.count;
    const position = linked.position > outcome.position ? linked.position : outcome.position;
    return { ok: true, id: reportId, stream: outcome.stream, revision: outcome.revision, position, repeated: outcome.repeated || outcome.events.length === 0, result: { caseId, ...(count !== undefined && { count }) } };
  }

  private async joinedBefore(reportId: string): Promise<StoredEvent> {
    return (await this.store.readStream(reportStream(reportId))).findLast((event) => event.type === 'ReportJoinedToCase')!;
  }
}
