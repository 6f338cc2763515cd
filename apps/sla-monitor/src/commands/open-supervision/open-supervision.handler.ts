import { Inject, Injectable } from '@nestjs/common';
import type { CommandHandlerFor, CommandReply } from '@gridcase/platform';
import { CaseDesk, HandlesCommand, type CaseCall } from '@gridcase/service';

/** 督办, by the supervision office or the director of the centre. @rule X17 H4.2.5 L5.4 */
@HandlesCommand('OpenSupervision')
@Injectable()
export class OpenSupervisionHandler implements CommandHandlerFor {
  constructor(@Inject(CaseDesk) private readonly desk: CaseDesk) {}

  execute(call: CaseCall<'OpenSupervision'>): Promise<CommandReply> {
    return this.desk.execute('OpenSupervision', call);
  }
}
