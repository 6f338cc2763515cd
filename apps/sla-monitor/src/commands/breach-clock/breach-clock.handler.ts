import { Inject, Injectable } from '@nestjs/common';
import type { CommandHandlerFor, CommandReply } from '@gridcase/platform';
import { CaseDesk, HandlesCommand, type CaseCall } from '@gridcase/service';

/** By the clock worker: red, and what the pack lets follow. @rule X17 L5.4 H4.2.5 */
@HandlesCommand('BreachClock')
@Injectable()
export class BreachClockHandler implements CommandHandlerFor {
  constructor(@Inject(CaseDesk) private readonly desk: CaseDesk) {}

  execute(call: CaseCall<'BreachClock'>): Promise<CommandReply> {
    return this.desk.execute('BreachClock', call);
  }
}
