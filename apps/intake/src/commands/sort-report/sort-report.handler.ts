import { Injectable } from '@nestjs/common';
import type { ReportCommands } from '@gridcase/domain';
import type { CommandCall, CommandHandlerFor, CommandReply } from '@gridcase/platform';
import { HandlesCommand } from '@gridcase/service';
import { ReportDesk } from '../../report-desk/report-desk';

type Body = ReportCommands['SortReport'] & { reportId: string };

/** @rule H4.1.1 */
@HandlesCommand('SortReport')
@Injectable()
export class SortReportHandler implements CommandHandlerFor<Body> {
  constructor(private readonly desk: ReportDesk) {}

  execute(call: CommandCall<Body>): Promise<CommandReply> {
    const { itemCode, grade, importance, urgency, belonging, gridCode } = call.body;
    return this.desk.execute(call, { type: 'SortReport', body: { itemCode, grade, importance, urgency, belonging, gridCode } });
  }
}
