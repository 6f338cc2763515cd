import { Inject, Injectable } from '@nestjs/common';
import type { Light } from '@gridcase/domain';
import type { Clock, QueryCall, QueryHandlerFor, QueryReply } from '@gridcase/platform';
import { AnswersQuery, CLOCK, ReadModels, answered, narrow } from '@gridcase/service';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { caseClocksView, clocksView } from '../../projections/case-clocks.projection';
import { prefix, visible } from '../visible';

export interface GetLightsParams { by?: 'unit' | 'street' | 'community'; area?: string; prefix?: string }
export interface SubjectLight { subject: string; green: number; yellow: number; red: number; light: Light }
export interface LightsView { by: 'unit' | 'street' | 'community'; at: string; items: SubjectLight[] }

type Counted = Omit<SubjectLight, 'light'>;

/** Of the open clocks `k` of one case. */
const LIGHT = `case when bool_or(k.red_at <= :now) then 'red' when bool_or(k.yellow_at <= :now) then 'yellow' else 'green' end`;

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
    const area = prefix(params.area ?? params.prefix);
    const rows = by === 'unit'
      ? await this.readModels.select(clocksView, 'k', (query) => counted(
        narrow(visible(query, actor, { unit: 'k.unit', grid: 'k.grid' }), { 'k.grid like :area': area })
          .andWhere(`k.status <> 'stopped' and k.unit is not null`).select('k.unit', 'subject').groupBy('k.unit').addGroupBy('k.stream_id'), at))
      : await this.readModels.select(caseClocksView, 'c', (query) => counted(
        narrow(visible(query, actor, { unit: 'c.lead', grid: 'c.grid' }), { 'c.grid like :area': area })
          .leftJoin(clocksView.options.name, 'k', `k.stream_id = c.id and k.status <> 'stopped'`)
          .andWhere(`c.open and c.${by} is not null`).select(`c.${by}`, 'subject').groupBy(`c.${by}`).addGroupBy('c.id'), at));
    return answered({ by, at, items: rows.map((row) => ({ ...row, light: row.red > 0 ? 'red' : row.yellow > 0 ? 'yellow' : 'green' })) }, position);
  }
}

/** Subjects with the number of their cases of each colour, out of rows of one case each. */
function counted<Row extends ObjectLiteral>(cases: SelectQueryBuilder<Row>, now: string): Promise<Counted[]> {
  cases.addSelect(LIGHT, 'light');
  const query = cases.createQueryBuilder().select('cases.subject', 'subject').from(`(${cases.getQuery()})`, 'cases').groupBy('cases.subject').orderBy('cases.subject');
  for (const light of ['green', 'yellow', 'red'] as const) query.addSelect(`count(*) filter (where cases.light = '${light}')::int`, light);
  return query.setParameters({ ...cases.getParameters(), now }).getRawMany<Counted>();
}
