import { Injectable } from '@nestjs/common';
import type { ReportCommands } from '@gridcase/domain';
import type { CommandCall, CommandHandlerFor, CommandReply } from '@gridcase/platform';
import { HandlesCommand } from '@gridcase/service';
import { ReportDesk } from '../../report-desk/report-desk';

type Body = ReportCommands['TransferReport'] & { reportId: string };

/** @rule L4.3 X8 */
@HandlesCommand('TransferReport')
@Injectable()
export class TransferReportHandler implements CommandHandlerFor<Body> {
  constructor(private readonly desk: ReportDesk) {}

  execute(call: CommandCall<Body>): Promise<CommandReply> {
    const { to, reason } = call.body;
    return this.desk.execute(call, { type: 'TransferReport', body: { to, reason } });
  }
}
