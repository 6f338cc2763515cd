import { Injectable } from '@nestjs/common';
import { withdrawItem, itemListStream, type WithdrawItem } from '@gridcase/domain';
import type { CommandCall, CommandHandlerFor, CommandReply } from '@gridcase/platform';
import { HandlesCommand } from '@gridcase/service';
import { RegistryDesk } from '../registry-desk';

/** @rule Z10 X7 */
@HandlesCommand('WithdrawItem')
@Injectable()
export class WithdrawItemHandler implements CommandHandlerFor<WithdrawItem> {
  constructor(private readonly desk: RegistryDesk) {}

  execute(call: CommandCall<WithdrawItem>): Promise<CommandReply> {
    return this.desk.execute(itemListStream(call.body.district), call, (state, env) => withdrawItem(call.body, state, env));
  }
}
