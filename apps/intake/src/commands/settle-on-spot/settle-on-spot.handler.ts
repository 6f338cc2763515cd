import { Injectable } from '@nestjs/common';
import { decideReport, districtOf, settleFind, type ReportCommands } from '@gridcase/domain';
import { uuidFrom, type CommandCall, type CommandHandlerFor, type CommandReply } from '@gridcase/platform';
import { HandlesCommand, problemOf } from '@gridcase/service';
import { ReportDesk } from '../../report-desk/report-desk';

/** Without `reportId`: a find settled at once, received and settled in one. */
export type SettleOnSpotBody = ReportCommands['SettleOnSpot'] & { reportId?: string; address?: string };
/** Where the packs list what workers send from patrol. */
const HANDHELD = 'handheld';

/** @rule X2 X11 L4.4 */
@HandlesCommand('SettleOnSpot')
@Injectable()
export class SettleOnSpotHandler implements CommandHandlerFor<SettleOnSpotBody> {
  constructor(private readonly desk: ReportDesk) {}

  async execute(call: CommandCall<SettleOnSpotBody>): Promise<CommandReply> {
    const { itemCode, note, evidence, gridCode, address = '' } = call.body;
    const settling = { itemCode, note, evidence, gridCode };
    if (call.body.reportId !== undefined) return this.desk.execute({ ...call, body: { reportId: call.body.reportId } }, { type: 'SettleOnSpot', body: settling });
    const reportId = uuidFrom('gridcase.report', call.context.commandId);
    const district = districtOf(gridCode ?? call.context.actor.jurisdiction);
    const at = evidence.find(({ longitude, latitude }) => longitude !== undefined && latitude !== undefined);
    const receipt: ReportCommands['ReceiveReport'] = { reportId, district, channel: HANDHELD, place: { address, ...(gridCode !== undefined && { gridCode }), ...(at && { longitude: at.longitude, latitude: at.latitude }) }, description: note, itemCode, evidence };
    const outcome = await this.desk.executeRaw(reportId, call, (state, env) => (state ? decideReport({ type: 'SettleOnSpot', body: settling }, state, env) : settleFind(receipt, settling, state, env)), district);
    return outcome.ok
      ? { ok: true, id: reportId, stream: outcome.stream, revision: outcome.revision, position: outcome.position, repeated: outcome.repeated, result: { reportId } }
      : { ok: false, problem: problemOf(outcome.rejection) };
  }
}
