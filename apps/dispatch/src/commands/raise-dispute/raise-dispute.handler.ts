import { Injectable } from '@nestjs/common';
import type { CommandHandlerFor, CommandReply } from '@gridcase/platform';
import { CaseDesk, HandlesCommand, LiveDirectory, type CaseCall } from '@gridcase/service';
import { unitsKnown } from '../units-known';

/** @rule X15 */
@HandlesCommand('RaiseDispute')
@Injectable()
export class RaiseDisputeHandler implements CommandHandlerFor {
  constructor(private readonly desk: CaseDesk, private readonly directory: LiveDirectory) {}

  execute(call: CaseCall<'RaiseDispute'>): Promise<CommandReply> {
    return this.desk.execute('RaiseDispute', call, (state) => unitsKnown(this.directory.district(state.district), call.body.units));
  }
}
