import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePack } from '@gridcase/domain';
import type { Instant, StoredEvent } from '@gridcase/events';
import { beijing, CaseStory, handler, people } from '@gridcase/testing';
import { ClocksCheck } from './clocks.section';
import type { SectionReport } from './report';

const parsed = parsePack(readFileSync(join(__dirname, '../../../../policies/heyang-2020.yaml'), 'utf8'));
if (!parsed.ok) throw new Error('pack');
const pack = parsed.pack;
let occurred: Instant[];
let story: CaseStory;
beforeEach(() => {
  occurred = [];
  story = new CaseStory(pack);
});
/** Tells a part of the story: its events happened then. */
const at = (local: string, tell: (local: string) => CaseStory): void => {
  tell(local);
  while (occurred.length < story.events.length) occurred.push(local.endsWith('Z') ? local : beijing(local));
};
/** As recorded the moment it happened; `change` says what is otherwise. */
const stored = (change: (event: StoredEvent) => StoredEvent = (event) => event): StoredEvent[] => story.events.map((event, revision) => change({
  id: `e-${revision}`, version: 1, ...event, stream: 'case-c-1', revision, position: BigInt(revision + 1), hash: '', previousHash: '',
  metadata: { correlationId: 'c', causationId: 'c', commandId: `k-${revision}`, commandDigest: 'd', actor: people.centre, occurredAt: occurred[revision]!, recordedAt: occurred[revision]! },
}));
const look = (events: readonly StoredEvent[], now?: Instant): SectionReport => {
  const check = new ClocksCheck({ graceMs: 5_000, ...(now !== undefined && { now }) });
  for (const event of events) check.see(event);
  return check.finish();
};
const kinds = ({ findings }: SectionReport) => findings.map(({ kind, key }) => `${kind} ${key}`);
/** Warnings and breaches as the clock worker records them: occurred when due, recorded a moment later. */
const fire = (kind: string, fires: 'warn' | 'due', local: string): void => {
  const clock = story.clock(kind);
  at(local, () => (fires === 'warn' ? story.given(local, people.system, 'WarnClock', { clock: clock.id, warnAt: clock.warnAt! }) : story.given(local, people.system, 'BreachClock', { clock: clock.id, dueAt: clock.dueAt })));
};
/** Occurred at their moments. */
const asTheWorker = (event: StoredEvent): StoredEvent => {
  const moment = event.type === 'ClockWarned' ? event.data.warnAt : event.type === 'ClockBreached' ? event.data.dueAt : undefined;
  return moment ? { ...event, metadata: { ...event.metadata, occurredAt: moment } } : event;
};
const plus = (instant: Instant, ms: number): string => new Date(Date.parse(instant) + ms).toISOString();

beforeEach(() => {
  at('2025-09-22 09:00', (local) => story.filed(local));
  at('2025-09-22 09:05', (local) => story.dispatched(local));
});

it('[X12] a paused clock is not due; resumed it is due with its remainder, and no earlier moment may fire', () => {
  const first = story.clock('dispose').dueAt;
  at('2025-09-22 09:10', (local) => story.given(local, handler('u-1'), 'ReboundCase', { reason: '不属本单位' }));
  const clock = story.clock('dispose');
  expect(clock.status).toBe('paused');
  const breach = (recordedAt: Instant): StoredEvent => ({ ...stored()[0]!, type: 'ClockBreached', data: { clock: clock.id, kind: 'dispose', subject: clock.subject, dueAt: first, rule: 'r', clocks: [] }, revision: 90, position: 90n, metadata: { ...stored()[0]!.metadata, occurredAt: first, recordedAt } });
  expect(kinds(look([...stored(), breach(plus(first, 1))], plus(beijing('2025-09-22 09:11'), 0)))).toEqual([`fired-when-paused ${clock.id}`]);
  at('2025-09-22 10:10', (local) => story.given(local, people.centre, 'RuleOnRebound', { decision: 'overrule', reason: '属本单位' }));
  const { dueAt } = story.clock('dispose');
  expect(dueAt > first).toBe(true);
  expect(kinds(look([...stored(), breach(plus(dueAt, 1))], dueAt)).filter((line) => line.startsWith('fired'))).toEqual([`fired-though-moved ${clock.id}`]);
});

