import { Injectable } from '@nestjs/common';
import { decideReport, districtOf, type EvidenceRef, type Place, type ReportCommands } from '@gridcase/domain';
import { isRejection } from '@gridcase/events';
import { uuidFrom, type CommandCall, type CommandHandlerFor, type CommandReply } from '@gridcase/platform';
import { HandlesCommand, problemOf } from '@gridcase/service';
import { PersonVault, type Reporter, type SealedReporter } from '../../person-vault/person-vault';
import { ReportDesk } from '../../report-desk/report-desk';

export interface ReceiveReportBody {
  district?: string; channel: string; place: Place; description: string; itemCode?: string; evidence?: EvidenceRef[]; reportedAt?: string; reporter?: Reporter;
  /** The channel's own id: a repeated delivery is the same report. */
  channelId?: string;
}
type Receipt = ReportCommands['ReceiveReport'];
const SEALED_LATER: Receipt['reporter'] = { personId: 'p', sealed: '' };

/** @rule X2 X11 L3.1 H4 H4.2.1 */
@HandlesCommand('ReceiveReport')
@Injectable()
export class ReceiveReportHandler implements CommandHandlerFor<ReceiveReportBody> {
  constructor(private readonly desk: ReportDesk, private readonly vault: PersonVault) {}

  async execute(call: CommandCall<ReceiveReportBody>): Promise<CommandReply> {
    const { reporter, ...body } = call.body;
    const district = body.district ?? districtOf(body.place.gridCode ?? call.context.actor.jurisdiction);
    const reportId = body.channelId === undefined ? uuidFrom('gridcase.report', call.context.commandId) : uuidFrom('gridcase.report', district, body.channel, body.channelId);
    const receipt: Receipt = { ...body, reportId, district, evidence: body.evidence ?? [] };
    // Only of a person: nothing else in a report is personal.
    const { sealed, context } = reporter ? await this.seal(reporter, call, receipt) : { sealed: undefined, context: call.context };
    const outcome = await this.desk.executeRaw(reportId, { ...call, context }, (state, env) => decideReport({ type: 'ReceiveReport', body: { ...receipt, ...(sealed && { reporter: sealed }) } }, state, env), district);
    if (!outcome.ok) return { ok: false, problem: problemOf(outcome.rejection) };
    const data = outcome.events[0]?.data;
    return {
      ok: true, id: reportId, stream: outcome.stream, revision: outcome.revision, position: outcome.position,
      // The channel's second delivery comes under another command id and writes nothing.
      repeated: outcome.repeated || outcome.events.length === 0,
      result: { reportId, ...(data?.place.gridCode !== undefined && { gridCode: data.place.gridCode, gridFrom: data.gridFrom }) },
    };
  }

  /** No key is made for a person whose report is refused (N3: only what the purpose needs); the digest of a body with personal data is blinded. */
  private async seal(reporter: Reporter, call: CommandCall, receipt: Receipt): Promise<{ sealed?: SealedReporter; context: CommandCall['context'] }> {
    const foreseen = this.desk.foresee(call, receipt.district, (_none, env) => decideReport({ type: 'ReceiveReport', body: { ...receipt, reporter: SEALED_LATER } }, undefined, env));
    const sealed = isRejection(foreseen) ? undefined : await this.vault.seal(reporter);
    return { sealed, context: { ...call.context, digest: await this.vault.blind(call.context.digest) } };
  }
}
