import { MASKED, maskEvent } from './mask-citizens';

const evidence = [{ sha256: 'a'.repeat(64), mediaType: 'image/png', takenAt: '2025-09-22T01:00:00.000Z', takenBy: 'person-7' }];

// @rule Z13 N3
it('of a citizen neither ciphertext nor any id is shown: not as reporter, not as finder, not as the taker of a photo', () => {
  const data = { reportId: 'r-1', foundBy: 'citizen', finder: 'person-7', channelId: 'wx-1', reporter: { personId: 'person-7', sealed: 'c2VhbGVk' }, evidence };
  const masked = maskEvent({ type: 'ReportReceived', data });
  expect(masked).toEqual({ reportId: 'r-1', foundBy: 'citizen', finder: MASKED, channelId: MASKED, reporter: { personId: MASKED, sealed: MASKED }, evidence: [{ ...evidence[0], takenBy: MASKED }] });
  expect(JSON.stringify(data)).toContain('person-7');
});
it('workers are named', () => {
  const data = { foundBy: 'worker', finder: 'w-1', evidence };
  expect(maskEvent({ type: 'CaseFiled', data })).toEqual(data);
});
