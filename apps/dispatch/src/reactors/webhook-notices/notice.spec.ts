import type { StoredEvent } from '@gridcase/events';
import { beijing, CaseStory, people } from '@gridcase/testing';
import { noticeOf } from './notice';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePack } from '@gridcase/domain';

const parsed = parsePack(readFileSync(join(__dirname, '../../../../../policies/heyang-2020.yaml'), 'utf8'));
if (!parsed.ok) throw new Error('pack');
const story = new CaseStory(parsed.pack).filed('2025-09-22 09:00', { caseId: '井-1', finder: 'citizen-7', foundBy: 'citizen' }).dispatched('2025-09-22 09:05');
const stored = (index: number): StoredEvent => ({
  id: '0d6a8c7e-4a5b-8c1d-9e2f-30415263748f', version: 1, ...story.events[index]!, stream: 'case-井-1', revision: index, position: 77n, hash: 'a'.repeat(64), previousHash: 'b'.repeat(64),
  metadata: { correlationId: 'c-1', causationId: 'c-2', commandId: 'c-3', commandDigest: 'd', actor: people.centre, occurredAt: beijing('2025-09-22 09:05'), recordedAt: beijing('2025-09-22 09:06'), trace: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' },
});

it('is a CloudEvent over HTTP with the public data, and nothing of who acted', () => {
  const event = stored(2);
  expect(noticeOf(event)).toEqual({
    headers: {
      'content-type': 'application/json', 'ce-specversion': '1.0', 'ce-id': event.id, 'ce-type': 'gridcase.CaseDispatched.v1', 'ce-source': '/gridcase/streams/case-%E4%BA%95-1', 'ce-subject': '%E4%BA%95-1',
      'ce-time': '2025-09-22T01:05:00.000Z', 'ce-recordedat': '2025-09-22T01:06:00.000Z', 'ce-revision': '2',
    },
    data: event.data,
  });
});

// @rule Z13 N3
it('does not say which citizen reported', () => {
  const notice = noticeOf(stored(0));
  expect(notice.data).toMatchObject({ caseId: '井-1', foundBy: 'citizen', finder: '***' });
  expect(JSON.stringify(notice)).not.toContain('citizen-7');
});
