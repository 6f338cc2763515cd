import { Injectable } from '@nestjs/common';
import { admitItems, itemListStream, type AdmitItems } from '@gridcase/domain';
import type { CommandCall, CommandHandlerFor, CommandReply } from '@gridcase/platform';
import { HandlesCommand } from '@gridcase/service';
import { RegistryDesk } from '../registry-desk';

/** @rule Z10 X6 X7 */
@HandlesCommand('AdmitItems')
@Injectable()
export class AdmitItemsHandler implements CommandHandlerFor<AdmitItems> {
  constructor(private readonly desk: RegistryDesk) {}

  execute(call: CommandCall<AdmitItems>): Promise<CommandReply> {
    return this.desk.execute(itemListStream(call.body.district), call, (state, env) => admitItems(call.body, state, env), ({ events }) => ({ admitted: events.length }));
  }
}
