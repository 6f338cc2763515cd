import { Injectable } from '@nestjs/common';
import type { CaseState } from '@gridcase/domain';
import { rejected, type Rejection } from '@gridcase/events';
import type { CommandHandlerFor, CommandReply } from '@gridcase/platform';
import { CaseDesk, HandlesCommand, LiveDirectory, type CaseCall } from '@gridcase/service';

/** @rule H4.2.6 X13 X14 — who signs must be on the register as a leader of the unit. */
@HandlesCommand('SubmitResult')
@Injectable()
export class SubmitResultHandler implements CommandHandlerFor {
  constructor(private readonly desk: CaseDesk, private readonly directory: LiveDirectory) {}

  execute(call: CaseCall<'SubmitResult'>): Promise<CommandReply> {
    const signer = call.body.signedBy ?? (call.context.actor.role === 'unit-leader' ? call.context.actor.person : undefined);
    return this.desk.execute('SubmitResult', call, (state) => (signer === undefined || call.context.actor.unit !== state.lead ? undefined : this.signerIsLeader(state, signer)));
  }

  private signerIsLeader({ district, lead }: CaseState, signer: string): Rejection | undefined {
    const person = this.directory.district(district)?.people.get(signer);
    return person && person.unit === lead && person.roles.includes('unit-leader') ? undefined : rejected('SIGNER_NOT_LEADER', { person: signer, unit: lead }, 'H4.2.6');
  }
}
