import { Inject, Injectable } from '@nestjs/common';
import { caseDecider, chinaDate, caseStream, decideCase, policyOn, policyVersion, workingTimeOf, type CaseCommands, type CaseCommandType, type CaseEnvironment, type CaseState, type MaybeCase } from '@gridcase/domain';
import { rejected, type Rejection } from '@gridcase/events';
import type { CommandContext, CommandOutcome } from '@gridcase/event-store';
import type { Clock, CommandCall, CommandReply } from '@gridcase/platform';
import { CLOCK } from './adapters';
import { Commands, type ExecuteOptions } from './commands';
import { LiveDirectory } from './live-directory';

export type CaseCall<K extends CaseCommandType> = CommandCall<CaseCommands[K] & { caseId: string }>;
/** A check the decider cannot make because it needs the directory (is the unit registered, is the signer its leader). */
export type Check = (state: CaseState) => Rejection | undefined;

/**
 * Where commands on cases are decided, in whichever service owns them: policy and calendar come from the live directory, the
 * decision from `decideCase`.
 */
@Injectable()
export class CaseDesk {
  constructor(private readonly commands: Commands, private readonly directory: LiveDirectory, @Inject(CLOCK) private readonly clock: Clock) {}

  execute<K extends CaseCommandType>(type: K, call: CaseCall<K>, check?: Check, options: ExecuteOptions = {}): Promise<CommandReply> {
    return this.commands.execute(caseStream(call.body.caseId), caseDecider, call, (state, context) => this.decide(type, call.body, state, context, check), options);
  }
  /** With its events. */
  executeRaw<K extends CaseCommandType>(type: K, call: CaseCall<K>, check?: Check, options: ExecuteOptions = {}): Promise<CommandOutcome> {
    return this.commands.executeRaw(caseStream(call.body.caseId), caseDecider, call, (state, context) => this.decide(type, call.body, state, context, check), options);
  }

  private decide<K extends CaseCommandType>(type: K, { caseId, ...rest }: CaseCommands[K] & { caseId: string }, state: MaybeCase, context: CommandContext, check?: Check) {
    const body = (type === 'FileCase' ? { caseId, ...rest } : rest) as unknown as CaseCommands[K];
    const env = this.environment(state ?? (type === 'FileCase' ? { district: (body as CaseCommands['FileCase']).district } : undefined), context);
    if (!env) return rejected('NOT_FOUND', { what: 'case' });
    if ('rejected' in env) return env;
    const refusal = state && check?.(state);
    return refusal ?? decideCase({ type, body } as never, state, env);
  }

  /** An open case keeps the pack it was filed under; a new one gets the one in force. Working time follows the latest calendar. */
  private environment(of: { district: string; policy?: { pack: string; version: number } } | undefined, { occurredAt: at, actor }: CommandContext): CaseEnvironment | Rejection | undefined {
    if (!of) return undefined;
    const district = this.directory.district(of.district);
    if (!district) return rejected('NOT_FOUND', { what: `district ${of.district}` });
    const now = this.clock.now();
    const pack = of.policy ? policyVersion(district, of.policy.pack, of.policy.version) : policyOn(district, chinaDate(at));
    if (!pack) return rejected('NO_POLICY_IN_FORCE', { district: of.district });
    return { at, now, actor, pack, workingTime: workingTimeOf(district, pack) };
  }
}
