/** What assessment has put on record: warnings of a week, scorecards of a subject. */
import type { AssessmentEvent, EventOf, StoredEvent, assessmentEvents } from '@gridcase/events';
import type { StreamProjection } from '@gridcase/projections';
import { readModelOf } from '@gridcase/service';

export type IssuedScorecard = EventOf<(typeof assessmentEvents)['ScorecardIssued']>['data'] & { issuedAt: string; eventId: string };
export type IssuedWarning = EventOf<(typeof assessmentEvents)['QuotaWarningIssued']>['data'] & { issuedAt: string; eventId: string };
export interface Issued { scorecards: IssuedScorecard[]; warnings: IssuedWarning[] }

const text = { type: 'text' } as const;

/** @rule X19 H5.1 H5.3 */
export const issuedProjection: StreamProjection<Issued> = {
  name: 'issued_assessments',
  version: 1,
  categories: ['assessment'],
  columns: { entries: { type: 'integer' } },
  details: [
    {
      name: 'issued_scorecards',
      columns: { nth: { type: 'integer' }, district: text, subject_kind: text, subject: text, issued_at: { type: 'timestamptz' }, card: { type: 'jsonb' } },
      primaryKey: ['stream_id', 'nth'],
      indexes: ['(district, issued_at, stream_id, nth)', '(subject_kind, subject)'],
      rows: ({ scorecards }) => scorecards.map((card, nth) => ({ nth, district: card.district, subject_kind: card.subject.kind, subject: card.subject.id, issued_at: card.issuedAt, card })),
    },
    {
      name: 'quota_warnings',
      columns: { worker: text, week: text, district: text, warning: { type: 'jsonb' } },
      primaryKey: ['stream_id', 'worker'],
      indexes: ['(district, week, worker)', '(worker, week)'],
      rows: ({ warnings }) => warnings.map((warning) => ({ worker: warning.worker, week: warning.week, district: warning.district, warning })),
    },
  ],
  initial: () => ({ scorecards: [], warnings: [] }),
  evolve: (doc, stored: StoredEvent) => {
    const event = stored as unknown as AssessmentEvent;
    const issued = { issuedAt: stored.metadata.occurredAt, eventId: stored.id };
    switch (event.type) {
      case 'ScorecardIssued': return { ...doc, scorecards: [...doc.scorecards, { ...event.data, ...issued }] };
      case 'QuotaWarningIssued': return { ...doc, warnings: [...doc.warnings, { ...event.data, ...issued }] };
      default: return event satisfies never;
    }
  },
  extract: ({ scorecards, warnings }) => ({ entries: scorecards.length + warnings.length }),
};

/** To read them by. */
export const issuedScorecardsView = readModelOf<{ stream_id: string; nth: number; issued_at: Date; card: IssuedScorecard }>(issuedProjection, 'issued_scorecards');
export const quotaWarningsView = readModelOf<{ stream_id: string; worker: string; warning: IssuedWarning }>(issuedProjection, 'quota_warnings');
