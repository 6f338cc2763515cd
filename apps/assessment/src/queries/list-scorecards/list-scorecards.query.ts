import { Inject, Injectable } from '@nestjs/common';
import { covers, districtOf, type ScoreSubject } from '@gridcase/domain';
import type { CallContext, Page, QueryCall, QueryHandlerFor, QueryReply } from '@gridcase/platform';
import { AnswersQuery, ReadModels, answered, decodeCursor, encodeCursor, narrow, pageOf, pageSize, refused } from '@gridcase/service';
import { issuedScorecardsView, type IssuedScorecard } from '../../projections/issued.projection';
import { ScoreDesk, type Scorecard } from '../../scoring/score-desk';

export interface ListScorecardsParams { district?: string; kind?: ScoreSubject['kind']; id?: string; from?: string; to?: string; cursor?: string; limit?: number }
export type RankedScorecard = Scorecard & { rank: number };

const isOneself = ({ role }: CallContext['actor']): boolean => ['unit-handler', 'unit-leader', 'grid-worker', 'inspector'].includes(role);

/**
 * With `kind`, `from` and `to`: the ranking of everybody of that kind for the period, worked out now. Without a period: the cards
 * put on record, latest first. A unit and a worker see their own.
 * @rule X19 X20 L4.6
 */
@AnswersQuery('ListScorecards')
@Injectable()
export class ListScorecardsQuery implements QueryHandlerFor<ListScorecardsParams, Page<RankedScorecard | IssuedScorecard>> {
  constructor(@Inject(ReadModels) private readonly readModels: ReadModels, @Inject(ScoreDesk) private readonly desk: ScoreDesk) {}

  async answer({ params, context: { actor } }: QueryCall<ListScorecardsParams>): Promise<QueryReply<Page<RankedScorecard | IssuedScorecard>>> {
    const position = this.readModels.position();
    const district = params.district ?? districtOf(actor.jurisdiction);
    if (actor.role !== 'system' && !covers(actor.jurisdiction, district) && !covers(district, actor.jurisdiction)) return refused('OUTSIDE_JURISDICTION');
    if ((params.from === undefined) !== (params.to === undefined)) return refused('INVALID_PERIOD', { from: params.from ?? '—', to: params.to ?? '—' }, 'H5.1');
    const limit = pageSize(params.limit);
    return answered(params.from && params.to ? await this.ranking(params, district, actor, limit) : await this.issued(params, district, actor, limit), position);
  }

  private async ranking({ kind = 'unit', id, from, to, cursor }: ListScorecardsParams, district: string, actor: CallContext['actor'], limit: number): Promise<Page<RankedScorecard>> {
    const visible = this.desk.visibleTo(actor, district);
    const shown = visible && new Set(visible.map((subject) => `${subject.kind}/${subject.id}`));
    // Who sees his own card alone still learns his rank among all of the district.
    const within = isOneself(actor) || actor.role === 'system' || covers(actor.jurisdiction, district) ? district : actor.jurisdiction;
    const cards = (await this.desk.ranking(district, kind, { from: from!, to: to! }, within)).filter(({ subject }) => (shown?.has(`${subject.kind}/${subject.id}`) ?? true) && (id === undefined || subject.id === id));
    const [total, last] = cursor ? decodeCursor(cursor, 2) : [null, null];
    const rest = cursor ? cards.filter((card) => card.total < Number(total) || (card.total === total && card.subject.id > String(last))) : cards;
    const items = rest.slice(0, limit);
    const end = items.at(-1);
    return { items, ...(rest.length > limit && end && { next: encodeCursor([end.total, end.subject.id]) }) };
  }

  private async issued({ kind, id, cursor }: ListScorecardsParams, district: string, actor: CallContext['actor'], limit: number): Promise<Page<IssuedScorecard>> {
    // Before paging: a page is full, and `next` leads on, however many cards of others lie between.
    const visible = this.desk.visibleTo(actor, district);
    const rows = await this.readModels.select(issuedScorecardsView, 'i', (query) => {
      narrow(query.where('i.district = :district', { district }), { 'i.subject_kind = :kind': kind, 'i.subject = :id': id });
      if (visible) query.andWhere('(i.subject_kind, i.subject) in (select * from unnest(:kinds::text[], :ids::text[]))', { kinds: visible.map((subject) => subject.kind), ids: visible.map((subject) => subject.id) });
      if (cursor) {
        const [lastIssuedAt, lastStream, lastNth] = decodeCursor(cursor, 3);
        query.andWhere('(i.issued_at, i.stream_id, i.nth) < (:lastIssuedAt::timestamptz, :lastStream, :lastNth)', { lastIssuedAt, lastStream, lastNth });
      }
      return query.orderBy('i.issued_at', 'DESC').addOrderBy('i.stream_id', 'DESC').addOrderBy('i.nth', 'DESC').limit(limit + 1).getMany();
    });
    return pageOf(rows, limit, ({ card }) => card, (row) => [row.issued_at.toISOString(), row.stream_id, row.nth]);
  }
}
