import { Injectable, type Type } from '@nestjs/common';
import type { CaseCommandType } from '@gridcase/domain';
import type { CommandHandlerFor, CommandReply } from '@gridcase/platform';
import { CaseDesk, HandlesCommand, type CaseCall } from '@gridcase/service';

/** A handler for a command that needs nothing but the case itself: `decideCase` says it all. */
export function caseCommand<K extends CaseCommandType>(type: K): Type<CommandHandlerFor> {
  @HandlesCommand(type as never)
  @Injectable()
  class CaseCommandHandler implements CommandHandlerFor {
    constructor(readonly desk: CaseDesk) {}
    execute(call: CaseCall<K>): Promise<CommandReply> { return this.desk.execute(type, call); }
  }
  Reflect.defineMetadata('design:paramtypes', [CaseDesk], CaseCommandHandler);
  Object.defineProperty(CaseCommandHandler, 'name', { value: `${type}Handler` });
  return CaseCommandHandler;
}
