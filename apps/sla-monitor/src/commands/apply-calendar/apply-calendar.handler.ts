import { Inject, Injectable } from '@nestjs/common';
import type { CommandHandlerFor, CommandReply } from '@gridcase/platform';
import { CaseDesk, HandlesCommand, type CaseCall } from '@gridcase/service';

/** By the reactor on a published calendar. @rule N2 */
@HandlesCommand('ApplyCalendar')
@Injectable()
export class ApplyCalendarHandler implements CommandHandlerFor {
  constructor(@Inject(CaseDesk) private readonly desk: CaseDesk) {}

  execute(call: CaseCall<'ApplyCalendar'>): Promise<CommandReply> {
    return this.desk.execute('ApplyCalendar', call);
  }
}
