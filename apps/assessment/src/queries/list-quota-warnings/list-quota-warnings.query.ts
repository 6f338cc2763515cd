import { Inject, Injectable } from '@nestjs/common';
import { covers, districtOf, weekOf } from '@gridcase/domain';
import type { Page, QueryCall, QueryHandlerFor, QueryReply } from '@gridcase/platform';
import { AnswersQuery, LiveDirectory, ReadModels, answered, decodeCursor, pageOf, refused } from '@gridcase/service';
import type { IssuedWarning } from '../../projections/issued.projection';

export interface ListQuotaWarningsParams { district?: string; worker?: string; week?: string; cursor?: string; limit?: number }

const LIMIT = 50;
const LIMIT_MAX = 200;

/** Latest week first; a worker sees his own, a street those of its workers. @rule H5.3 */
@AnswersQuery('ListQuotaWarnings')
@Injectable()
export class ListQuotaWarningsQuery implements QueryHandlerFor<ListQuotaWarningsParams, Page<IssuedWarning>> {
  constructor(@Inject(ReadModels) private readonly readModels: ReadModels, @Inject(LiveDirectory) private readonly directory: LiveDirectory) {}

  async answer({ params, context: { actor } }: QueryCall<ListQuotaWarningsParams>): Promise<QueryReply<Page<IssuedWarning>>> {
    const position = this.readModels.position();
    const district = params.district ?? districtOf(actor.jurisdiction);
    const coversAll = actor.role === 'system' || covers(actor.jurisdiction, district);
    if (!coversAll && !covers(district, actor.jurisdiction)) return refused('OUTSIDE_JURISDICTION');
    const isWorker = actor.role === 'grid-worker' || actor.role === 'inspector';
    const within = [...(this.directory.district(district)?.people.values() ?? [])].filter((person) => covers(actor.jurisdiction, person.jurisdiction)).map((person) => person.id);
    const visible = isWorker ? [actor.person] : coversAll ? null : within;
    const limit = Math.min(params.limit ?? LIMIT, LIMIT_MAX);
    const [week, worker] = params.cursor ? decodeCursor(params.cursor, 2) : [null, null];
    const rows = await this.readModels.query<{ warning: IssuedWarning }>(
      `select warning from quota_warnings where district = $1 and ($2::text is null or worker = $2) and ($3::text is null or week = $3) and ($4::text[] is null or worker = any($4))
         and ($5::text is null or week < $5 or (week = $5 and worker > $6::text)) order by week desc, worker limit ${limit + 1}`,
      [district, params.worker ?? null, params.week ? weekOf(params.week) : null, visible, week, worker],
    );
    return answered(pageOf(rows, limit, ({ warning }) => warning, ({ warning }) => [warning.week, warning.worker]), position);
  }
}
