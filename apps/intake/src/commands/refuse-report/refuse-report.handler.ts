import { Injectable } from '@nestjs/common';
import type { ReportCommands } from '@gridcase/domain';
import type { CommandCall, CommandHandlerFor, CommandReply } from '@gridcase/platform';
import { HandlesCommand } from '@gridcase/service';
import { ReportDesk } from '../../report-desk/report-desk';

type Body = ReportCommands['RefuseReport'] & { reportId: string };

/** @rule X11 */
@HandlesCommand('RefuseReport')
@Injectable()
export class RefuseReportHandler implements CommandHandlerFor<Body> {
  constructor(private readonly desk: ReportDesk) {}

  execute(call: CommandCall<Body>): Promise<CommandReply> {
    const { reasonCode, reason } = call.body;
    return this.desk.execute(call, { type: 'RefuseReport', body: { reasonCode, reason } });
  }
}
