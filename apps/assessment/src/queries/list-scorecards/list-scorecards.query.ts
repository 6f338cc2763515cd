import { Inject, Injectable } from '@nestjs/common';
import { covers, districtOf, type ScoreSubject } from '@gridcase/domain';
import type { CallContext, Page, QueryCall, QueryHandlerFor, QueryReply } from '@gridcase/platform';
import { AnswersQuery, ReadModels, answered, decodeCursor, encodeCursor, pageOf, refused } from '@gridcase/service';
import type { IssuedScorecard } from '../../projections/issued.projection';
import { ScoreDesk, type Scorecard } from '../../scoring/score-desk';

export interface ListScorecardsParams { district?: string; kind?: ScoreSubject['kind']; id?: string; from?: string; to?: string; cursor?: string; limit?: number }
export type RankedScorecard = Scorecard & { rank: number };
interface Row { stream_id: string; nth: number; issued_at: Date; card: IssuedScorecard }

const LIMIT = 50;
const LIMIT_MAX = 200;
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
    const limit = Math.min(params.limit ?? LIMIT, LIMIT_MAX);
    return answered(params.from && params.to ? await this.ranking(params, district, actor, limit) : await this.issued(params, district, actor, limit), position);
  }

  private async ranking({ kind = 'unit', id, from, to, cursor }: ListScorecardsParams, district: string, actor: CallContext['actor'], limit: number): Promise<Page<RankedScorecard>> {
    const own = isOneself(actor) ? (actor.unit ?? actor.person) : undefined;
    const within = own !== undefined || actor.role === 'system' || covers(actor.jurisdiction, district) ? district : actor.jurisdiction;
    const cards = (await this.desk.ranking(district, kind, { from: from!, to: to! }, within)).filter(({ subject }) => (own === undefined || subject.id === own) && (id === undefined || subject.id === id));
    const [total, last] = cursor ? decodeCursor(cursor, 2) : [null, null];
    const rest = cursor ? cards.filter((card) => card.total < Number(total) || (card.total === total && card.subject.id > String(last))) : cards;
    const items = rest.slice(0, limit);
    const end = items.at(-1);
    return { items, ...(rest.length > limit && end && { next: encodeCursor([end.total, end.subject.id]) }) };
  }

  private async issued({ kind, id, cursor }: ListScorecardsParams, district: string, actor: CallContext['actor'], limit: number): Promise<Page<IssuedScorecard>> {
    const own = isOneself(actor) ? (actor.unit ?? actor.person) : undefined;
    const [issuedAt, stream, nth] = cursor ? decodeCursor(cursor, 3) : [null, null, null];
    const rows = await this.readModels.query<Row>(
      `select stream_id, nth, issued_at, card from issued_scorecards
       where district = $1 and ($2::text is null or subject_kind = $2) and ($3::text is null or subject = $3) and ($4::text is null or subject = $4)
         and ($5::timestamptz is null or (issued_at, stream_id, nth) < ($5::timestamptz, $6::text, $7::int))
       order by issued_at desc, stream_id desc, nth desc limit ${limit + 1}`,
      [district, kind ?? null, id ?? null, own ?? null, issuedAt, stream, nth],
    );
    const page = pageOf(rows, limit, ({ card }) => card, (row) => [row.issued_at.toISOString(), row.stream_id, row.nth]);
    // A street's centre sees its own units, workers and itself.
    const items = page.items.filter(({ subject }) => { try { this.desk.mustSee(actor, district, subject); return true; } catch { return false; } });
    return { ...page, items };
  }
}
