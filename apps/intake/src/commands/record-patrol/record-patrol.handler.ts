import { Injectable } from '@nestjs/common';
import { chinaDate, districtOf, patrolDecider, patrolStream, policyOn, recordPatrol, workingTimeOf, type RecordPatrol } from '@gridcase/domain';
import { uuidFrom, type CommandCall, type CommandHandlerFor, type CommandReply } from '@gridcase/platform';
import { Commands, HandlesCommand, LiveDirectory, refused } from '@gridcase/service';

export type RecordPatrolBody = Omit<RecordPatrol, 'patrolId' | 'district'>;

/** @rule X11 YD3.3 */
@HandlesCommand('RecordPatrol')
@Injectable()
export class RecordPatrolHandler implements CommandHandlerFor<RecordPatrolBody> {
  constructor(private readonly commands: Commands, private readonly directory: LiveDirectory) {}

  async execute(call: CommandCall<RecordPatrolBody>): Promise<CommandReply> {
    const { gridCode, startedAt, endedAt, checks, track } = call.body;
    const code = districtOf(gridCode);
    const district = this.directory.district(code);
    if (!district) return refused('DISTRICT_UNKNOWN', { district: code }, 'X10');
    const { actor, occurredAt } = this.commands.contextOf(call);
    const pack = policyOn(district, chinaDate(occurredAt));
    if (!pack) return refused('NO_POLICY', { district: code, date: chinaDate(occurredAt) }, 'X7');
    const workingTime = workingTimeOf(district, pack);
    const patrolId = uuidFrom('gridcase.patrol', call.context.commandId);
    return this.commands.execute(patrolStream(actor.person, workingTime.localDate(startedAt)), patrolDecider, call,
      (state, { occurredAt: at }) => recordPatrol({ patrolId, district: code, gridCode, startedAt, endedAt, checks, track }, state, { at, actor, district, workingTime }),
      { result: ({ events }) => ({ patrolId, ...(events[0] && { minutes: events[0].data.minutes }) }) });
  }
}
