import { Injectable } from '@nestjs/common';
import { districtOf, gridTreeStream, adjustGrid, type AdjustGrid } from '@gridcase/domain';
import type { CommandCall, CommandHandlerFor, CommandReply } from '@gridcase/platform';
import { HandlesCommand } from '@gridcase/service';
import { RegistryDesk } from '../registry-desk';

/** @rule X10 Z7 Z8 */
@HandlesCommand('AdjustGrid')
@Injectable()
export class AdjustGridHandler implements CommandHandlerFor<AdjustGrid> {
  constructor(private readonly desk: RegistryDesk) {}

  execute(call: CommandCall<AdjustGrid>): Promise<CommandReply> {
    const district = districtOf(call.body.code);
    return this.desk.executeOnGrids(gridTreeStream(district), district, call, (state, env) => adjustGrid(call.body, state, env));
  }
}
