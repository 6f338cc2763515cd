import { Injectable } from '@nestjs/common';
import type { CommandHandlerFor, CommandReply } from '@gridcase/platform';
import { CaseDesk, HandlesCommand, LiveDirectory, type CaseCall } from '@gridcase/service';
import { unitsKnown } from '../units-known';

/** @rule H4.2.2 H4.1.2 */
@HandlesCommand('PhoneUnit')
@Injectable()
export class PhoneUnitHandler implements CommandHandlerFor {
  constructor(private readonly desk: CaseDesk, private readonly directory: LiveDirectory) {}

  execute(call: CaseCall<'PhoneUnit'>): Promise<CommandReply> {
    return this.desk.execute('PhoneUnit', call, (state) => unitsKnown(this.directory.district(state.district), [call.body.unit]));
  }
}
