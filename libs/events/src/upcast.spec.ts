import { catalogue } from './catalogue';
import type { StoredEvent } from './envelope';
import { createUpcasters, UnknownEventType, UnknownEventVersion, upcastEvent, upcasterRegistry, type Upcast } from './upcast';

// A made-up type: v1 had one text, v2 split it, v3 added the grade.
const noticePosted: Record<number, Upcast> = {
  1: ({ text, ...rest }) => ({ ...rest, title: text.split('：')[0], body: text.split('：')[1] }),
  2: (data) => ({ ...data, grade: 'general' }),
};
const current = { NoticePosted: 3, NoticeTaken: 1 } as Record<string, number>;
const { upcast } = createUpcasters({ NoticePosted: noticePosted }, (type) => current[type]!);
const stored = (version: number, data: object, type = 'NoticePosted'): StoredEvent => ({
  id: 'e-1', type, version, data, stream: 'notice-1', revision: 4, position: 17n, hash: 'h', previousHash: 'p',
  metadata: { correlationId: 'c', causationId: 'c', commandId: 'c', commandDigest: 'd', actor: { person: 'p', role: 'system', jurisdiction: '610524' }, occurredAt: '2025-09-29T01:30:00.000Z', recordedAt: '2025-09-29T01:30:00.000Z' },
});

it('takes an old event through every step to the current version', () => {
  expect(upcast(stored(1, { text: '公告：停水', unit: 'u-1' }))).toEqual(stored(3, { unit: 'u-1', title: '公告', body: '停水', grade: 'general' }));
  expect(upcast(stored(2, { title: '公告', body: '停水' }))).toEqual(stored(3, { title: '公告', body: '停水', grade: 'general' }));
});

it('leaves stored events as they are: readers share them', () => {
  const old = Object.freeze(stored(1, Object.freeze({ text: '公告：停水' })));
  expect(upcast(old)).not.toBe(old);
  expect(old.data).toEqual({ text: '公告：停水' });
  const now = stored(3, { title: '公告', body: '停水', grade: 'general' });
  expect(upcast(now)).toBe(now);
});

it.each([0, 4, 1.5])('refuses version %s: written by another release', (version) => {
  expect(() => upcast(stored(version, {}))).toThrow(UnknownEventVersion);
});

it('refuses a registry with a gap, or with a step beyond the current version', () => {
  expect(() => createUpcasters({ NoticePosted: { 1: noticePosted[1]! } }, () => 3)).toThrow('upcaster NoticePosted v2 → v3 is missing');
  expect(() => createUpcasters({ NoticeTaken: { 1: (data) => data } }, () => 1)).toThrow('the current version is 1');
});

it('has a step for every older version of the catalogue', () => {
  const missing = Object.values(catalogue).flatMap(({ type, version }) => Array.from({ length: version - 1 }, (_, i) => i + 1).filter((from) => !upcasterRegistry[type]?.[from]).map((from) => `${type} v${from}`));
  expect(missing).toEqual([]);
  expect(Object.keys(upcasterRegistry).filter((type) => !Object.hasOwn(catalogue, type))).toEqual([]);
});

it('passes events of the catalogue in their current version, and refuses unknown types', () => {
  const event = stored(1, { kind: 'given as it is' }, 'CaseClosed');
  expect(upcastEvent(event)).toBe(event);
  expect(() => upcastEvent(stored(1, {}, 'Unheard'))).toThrow(UnknownEventType);
});
