import { Injectable } from '@nestjs/common';
import type { CommandHandlerFor, CommandReply } from '@gridcase/platform';
import { CaseDesk, HandlesCommand, LiveDirectory, type CaseCall } from '@gridcase/service';
import { unitsKnown } from '../units-known';

/** @rule X15 */
@HandlesCommand('DesignateUnit')
@Injectable()
export class DesignateUnitHandler implements CommandHandlerFor {
  constructor(private readonly desk: CaseDesk, private readonly directory: LiveDirectory) {}

  execute(call: CaseCall<'DesignateUnit'>): Promise<CommandReply> {
    return this.desk.execute('DesignateUnit', call, (state) => unitsKnown(this.directory.district(state.district), [call.body.unit, ...(call.body.coHandlers ?? [])]));
  }
}
