import { Inject, Injectable } from '@nestjs/common';
import { addDays, covers } from '@gridcase/domain';
import { appendEventsMax, type Decider, type EventStore } from '@gridcase/event-store';
import type { DomainEvent } from '@gridcase/events';
import { uuidFrom, type Clock, type CommandCall, type CommandHandlerFor, type CommandReply } from '@gridcase/platform';
import { CLOCK, Commands, EVENT_STORE, HandlesCommand, ReadModels, refused } from '@gridcase/service';
import { QuotaDesk, type WorkerWeek } from '../../scoring/quota-desk';

export interface IssueQuotaWarningsBody { district: string; /** Any day of the week. */ week: string }

const decider: Decider<readonly string[]> = {
  initialState: () => [],
  evolve: (warned, event) => (event.type === 'QuotaWarningIssued' ? [...warned, event.data.worker] : warned),
};

/** Of inspectors H5.3 says only that two weeks without are one too many. */
const isWarned = ({ advice, role }: WorkerWeek): boolean => advice === 'replace' || (advice === 'warn' && role === 'grid-worker');

/** Once the week is over: each worker without a find is warned once, whoever asks how often. @rule H5.3 */
@HandlesCommand('IssueQuotaWarnings')
@Injectable()
export class IssueQuotaWarningsHandler implements CommandHandlerFor<IssueQuotaWarningsBody> {
  constructor(
    @Inject(Commands) private readonly commands: Commands, @Inject(QuotaDesk) private readonly desk: QuotaDesk, @Inject(ReadModels) private readonly readModels: ReadModels,
    @Inject(EVENT_STORE) private readonly store: EventStore, @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute(call: CommandCall<IssueQuotaWarningsBody>): Promise<CommandReply> {
    const { district, week: day } = call.body;
    const { actor } = call.context;
    if (actor.role !== 'system' && !covers(actor.jurisdiction, district)) return refused('OUTSIDE_JURISDICTION');
    await this.readModels.waitFor(await this.store.head());
    const { week, rule, workingTime, workers } = await this.desk.week(district, day);
    if (addDays(week, 6) >= workingTime.localDate(this.clock.now())) return refused('WEEK_NOT_OVER', { week }, 'H5.3');
    const warnings = workers.filter(isWarned).map(({ worker, found, required, weeksWithout, advice }): DomainEvent<string, { worker: string }> =>
      ({ type: 'QuotaWarningIssued', data: { district, worker, week, found, required, weeksWithout, advice, rule } as { worker: string } }));
    const stream = `assessment-${district}-quota-${week}`;
    // One append holds only so many events.
    let reply: CommandReply | undefined;
    for (let part = 0; part === 0 || part * appendEventsMax < warnings.length; part++) {
      const these = warnings.slice(part * appendEventsMax, (part + 1) * appendEventsMax);
      reply = await this.commands.execute(stream, decider, call, (warned) => these.filter(({ data }) => !warned.includes(data.worker)), {
        ...(part > 0 && { commandId: uuidFrom('gridcase.quota', call.context.commandId, String(part)) }), result: () => ({ week, warned: warnings.length }),
      });
      if (!reply.ok) return reply;
    }
    return reply!;
  }
}
