import { Inject, Injectable } from '@nestjs/common';
import { workingTimeOf, type ScoreSubject } from '@gridcase/domain';
import type { Decider, EventStore } from '@gridcase/event-store';
import type { DomainEvent } from '@gridcase/events';
import type { Clock, CommandCall, CommandHandlerFor, CommandReply } from '@gridcase/platform';
import { CLOCK, Commands, EVENT_STORE, HandlesCommand, ReadModels, refused } from '@gridcase/service';
import { ScoreDesk } from '../../scoring/score-desk';

export interface IssueScorecardBody { district: string; kind: ScoreSubject['kind']; id: string; from: string; to: string }

/** Period → the last card issued for it, as text. */
type Issued = Record<string, string>;
const keyOf = ({ from, to }: { from: string; to: string }): string => `${from}/${to}`;
const decider: Decider<Issued> = {
  initialState: () => ({}),
  evolve: (issued, event) => (event.type === 'ScorecardIssued' ? { ...issued, [keyOf(event.data.period)]: essence(event.data) } : issued),
};
const essence = ({ base, total, lines }: { base: number; total: number; lines: { code: string; points: number; facts: { eventId: string }[] }[] }): string =>
  JSON.stringify([base, total, lines.map(({ code, points, facts }) => [code, points, facts.map(({ eventId }) => eventId)])]);

/**
 * Puts a period's card on record. Again with the same facts gives nothing new; facts that came later give a new card beside the
 * old one.
 * @rule X19 H5.1
 */
@HandlesCommand('IssueScorecard')
@Injectable()
export class IssueScorecardHandler implements CommandHandlerFor<IssueScorecardBody> {
  constructor(
    @Inject(Commands) private readonly commands: Commands, @Inject(ScoreDesk) private readonly desk: ScoreDesk, @Inject(ReadModels) private readonly readModels: ReadModels,
    @Inject(EVENT_STORE) private readonly store: EventStore, @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute(call: CommandCall<IssueScorecardBody>): Promise<CommandReply> {
    const { district, kind, id, from, to } = call.body;
    const { actor } = call.context;
    // The card rests on everything recorded so far.
    await this.readModels.waitFor(await this.store.head());
    this.desk.mustSee(actor, district, { kind, id });
    const { district: registered, pack } = this.desk.frame(district, { from, to });
    if (to >= workingTimeOf(registered, pack).localDate(this.clock.now())) return refused('PERIOD_NOT_OVER', { to }, 'H5.1');
    const { subject, period, policy, base, total, lines } = await this.desk.card(district, { kind, id }, { from, to });
    const event: DomainEvent = { type: 'ScorecardIssued', data: { district, subject, period, policy, base, total, lines } };
    return this.commands.execute(`assessment-${district}-${kind}-${id}`, decider, call, (issued) => (issued[keyOf(period)] === essence({ base, total, lines }) ? [] : [event]), {
      result: ({ events }) => ({ total: events[0]?.data.total ?? total }),
    });
  }
}
