/** Score facts, observations and finds, a row of rows for each case and report. */
import { categoryOf } from '@gridcase/events';
import { evolveCaseFacts, evolveReportFacts, noCaseFacts, noReportFacts, type CaseFacts, type ReportFacts } from '@gridcase/domain';
import type { StreamProjection } from '@gridcase/projections';

export type ScoredStream = { of: 'case'; facts: CaseFacts } | { of: 'report'; facts: ReportFacts };

const text = { type: 'text' } as const;
const moment = { type: 'timestamptz' } as const;
const nth = { type: 'integer' } as const;

/** @rule X19 H5.1 H5.2 H5.3 */
export const scoreFactsProjection: StreamProjection<ScoredStream> = {
  name: 'scored_streams',
  version: 1,
  categories: ['case', 'report'],
  columns: { category: text },
  details: [
    {
      name: 'score_facts',
      columns: { nth, kind: text, subject_kind: text, subject: text, district: text, occurred_at: moment, fact: { type: 'jsonb' } },
      primaryKey: ['stream_id', 'nth'],
      indexes: ['(subject_kind, subject, occurred_at)', '(district, subject_kind, occurred_at)'],
      rows: ({ facts: { facts } }) => facts.map((fact, n) => ({ nth: n, kind: fact.kind, subject_kind: fact.subject.kind, subject: fact.subject.id, district: fact.district, occurred_at: fact.occurredAt, fact })),
    },
    {
      name: 'score_observations',
      columns: { nth, indicator: text, unit: text, district: text, good: { type: 'boolean' }, occurred_at: moment },
      primaryKey: ['stream_id', 'nth'],
      indexes: ['(unit, occurred_at)', '(district, occurred_at)'],
      rows: ({ of, facts }) => (of === 'case' ? (facts as CaseFacts).observations.map(({ indicator, subject, district, good, occurredAt }, n) => ({ nth: n, indicator, unit: subject.id, district, good, occurred_at: occurredAt })) : []),
    },
    {
      name: 'worker_finds',
      columns: { worker: text, district: text, found_by: text, found_at: moment },
      primaryKey: ['stream_id'],
      indexes: ['(district, found_at)', '(worker, found_at)'],
      rows: ({ of, facts }) => {
        const find = of === 'report' ? (facts as ReportFacts).find : undefined;
        return find ? [{ worker: find.worker, district: find.district, found_by: find.by, found_at: find.occurredAt }] : [];
      },
    },
  ],
  initial: (stream) => (categoryOf(stream) === 'case' ? { of: 'case', facts: noCaseFacts() } : { of: 'report', facts: noReportFacts() }),
  evolve: (doc, event) => (doc.of === 'case' ? { of: 'case', facts: evolveCaseFacts(doc.facts, event) } : { of: 'report', facts: evolveReportFacts(doc.facts, event) }),
  extract: ({ of }) => ({ category: of }),
};
