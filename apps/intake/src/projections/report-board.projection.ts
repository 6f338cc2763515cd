import { areaOfReport, evolveReport, type MaybeReport, type ReportState } from '@gridcase/domain';
import type { StoredEvent } from '@gridcase/events';
import type { StreamProjection } from '@gridcase/projections';
import { readModelOf, type ReadModelRow } from '@gridcase/service';

export interface ReportBoardDoc { report?: ReportState; receivedAt?: string; receivedBy?: string; decidedAt?: string; decidedBy?: string }

/** Every report with its state, for lists and single looks. */
export const reportBoard: StreamProjection<ReportBoardDoc> = {
  name: 'report_board',
  version: 2,
  categories: ['report'],
  columns: {
    district: { type: 'text' }, state: { type: 'text' }, channel: { type: 'text' }, found_by: { type: 'text' }, finder: { type: 'text', nullable: true }, received_by: { type: 'text' },
    /** Grid, or the district while the grid is unknown. */
    area: { type: 'text' }, item_code: { type: 'text', nullable: true }, case_id: { type: 'text', nullable: true }, reported_at: { type: 'timestamptz' },
  },
  // The first: whoever sees a large area reads its newest and leaves out the few of others.
  indexes: ['(reported_at desc, id desc)', '(district, reported_at desc, id desc)', '(state, reported_at desc)', '(area text_pattern_ops, reported_at desc)', '(finder, reported_at desc)', '(received_by, reported_at desc)'],
  initial: () => ({}),
  evolve: (doc, event: StoredEvent) => {
    const { actor, occurredAt } = event.metadata;
    const report = evolveReport(doc.report as MaybeReport, event)!;
    const { decidedAt: _at, decidedBy: _by, ...rest } = doc;
    if (event.type === 'ReportReceived') return { report, receivedAt: occurredAt, receivedBy: actor.person };
    return report.decision ? { ...rest, report, decidedAt: occurredAt, decidedBy: actor.person } : { ...rest, report };
  },
  extract: ({ report, receivedBy }) => {
    const { received, sorted, status, caseId } = report!;
    return {
      district: received.district, state: status, channel: received.channel, found_by: received.foundBy, finder: received.finder ?? null, received_by: receivedBy, area: areaOfReport(report!),
      item_code: sorted?.itemCode ?? received.itemCode ?? null, case_id: caseId ?? null, reported_at: received.reportedAt,
    };
  },
};

/** To read it by. */
export const reportBoardView = readModelOf<ReadModelRow<ReportBoardDoc> & { area: string; received_by: string; reported_at: Date }>(reportBoard);
