import { Injectable } from '@nestjs/common';
import { registerUnits, staffStream, type RegisterUnits } from '@gridcase/domain';
import type { CommandCall, CommandHandlerFor, CommandReply } from '@gridcase/platform';
import { HandlesCommand } from '@gridcase/service';
import { RegistryDesk } from '../registry-desk';

/** @rule X4 X7 */
@HandlesCommand('RegisterUnits')
@Injectable()
export class RegisterUnitsHandler implements CommandHandlerFor<RegisterUnits> {
  constructor(private readonly desk: RegistryDesk) {}

  execute(call: CommandCall<RegisterUnits>): Promise<CommandReply> {
    return this.desk.execute(staffStream(call.body.district), call, (state, env) => registerUnits(call.body, state, env), ({ events }) => ({ registered: events.length }));
  }
}
