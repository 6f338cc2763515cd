import { Injectable } from '@nestjs/common';
import { districtOf, gridTreeStream, replaceGridWorker, type ReplaceGridWorker } from '@gridcase/domain';
import type { CommandCall, CommandHandlerFor, CommandReply } from '@gridcase/platform';
import { HandlesCommand } from '@gridcase/service';
import { RegistryDesk } from '../registry-desk';

/** @rule H3 Z12 */
@HandlesCommand('ReplaceGridWorker')
@Injectable()
export class ReplaceGridWorkerHandler implements CommandHandlerFor<ReplaceGridWorker> {
  constructor(private readonly desk: RegistryDesk) {}

  execute(call: CommandCall<ReplaceGridWorker>): Promise<CommandReply> {
    const district = districtOf(call.body.gridCode);
    return this.desk.executeOnGrids(gridTreeStream(district), district, call, (state, env) => replaceGridWorker(call.body, state, env));
  }
}
