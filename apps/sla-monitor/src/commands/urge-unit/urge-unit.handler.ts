import { Inject, Injectable } from '@nestjs/common';
import type { CommandHandlerFor, CommandReply } from '@gridcase/platform';
import { CaseDesk, HandlesCommand, type CaseCall } from '@gridcase/service';

/** 催办, by a person; the pack urges by itself on a breach. @rule L5.4 */
@HandlesCommand('UrgeUnit')
@Injectable()
export class UrgeUnitHandler implements CommandHandlerFor {
  constructor(@Inject(CaseDesk) private readonly desk: CaseDesk) {}

  execute(call: CaseCall<'UrgeUnit'>): Promise<CommandReply> {
    return this.desk.execute('UrgeUnit', call);
  }
}
