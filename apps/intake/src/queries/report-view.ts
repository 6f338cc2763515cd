import { Injectable } from '@nestjs/common';
import { covers, districtOf, maskAccount, maskName, maskTelephone, type ReportState } from '@gridcase/domain';
import type { CallContext } from '@gridcase/platform';
import { prefixPattern } from '@gridcase/service';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { PersonVault } from '../person-vault/person-vault';
import type { ReportBoardDoc } from '../projections/report-board.projection';

type Actor = CallContext['actor'];
export interface ReportView extends Omit<ReportState['received'], 'reporter'> {
  state: ReportState['status']; receivedAt: string; receivedBy: string; decidedAt?: string; decidedBy?: string;
  sorted?: ReportState['sorted']; decision?: ReportState['decision']; caseId?: string;
  /** Masked; given to those who need it only. `erased`: the key was destroyed. */
  reporter?: { name: string; telephone: string; wechatId?: string } | { erased: true };
}

const OWN_ONLY = new Set(['citizen', 'platform']);
const FIELD = new Set(['grid-worker', 'grid-chief', 'inspector']);
const TALKS_TO_REPORTERS = new Set(['hotline-operator', 'centre-operator', 'centre-director']);

/** Which reports somebody may see on the `board`: his own, his grid's, his jurisdiction's. */
export function visible<Row extends ObjectLiteral>({ role, person, jurisdiction }: Actor, query: SelectQueryBuilder<Row>): SelectQueryBuilder<Row> {
  if (role === 'system') return query;
  const area = prefixPattern(jurisdiction);
  if (OWN_ONLY.has(role)) return query.andWhere('board.received_by = :person', { person });
  if (FIELD.has(role)) return query.andWhere('(board.received_by = :person or board.area like :area)', { person, area });
  // The same, with an index in the order of the list.
  if (jurisdiction === districtOf(jurisdiction)) return query.andWhere('board.district = :jurisdiction', { jurisdiction });
  return query.andWhere('board.area like :area', { area });
}
export const sees = ({ role, person, jurisdiction }: Actor, { area, received_by }: { area: string; received_by: string }): boolean =>
  role === 'system' || (OWN_ONLY.has(role) ? received_by === person : (FIELD.has(role) && received_by === person) || covers(jurisdiction, area));

/** @rule Z13 X18 — personal data masked, and only to operators of the jurisdiction and to the reporter. */
@Injectable()
export class ReportViews {
  constructor(private readonly vault: PersonVault) {}

  async of(doc: ReportBoardDoc, actor: Actor): Promise<ReportView> {
    const { report, receivedAt, receivedBy, decidedAt, decidedBy } = doc as Required<ReportBoardDoc>;
    const { reporter, ...received } = report.received;
    const needsReporter = TALKS_TO_REPORTERS.has(actor.role) || (actor.role === 'citizen' && receivedBy === actor.person);
    return {
      ...received, state: report.status, receivedAt, receivedBy, ...(decidedAt && { decidedAt, decidedBy }), ...(report.sorted && { sorted: report.sorted }), ...(report.decision && { decision: report.decision }),
      ...(report.caseId && { caseId: report.caseId }), ...(reporter && needsReporter && { reporter: await this.masked(reporter) }),
    };
  }

  private async masked(sealed: { personId: string; sealed: string }): Promise<NonNullable<ReportView['reporter']>> {
    const open = await this.vault.open(sealed);
    return open ? { name: maskName(open.name), telephone: maskTelephone(open.telephone), ...(open.wechatId && { wechatId: maskAccount(open.wechatId) }) } : { erased: true };
  }
}
