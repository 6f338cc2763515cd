import { Injectable } from '@nestjs/common';
import type { CommandHandlerFor, CommandReply } from '@gridcase/platform';
import { CaseDesk, HandlesCommand, LiveDirectory, type CaseCall } from '@gridcase/service';
import { unitsKnown } from '../units-known';

/** @rule X4 X12 X14 L4.3 */
@HandlesCommand('DispatchCase')
@Injectable()
export class DispatchCaseHandler implements CommandHandlerFor {
  constructor(private readonly desk: CaseDesk, private readonly directory: LiveDirectory) {}

  execute(call: CaseCall<'DispatchCase'>): Promise<CommandReply> {
    return this.desk.execute('DispatchCase', call, (state) => unitsKnown(this.directory.district(state.district), [call.body.lead, ...(call.body.coHandlers ?? [])]));
  }
}
