import { Injectable } from '@nestjs/common';
import type { Actor } from '@gridcase/events';
import type { Page, QueryCall, QueryHandlerFor, QueryReply } from '@gridcase/platform';
import { AnswersQuery, answered, decodeCursor, pageOf, ReadModels } from '@gridcase/service';
import type { CaseBoardRow } from '../../projections/case-board.projection';
import { caseLine } from '../case-view';

export interface ListCasesParams { state?: string; light?: string; unit?: string; gridCode?: string; street?: string; community?: string; item?: string; from?: string; to?: string; text?: string; cursor?: string; limit?: number }
interface Row { id: string; doc: CaseBoardRow; filed_at: Date }

/** Newest first, what the caller may see, page by page. */
@AnswersQuery('ListCases')
@Injectable()
export class ListCasesQuery implements QueryHandlerFor<ListCasesParams> {
  constructor(private readonly readModels: ReadModels) {}

  async answer({ params, context }: QueryCall<ListCasesParams>): Promise<QueryReply<Page<ReturnType<typeof caseLine>>>> {
    const position = this.readModels.position();
    const limit = params.limit ?? 50;
    const values: unknown[] = [];
    const value = (v: unknown): string => `$${values.push(v)}`;
    const where = [...visibleTo(context.actor, value), ...filters(params, value)];
    if (params.cursor) {
      const [filedAt, id] = decodeCursor(params.cursor, 2);
      where.push(`(filed_at, id) < (${value(filedAt)}::timestamptz, ${value(id)})`);
    }
    const rows = await this.readModels.query<Row>(
      `select id, doc, filed_at from case_board ${where.length ? `where ${where.join(' and ')}` : ''} order by filed_at desc, id desc limit ${value(limit + 1)}`, values);
    return answered(pageOf(rows, limit, (row) => caseLine(row.doc.state!), (row) => [row.filed_at.toISOString(), row.id]), position);
  }
}

const like = (text: string): string => text.replace(/[\\%_]/g, (c) => `\\${c}`);

function visibleTo(actor: Actor, value: (v: unknown) => string): string[] {
  if (actor.role === 'system' || actor.role === 'platform') return [];
  if (actor.role === 'unit-handler' || actor.role === 'unit-leader') return [`units @> array[${value(actor.unit ?? '')}]`];
  return [`grid_code like ${value(`${like(actor.jurisdiction)}%`)}`];
}

function filters(p: ListCasesParams, value: (v: unknown) => string): string[] {
  const where: string[] = [];
  if (p.state) where.push(`phase = ${value(p.state)}`);
  if (p.light) where.push(`light = ${value(p.light)}`);
  if (p.unit) where.push(`units @> array[${value(p.unit)}]`);
  for (const area of [p.gridCode, p.street, p.community]) if (area) where.push(`grid_code like ${value(`${like(area)}%`)}`);
  if (p.item) where.push(`item_code = ${value(p.item)}`);
  if (p.from) where.push(`filed_at >= ${value(p.from)}::timestamptz`);
  if (p.to) where.push(`filed_at < ${value(p.to)}::timestamptz`);
  if (p.text) where.push(`search ilike ${value(`%${like(p.text)}%`)}`);
  return where;
}