it('[X13] an extended clock warns again, and is due at its new moment alone', () => {
  at('2025-09-22 09:10', (local) => story.acknowledged(local));
  const clock = story.clock('dispose');
  const asked = { amount: 1, unit: 'workingDay' } as const;
  at('2025-09-22 09:15', (local) => story.given(local, handler('u-1'), 'ExplainDelay', { reason: '缺件', asked }));
  fire('dispose', 'warn', clock.warnAt!);
  at(plus(clock.warnAt!, 60_000), (local) => story.given(local, people.centre, 'RuleOnDelay', { accept: true, reason: '属实' }));
  const moved = story.clock('dispose');
  expect(moved.dueAt > clock.dueAt).toBe(true);
  fire('dispose', 'warn', moved.warnAt!);
  fire('dispose', 'due', plus(moved.dueAt, 1));
  const of = (report: SectionReport) => kinds(report).filter((line) => line.endsWith(clock.id));
  const events = stored(asTheWorker);
  expect(of(look(events))).toEqual([]);
  expect(events.filter(({ type, data }) => type === 'ClockWarned' && data.clock === clock.id)).toHaveLength(2);
  expect(of(look(events.filter(({ type, data }) => !(type === 'ClockBreached' && data.clock === clock.id)), plus(moved.dueAt, 5_001)))).toEqual([`never-fired ${clock.id}`]);
});

it('a clock that was recorded after it was due has its time from then on', () => {
  const { dueAt, id } = story.clock('respond');
  const late = stored((event) => ({ ...event, metadata: { ...event.metadata, recordedAt: plus(dueAt, 60_000) } }));
  expect(kinds(look(late, plus(dueAt, 64_000)))).not.toContain(`never-fired ${id}`);
  expect(kinds(look(late, plus(dueAt, 65_001)))).toContain(`never-fired ${id}`);
});

it('[H4.2.4] done at the due moment itself is in time, a millisecond later is late: a record that says otherwise is found', () => {
  const { dueAt, id } = story.clock('respond');
  at(dueAt, (local) => story.given(local, handler('u-1'), 'AcknowledgeDispatch', {}));
  const of = (report: SectionReport) => kinds(report).filter((line) => line.endsWith(id));
  expect(of(look(stored(), dueAt))).toEqual([]);
  const turned = (late: boolean, stoppedAt: Instant) => stored((event) => (event.type !== 'DispatchAcknowledged' ? event : { ...event, data: { ...event.data, clocks: event.data.clocks.map((change: object) => ({ ...change, late, at: stoppedAt })) } }));
  expect(of(look(turned(true, dueAt), dueAt))).toEqual([`late-or-not ${id}`]);
  expect(of(look(turned(false, plus(dueAt, 1)), dueAt))).toEqual([`late-or-not ${id}`]);
  expect(of(look(turned(true, plus(dueAt, 1)), dueAt))).toEqual([]);
});

it('what ended late while nobody fired is counted: the record says that it was late, and nothing can fire it any more', () => {
  const { dueAt } = story.clock('respond');
  at(plus(dueAt, 4_000), (local) => story.given(local, handler('u-1'), 'AcknowledgeDispatch', {}));
  expect(look(stored(), dueAt).figures['endedUnfired']).toBe(0);
  const slow = stored((event) => (event.type === 'DispatchAcknowledged' ? { ...event, metadata: { ...event.metadata, recordedAt: plus(dueAt, 6_000) } } : event));
  expect(look(slow, dueAt)).toMatchObject({ figures: { endedUnfired: 1 }, summary: expect.stringContaining('1 ended late before they were fired') });
});

it('cases of which nothing runs are forgotten: memory grows with what is open', () => {
  at('2025-09-22 09:10', (local) => story.acknowledged(local));
  const check = new ClocksCheck();
  const open = stored();
  for (let n = 0; n < 1_000; n++) {
    for (const event of open) check.see({ ...event, stream: `case-${n}` });
    const running = Object.values(story.state!.clocks).filter(({ status }) => status !== 'stopped').map(({ id }) => ({ op: 'stop', clock: id, at: beijing('2025-09-22 09:11'), cause: 'c', usedMs: 0, leftMs: 0, late: false, outcome: 'done' }));
    if (n > 0) check.see({ ...open[0]!, type: 'CaseClosed', stream: `case-${n}`, data: { summary: '', onTime: true, clocks: running } });
  }
  expect(check.casesHeld).toBe(1);
  expect(check.finish().findings).toEqual([]);
});
