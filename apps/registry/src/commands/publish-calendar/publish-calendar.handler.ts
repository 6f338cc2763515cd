import { Injectable } from '@nestjs/common';
import { publishCalendar, calendarStream, type PublishCalendar } from '@gridcase/domain';
import type { CommandCall, CommandHandlerFor, CommandReply } from '@gridcase/platform';
import { HandlesCommand } from '@gridcase/service';
import { RegistryDesk } from '../registry-desk';

/** @rule N2 */
@HandlesCommand('PublishCalendar')
@Injectable()
export class PublishCalendarHandler implements CommandHandlerFor<PublishCalendar> {
  constructor(private readonly desk: RegistryDesk) {}

  execute(call: CommandCall<PublishCalendar>): Promise<CommandReply> {
    return this.desk.execute(calendarStream(call.body.district), call, (state, env) => publishCalendar(call.body, state, env), ({ events }) => (events[0] ? { version: events[0].data.version } : {}));
  }
}
