import { Injectable, Inject } from '@nestjs/common';
import { decideReport, reportStream, type ReportCommands } from '@gridcase/domain';
import type { EventStore } from '@gridcase/event-store';
import type { StoredEvent } from '@gridcase/events';
import { uuidFrom, type CommandCall, type CommandHandlerFor, type CommandReply } from '@gridcase/platform';
import { EVENT_STORE, HandlesCommand, problemOf } from '@gridcase/service';
import { CaseLink } from '../../report-desk/case-link';
import { ReportDesk } from '../../report-desk/report-desk';

export type FileReportBody = Omit<ReportCommands['FileReport'], 'caseId'> & { reportId: string };

/** The report says that it is filed, then the case begins; what is cut off between is completed by `CaseLinkReactor`. @rule X11 */
@HandlesCommand('FileReport')
@Injectable()
export class FileReportHandler implements CommandHandlerFor<FileReportBody> {
  constructor(private readonly desk: ReportDesk, private readonly link: CaseLink, @Inject(EVENT_STORE) private readonly store: EventStore) {}

  async execute(call: CommandCall<FileReportBody>): Promise<CommandReply> {
    const { reportId, level, centre } = call.body;
    const caseId = uuidFrom('gridcase.case', reportId);
    const outcome = await this.desk.executeRaw(reportId, call, (state, env) => decideReport({ type: 'FileReport', body: { caseId, level, centre } }, state, env));
    if (!outcome.ok) return { ok: false, problem: problemOf(outcome.rejection) };
    const filed = outcome.events[0] ?? (await this.filedBefore(reportId));
    const linked = await this.link.file(filed);
    if (!linked.ok) return linked;
    const position = linked.position > outcome.position ? linked.position : outcome.position;
    return { ok: true, id: reportId, stream: outcome.stream, revision: outcome.revision, position, repeated: outcome.repeated || outcome.events.length === 0, result: { caseId, number: filed.data.number } };
  }

  /** Filed under another command. */
  private async filedBefore(reportId: string): Promise<StoredEvent> {
    return (await this.store.readStream(reportStream(reportId))).findLast((event) => event.type === 'ReportFiled')!;
  }
}
