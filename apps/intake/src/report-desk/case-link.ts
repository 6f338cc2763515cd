import { Inject, Injectable } from '@nestjs/common';
import { caseStream, propose, reportStream, type CaseCommands, type ReportState } from '@gridcase/domain';
import { idOf, type StoredEvent } from '@gridcase/events';
import type { CommandOutcome, EventStore } from '@gridcase/event-store';
import { CaseDesk, EVENT_STORE, LiveDirectory, causedBy, problemOf } from '@gridcase/service';
import type { Problem } from '@gridcase/platform';
import { ReportDesk, foldReport } from './report-desk';

export interface Linked { ok: true; position: bigint; events: StoredEvent[] }
export interface NotLinked { ok: false; problem: Problem }

/**
 * The second half of filing and of joining: what the report's stream says is carried to the case's. The command follows from the event, so
 * the handler that wrote it and the reactor that completes what was cut off do it once between them.
 */
@Injectable()
export class CaseLink {
  constructor(private readonly caseDesk: CaseDesk, private readonly reports: ReportDesk, private readonly directory: LiveDirectory, @Inject(EVENT_STORE) private readonly store: EventStore) {}

  /** `ReportFiled` → `CaseFiled`. @rule X11 */
  async file(filed: StoredEvent): Promise<Linked | NotLinked> {
    const report = await this.reportOf(filed);
    const call = causedBy(filed, 'FileCase', this.caseOf(report, filed), { actor: filed.metadata.actor });
    const outcome = await this.caseDesk.executeRaw('FileCase', call);
    // The other one filed it first, perhaps with a proposal of a newer directory.
    if (!outcome.ok && ['CASE_ALREADY_FILED', 'IDEMPOTENCY_KEY_REUSED'].includes(outcome.rejection.code)) return this.asFiled(filed.data.caseId);
    return linked(outcome);
  }

  /** `ReportJoinedToCase` → `ReportJoined`. A case that closed meanwhile takes no more: the report is open again. @rule H5.2 */
  async join(joined: StoredEvent): Promise<Linked | NotLinked> {
    const report = await this.reportOf(joined);
    const { caseId, distanceMetres } = joined.data;
    const { channel, reportedAt, foundBy, reportId } = report.received;
    const body = { caseId, reportId, channel, reportedAt, foundBy, ...(distanceMetres !== undefined && { distanceMetres }) };
    const outcome = await this.caseDesk.executeRaw('JoinReportToCase', causedBy(joined, 'JoinReportToCase', body));
    if (outcome.ok || !isFinal(outcome.rejection.code)) return linked(outcome);
    const reopened = await this.reports.executeRaw(reportId, causedBy(joined, 'ReopenReport', { caseId }), (state) => (state?.status === 'joined' && state.caseId === caseId ? [{ type: 'ReportReopened', data: { caseId, cause: outcome.rejection.code } }] : []));
    if (!reopened.ok) return linked(reopened);
    return linked(outcome);
  }

  private async reportOf(event: StoredEvent): Promise<ReportState> {
    return foldReport(await this.store.readStream(reportStream(idOf(event.stream))));
  }

  private async asFiled(caseId: string): Promise<Linked> {
    const events = await this.store.readStream(caseStream(caseId), { limit: 1 });
    return { ok: true, position: events[0]!.position, events };
  }

  private caseOf({ received, sorted }: ReportState, { data }: StoredEvent): CaseCommands['FileCase'] {
    const { itemCode, grade, importance, urgency, belonging, gridCode } = sorted!;
    const district = this.directory.district(received.district)!;
    // Withdrawn since it was sorted: the case keeps the code, and nobody is proposed.
    const item = district.items.get(itemCode);
    const [gridWorker] = district.grids.get(gridCode)?.workers ?? [];
    return {
      caseId: data.caseId, number: data.number, district: received.district, level: data.level, centre: data.centre, reportId: received.reportId, channel: received.channel, reportedAt: received.reportedAt,
      foundBy: received.foundBy, ...(received.finder !== undefined && { finder: received.finder }),
      item: item ? { code: item.code, name: item.name.zh, category: item.category, kind: item.kind } : { code: itemCode, name: itemCode, category: '', kind: 'event' },
      grade, importance, urgency, belonging, place: { ...received.place, gridCode }, description: received.description, evidence: received.evidence,
      ...(gridWorker !== undefined && { gridWorker }), ...(item && { proposal: propose(district, item, gridCode) }),
    };
  }
}

/** Refusals that no repetition changes. */
const isFinal = (code: string): boolean => ['CASE_CLOSED', 'NOT_FOUND'].includes(code);
const linked = (outcome: CommandOutcome): Linked | NotLinked =>
  (outcome.ok ? { ok: true, position: outcome.position, events: outcome.events } : { ok: false, problem: problemOf(outcome.rejection) });
