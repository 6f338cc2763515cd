import { Injectable } from '@nestjs/common';
import type { ReportCommands } from '@gridcase/domain';
import type { CommandCall, CommandHandlerFor, CommandReply } from '@gridcase/platform';
import { HandlesCommand } from '@gridcase/service';
import { ReportDesk } from '../../report-desk/report-desk';

type Body = ReportCommands['RouteAsEmergency'] & { reportId: string };

/** @rule L4.3 */
@HandlesCommand('RouteAsEmergency')
@Injectable()
export class RouteAsEmergencyHandler implements CommandHandlerFor<Body> {
  constructor(private readonly desk: ReportDesk) {}

  execute(call: CommandCall<Body>): Promise<CommandReply> {
    const { to, reason } = call.body;
    return this.desk.execute(call, { type: 'RouteAsEmergency', body: { to, reason } });
  }
}
