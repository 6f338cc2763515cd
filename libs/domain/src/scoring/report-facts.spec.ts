import type { StoredEvent } from '@gridcase/events';
import { evolveReportFacts, noReportFacts } from './report-facts';

const event = (type: string, data: object, revision = 0) => ({ type, data, stream: 'report-r-1', revision, id: `e-${revision}`, metadata: { occurredAt: '2025-09-27T02:00:00.000Z' } }) as unknown as StoredEvent;
const received = (over: object = {}) => event('ReportReceived', { reportId: 'r-1', district: '610524', channel: 'handheld', foundBy: 'worker', finder: 'w-1', place: { address: '东街', gridCode: '610524001001001' }, restDay: true, ...over });
const fold = (...events: StoredEvent[]) => events.reduce(evolveReportFacts, noReportFacts());

// @rule H5.1 H5.3
describe('a report', () => {
  it('of a worker on a rest day is a find and a bonus', () => {
    expect(fold(received())).toMatchObject({ find: { worker: 'w-1', by: 'worker' }, facts: [{ kind: 'rest-day-report', subject: { kind: 'worker', id: 'w-1' } }, { kind: 'rest-day-report', subject: { kind: 'street', id: '610524001' } }] });
  });
  it('on a working day is a find only', () => expect(fold(received({ restDay: false }))).toMatchObject({ find: { worker: 'w-1' }, facts: [] }));
  it('that was refused is neither', () => expect(fold(received(), event('ReportRefused', {}, 1))).toEqual(noReportFacts()));
  it('settled on the spot stays both', () => expect(fold(received(), event('ReportSettledOnSpot', {}, 1)).facts).toHaveLength(2));
  it('of an inspector is a find without the bonus', () => expect(fold(received({ foundBy: 'inspector', finder: 'i-1' }))).toMatchObject({ find: { worker: 'i-1', by: 'inspector' }, facts: [] }));
  it('of a citizen is nobody\'s find', () => expect(fold(received({ foundBy: 'citizen', finder: undefined }))).toEqual(noReportFacts()));
});
