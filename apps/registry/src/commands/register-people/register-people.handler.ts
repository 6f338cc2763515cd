import { Injectable } from '@nestjs/common';
import { registerPeople, staffStream, type RegisterPeople } from '@gridcase/domain';
import type { CommandCall, CommandHandlerFor, CommandReply } from '@gridcase/platform';
import { HandlesCommand } from '@gridcase/service';
import { RegistryDesk } from '../registry-desk';

/** @rule H3 Z12 */
@HandlesCommand('RegisterPeople')
@Injectable()
export class RegisterPeopleHandler implements CommandHandlerFor<RegisterPeople> {
  constructor(private readonly desk: RegistryDesk) {}

  execute(call: CommandCall<RegisterPeople>): Promise<CommandReply> {
    return this.desk.execute(staffStream(call.body.district), call, (state, env) => registerPeople(call.body, state, env), ({ events }) => ({ registered: events.length }));
  }
}
