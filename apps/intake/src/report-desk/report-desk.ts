import { Injectable } from '@nestjs/common';
import { chinaDate, decideReport, initialReport, evolveReport, policyOn, reportDecider, reportStream, workingTimeOf, type MaybeReport, type ReportCommand, type ReportDecision, type ReportEnvironment, type ReportState } from '@gridcase/domain';
import { rejected, upcastEvent, type Rejection, type StoredEvent } from '@gridcase/events';
import type { CommandContext, CommandOutcome } from '@gridcase/event-store';
import type { CommandCall, CommandReply } from '@gridcase/platform';
import { Commands, LiveDirectory, type ExecuteOptions } from '@gridcase/service';

type DecideReport = (state: MaybeReport, env: ReportEnvironment) => ReportDecision;

/** Where commands on reports are decided: policy in force and calendar come from the live directory. */
@Injectable()
export class ReportDesk {
  constructor(private readonly commands: Commands, private readonly directory: LiveDirectory) {}

  execute(call: CommandCall<{ reportId: string }>, command: ReportCommand, options?: ExecuteOptions): Promise<CommandReply> {
    return this.commands.execute(reportStream(call.body.reportId), reportDecider, call, (state, context) => this.decide(state, context, undefined, (of, env) => decideReport(command, of, env)), options);
  }
  /** With its events. `district`: of a report that is not there yet, and most likely is new. */
  executeRaw(reportId: string, call: CommandCall, decide: DecideReport, district?: string): Promise<CommandOutcome> {
    return this.commands.executeRaw(reportStream(reportId), reportDecider, call, (state, context) => this.decide(state, context, district, decide), { assumeNew: district !== undefined });
  }

  /** What would be decided on a report that is not there yet; nothing is recorded. */
  foresee(call: CommandCall, district: string, decide: DecideReport): ReportDecision {
    return this.decide(undefined, this.commands.contextOf(call), district, decide);
  }

  private decide(state: MaybeReport, context: CommandContext, district: string | undefined, decide: DecideReport): ReportDecision {
    if (!state && district === undefined) return rejected('NOT_FOUND', { what: 'report' });
    const env = this.environment(state?.received.district ?? district!, context);
    return 'rejected' in env ? env : decide(state, env);
  }

  private environment(code: string, { occurredAt: at, actor }: CommandContext): ReportEnvironment | Rejection {
    const district = this.directory.district(code);
    if (!district) return rejected('DISTRICT_UNKNOWN', { district: code }, 'X10');
    const pack = policyOn(district, chinaDate(at));
    if (!pack) return rejected('NO_POLICY', { district: code, date: chinaDate(at) }, 'X7');
    return { at, actor, district, pack, workingTime: workingTimeOf(district, pack) };
  }
}

/** A report as its stream tells it. @throws when there is none. */
export function foldReport(events: readonly StoredEvent[]): ReportState {
  const state = events.reduce<MaybeReport>((folded, event) => evolveReport(folded, upcastEvent(event)), initialReport());
  if (!state) throw new Error('a report without events');
  return state;
}
