import { Injectable } from '@nestjs/common';
import { covers, districtOf, patrolDuties, patrolTime, policyOn, workingTimeOf, type PatrolTime } from '@gridcase/domain';
import type { Page, QueryCall, QueryHandlerFor, QueryReply } from '@gridcase/platform';
import { AnswersQuery, LiveDirectory, ReadModels, answered, decodeCursor, pageOf, pageSize, refused } from '@gridcase/service';

export interface ListPatrolTimesParams {
  district: string; /** Local date. */ date: string; worker?: string;
  /** Only those who were on patrol for less than they owe. */
  short?: boolean;
  cursor?: string; limit?: number;
}
export interface WorkerPatrolTime extends PatrolTime { name?: string; date: string; rule: string }

/** Minutes on patrol of each worker on a day, against what the policy asks of his level. A worker sees his own. @rule YD X11 */
@AnswersQuery('ListPatrolTimes')
@Injectable()
export class ListPatrolTimesQuery implements QueryHandlerFor<ListPatrolTimesParams, Page<WorkerPatrolTime>> {
  constructor(private readonly readModels: ReadModels, private readonly directory: LiveDirectory) {}

  async answer({ params, context: { actor } }: QueryCall<ListPatrolTimesParams>): Promise<QueryReply<Page<WorkerPatrolTime>>> {
    const position = this.readModels.position();
    const { date, worker, short } = params;
    const limit = pageSize(params.limit);
    const code = params.district ?? districtOf(actor.jurisdiction);
    if (actor.role !== 'system' && !covers(actor.jurisdiction, code) && !covers(code, actor.jurisdiction)) return refused('OUTSIDE_JURISDICTION');
    const district = this.directory.district(code);
    if (!district) return refused('NOT_FOUND', { what: `district ${code}` });
    const pack = policyOn(district, date);
    if (!pack?.patrol) return answered({ items: [] }, position);
    const { rule } = pack.patrol;
    const own = actor.role === 'grid-worker' || actor.role === 'inspector' ? actor.person : undefined;
    const within = own !== undefined || actor.role === 'system' || covers(actor.jurisdiction, code) ? code : actor.jurisdiction;
    const rows = await this.readModels.query<{ worker: string; minutes: string; patrols: string }>(
      `select worker, sum(minutes) as minutes, count(*) as patrols from patrol
       where district = $1 and started_at >= ($2::date::timestamp at time zone $3) and started_at < (($2::date + 1)::timestamp at time zone $3) group by worker`,
      [code, date, pack.timeZone],
    );
    const walked = new Map(rows.map((row) => [row.worker, { minutes: Number(row.minutes), patrols: Number(row.patrols) }]));
    const after = params.cursor === undefined ? undefined : String(decodeCursor(params.cursor, 1)[0]);
    const times = patrolDuties(district, pack, workingTimeOf(district, pack), date, within)
      .filter((duty) => (own === undefined || duty.worker === own) && (worker === undefined || duty.worker === worker) && (after === undefined || duty.worker > after))
      .map((duty) => patrolTime(duty, walked.get(duty.worker)))
      .filter((time) => !short || time.short > 0);
    const shown = (time: PatrolTime): WorkerPatrolTime => ({ ...time, name: district.people.get(time.worker)?.name, date, rule });
    return answered(pageOf(times.slice(0, limit + 1), limit, shown, (time) => [time.worker]), position);
  }
}
