import type { StoredEvent } from '@gridcase/events';
import { caseClocksProjection, evolveCaseClocks } from './case-clocks.projection';

const stored = (type: string, occurredAt: string, data: object) => ({ type, data, metadata: { occurredAt } }) as unknown as StoredEvent;
const term = 'supervision/u-1/1';

// @rule N2 H4.2.5
it('moves the term of an open supervision with the calendar, as its clock moves', () => {
  const events = [
    stored('SupervisionOpened', '2025-09-30T09:31:00.000Z', {
      unit: 'u-1', cause: 'overdue', rule: 'H4.2.5', body: { zh: '两办督查室', en: 'Supervision office' }, dueAt: '2025-10-11T09:30:00.000Z',
      clocks: [{ op: 'start', clock: term, at: '2025-09-30T09:31:00.000Z', cause: 'SupervisionOpened', kind: 'supervision', subject: 'unit:u-1', limit: { amount: 3, unit: 'workingDay' }, rule: 'H4.2.5', dueAt: '2025-10-11T09:30:00.000Z' }],
    }),
    stored('DeadlinesMoved', '2025-10-09T01:00:00.000Z', { calendar: '2025.2', reason: 'x', clocks: [{ op: 'move', clock: term, at: '2025-10-09T01:00:00.000Z', cause: 'DeadlinesMoved', dueAt: '2025-10-13T09:30:00.000Z' }] }),
  ];
  const doc = events.reduce(evolveCaseClocks, caseClocksProjection.initial('c-1'));
  expect(doc.supervisions).toMatchObject([{ state: 'open', dueAt: '2025-10-13T09:30:00.000Z' }]);
  expect(doc.clocks[term]!.dueAt).toBe('2025-10-13T09:30:00.000Z');
});
