import { Injectable } from '@nestjs/common';
import { districtOf, gridTreeStream, assignOfficer, type AssignOfficer } from '@gridcase/domain';
import type { CommandCall, CommandHandlerFor, CommandReply } from '@gridcase/platform';
import { HandlesCommand } from '@gridcase/service';
import { RegistryDesk } from '../registry-desk';

/** @rule X4 */
@HandlesCommand('AssignOfficer')
@Injectable()
export class AssignOfficerHandler implements CommandHandlerFor<AssignOfficer> {
  constructor(private readonly desk: RegistryDesk) {}

  execute(call: CommandCall<AssignOfficer>): Promise<CommandReply> {
    const district = districtOf(call.body.gridCode);
    return this.desk.executeOnGrids(gridTreeStream(district), district, call, (state, env) => assignOfficer(call.body, state, env));
  }
}
