import { Inject, Injectable } from '@nestjs/common';
import type { CommandHandlerFor, CommandReply } from '@gridcase/platform';
import { CaseDesk, HandlesCommand, type CaseCall } from '@gridcase/service';

/** By the clock worker: yellow. @rule L4.6 */
@HandlesCommand('WarnClock')
@Injectable()
export class WarnClockHandler implements CommandHandlerFor {
  constructor(@Inject(CaseDesk) private readonly desk: CaseDesk) {}

  execute(call: CaseCall<'WarnClock'>): Promise<CommandReply> {
    return this.desk.execute('WarnClock', call);
  }
}
