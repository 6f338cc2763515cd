import { Inject, Injectable } from '@nestjs/common';
import { covers, evolveClock, isOverdue, lightOf, policyVersion, reading, timeline, workingTimeOf, type ClockState, type Light, type TimelineEntry } from '@gridcase/domain';
import { instantToMs, type Clock, type QueryCall, type QueryHandlerFor, type QueryReply } from '@gridcase/platform';
import { AnswersQuery, CLOCK, LiveDirectory, ReadModels, answered, refused } from '@gridcase/service';
import { caseClocksView, type CaseClocks, type SupervisionRecord } from '../../projections/case-clocks.projection';
import { isOfUnit } from '../visible';

export interface ClockView {
  clock: string; kind: string; subject: string; limit: { amount: number; unit: string }; rule: string; ownChoice: boolean; provisional: boolean;
  status: ClockState['status']; light: Light | 'none'; startedAt: string; dueAt: string; warnAt?: string; usedMs: number; leftMs: number; late: boolean; outcome?: string;
  /** Milliseconds are elapsed or working time, as the limit is. */
  timeline: TimelineEntry[];
}
export interface CaseClocksView { caseId: string; number: string; at: string; light: Light; open: boolean; calendar: string; clocks: ClockView[]; supervisions: SupervisionRecord[]; urges: CaseClocks['urges'] }

/** @rule X13 X17 L4.6 — each start, pause, resume, stop and move with its cause, time used and time left. */
@AnswersQuery('GetCaseClocks')
@Injectable()
export class GetCaseClocksQuery implements QueryHandlerFor<{ caseId: string; at?: string }, CaseClocksView> {
  constructor(@Inject(ReadModels) private readonly readModels: ReadModels, @Inject(LiveDirectory) private readonly directory: LiveDirectory, @Inject(CLOCK) private readonly clock: Clock) {}

  async answer({ params, context: { actor } }: QueryCall<{ caseId: string; at?: string }>): Promise<QueryReply<CaseClocksView>> {
    const position = this.readModels.position();
    const row = await this.readModels.find(caseClocksView, params.caseId);
    if (!row) return refused('NOT_FOUND', { what: `case ${params.caseId}` });
    const { doc } = row;
    if (isOfUnit(actor) ? !doc.units.includes(actor.unit ?? '') : actor.role !== 'system' && !covers(actor.jurisdiction, doc.gridCode)) return refused(isOfUnit(actor) ? 'NOT_YOUR_UNIT' : 'OUTSIDE_JURISDICTION');
    const district = this.directory.district(doc.district);
    const pack = district && policyVersion(district, doc.policy.pack, doc.policy.version);
    if (!district || !pack) return refused('READ_MODEL_BEHIND');
    const workingTime = workingTimeOf(district, pack);
    const at = params.at ?? this.clock.now();
    instantToMs(at);
    const then = Object.values(doc.clocks).flatMap((clock) => asOf(clock, at) ?? []).sort((a, b) => (a.startedAt < b.startedAt ? -1 : a.startedAt > b.startedAt ? 1 : a.id < b.id ? -1 : 1));
    const clocks = then.map((clock): ClockView => ({
      clock: clock.id, kind: clock.kind, subject: clock.subject, limit: clock.limit, rule: clock.rule, ownChoice: clock.ownChoice ?? false, provisional: clock.provisional,
      status: clock.status, light: clock.status === 'stopped' ? 'none' : lightOf([clock], at), startedAt: clock.startedAt, dueAt: clock.dueAt, ...(clock.warnAt && { warnAt: clock.warnAt }),
      ...reading(clock, at, workingTime), late: isOverdue(clock, at), ...(clock.outcome && { outcome: clock.outcome }), timeline: timeline(clock, at, workingTime),
    }));
    const result: CaseClocksView = {
      caseId: doc.caseId, number: doc.number, at, light: lightOf(then, at), open: doc.open, calendar: doc.calendar, clocks,
      supervisions: doc.supervisions.filter((s) => s.openedAt <= at), urges: doc.urges.filter((u) => u.at <= at),
    };
    return answered(result, position, row.revision);
  }
}

/** The clock as it stood at a moment; undefined before it began. Its light follows from the time. */
const asOf = (clock: ClockState, at: string): ClockState | undefined =>
  clock.history.filter((change) => change.at <= at).reduce<ClockState | undefined>((then, change) => evolveClock(then, change), undefined);
