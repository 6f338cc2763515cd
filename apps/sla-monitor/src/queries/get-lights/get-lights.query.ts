import { Inject, Injectable } from '@nestjs/common';
import type { Light } from '@gridcase/domain';
import type { Clock, QueryCall, QueryHandlerFor, QueryReply } from '@gridcase/platform';
import { AnswersQuery, CLOCK, ReadModels, answered } from '@gridcase/service';
import { Where } from '../visible';

export interface GetLightsParams { by?: 'unit' | 'street' | 'community'; area?: string; prefix?: string }
export interface SubjectLight { subject: string; green: number; yellow: number; red: number; light: Light }
export interface LightsView { by: 'unit' | 'street' | 'community'; at: string; items: SubjectLight[] }

const light = `case when bool_or(red_at <= $1) then 'red' when bool_or(yellow_at <= $1) then 'yellow' else 'green' end as light`;
const counts = `count(*) filter (where light = 'green')::int as green, count(*) filter (where light = 'yellow')::int as yellow, count(*) filter (where light = 'red')::int as red`;

/**
 * Cases by colour, as of the clock's now: of a unit its open clocks count, of a street or community all open cases there. A
 * case has the worst colour of its open clocks, a subject the worst of its cases.
 * @rule L4.6
 */
@AnswersQuery('GetLights')
@Injectable()
export class GetLightsQuery implements QueryHandlerFor<GetLightsParams, LightsView> {
  constructor(@Inject(ReadModels) private readonly readModels: ReadModels, @Inject(CLOCK) private readonly clock: Clock) {}

  async answer({ params, context: { actor } }: QueryCall<GetLightsParams>): Promise<QueryReply<LightsView>> {
    const position = this.readModels.position();
    const by = params.by ?? 'unit';
    const at = this.clock.now();
    const where = new Where();
    where.params.push(at);
    const area = params.area ?? params.prefix;
    const sql = by === 'unit'
      ? `select unit as subject, ${counts} from (select unit, stream_id, ${light} from clocks
           ${where.visibleTo(actor, { unit: 'unit', grid: 'grid' }).within('grid', area).and(`status <> 'stopped'`).and('unit is not null').sql} group by unit, stream_id) cases group by unit order by unit`
      : `select ${by} as subject, ${counts} from (select c.${by}, c.id, ${light} from case_clocks c left join clocks k on k.stream_id = c.id and k.status <> 'stopped'
           ${where.visibleTo(actor, { unit: 'c.lead', grid: 'c.grid' }).within('c.grid', area).and('c.open').and(`c.${by} is not null`).sql} group by c.${by}, c.id) cases group by ${by} order by ${by}`;
    const rows = await this.readModels.query<Omit<SubjectLight, 'light'>>(sql, where.params);
    return answered({ by, at, items: rows.map((row) => ({ ...row, light: row.red > 0 ? 'red' : row.yellow > 0 ? 'yellow' : 'green' })) }, position);
  }
}
