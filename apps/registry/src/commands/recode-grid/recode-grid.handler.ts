import { Injectable } from '@nestjs/common';
import { districtOf, gridTreeStream, recodeGrid, type RecodeGrid } from '@gridcase/domain';
import type { CommandCall, CommandHandlerFor, CommandReply } from '@gridcase/platform';
import { HandlesCommand } from '@gridcase/service';
import { RegistryDesk } from '../registry-desk';

/** @rule X10 Z7 */
@HandlesCommand('RecodeGrid')
@Injectable()
export class RecodeGridHandler implements CommandHandlerFor<RecodeGrid> {
  constructor(private readonly desk: RegistryDesk) {}

  execute(call: CommandCall<RecodeGrid>): Promise<CommandReply> {
    const district = districtOf(call.body.code);
    return this.desk.executeOnGrids(gridTreeStream(district), district, call, (state, env) => recodeGrid(call.body, state, env));
  }
}
