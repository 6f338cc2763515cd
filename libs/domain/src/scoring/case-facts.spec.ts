import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Actor, CaseEvent, StoredEvent } from '@gridcase/events';
import { beijing, CaseStory, handler, people } from '@gridcase/testing';
import { parse } from 'yaml';
import { policyPackSchema } from '../policy/pack';
import { evolveCaseFacts, noCaseFacts, type CaseFacts } from './case-facts';

const heyang = policyPackSchema.parse(parse(readFileSync(join(__dirname, '../../../../policies/heyang-2020.yaml'), 'utf8')));

/** A story whose events are also folded into facts, as stored events. */
class ScoredStory extends CaseStory {
  facts: CaseFacts = noCaseFacts();
  override record(local: string, actor: Actor, events: CaseEvent[]): void {
    const occurredAt = local.endsWith('Z') ? local : beijing(local);
    events.forEach((event, i) => {
      const revision = this.events.length + i;
      this.facts = evolveCaseFacts(this.facts, { ...event, stream: 'case-c-1', revision, id: `e-${revision}`, metadata: { occurredAt } } as unknown as StoredEvent);
    });
    super.record(local, actor, events);
  }
  breach(kind: string, local: string): this { const { id, dueAt } = this.clock(kind); return this.given(local, people.system, 'BreachClock', { clock: id, dueAt }); }
  /** What counts for units, in order. */
  get seen(): string[] { return this.facts.facts.filter(({ subject }) => subject.kind === 'unit').map(({ kind, subject }) => `${kind} ${subject.id}`); }
  get observed(): string[] { return this.facts.observations.map(({ indicator, subject, good }) => `${indicator} ${subject.id} ${good ? 'good' : 'bad'}`); }
}
const story = () => new ScoredStory(heyang);
const handled = () => story().filed('2025-09-22 09:00').dispatched('2025-09-22 09:20').acknowledged('2025-09-22 09:30');

// @rule H5.2
it('late response: 30 minutes are in time, 31 are not', () => {
  expect(story().filed('2025-09-22 09:00').dispatched('2025-09-22 09:20').acknowledged('2025-09-22 09:50').seen).toEqual([]);
  const late = story().filed('2025-09-22 09:00').dispatched('2025-09-22 09:20').acknowledged('2025-09-22 09:51');
  expect(late.seen).toEqual(['late-response u-1']);
  expect(late.facts.facts.find((f) => f.kind === 'late-response')).toMatchObject({ stream: 'case-c-1', occurredAt: beijing('2025-09-22 09:51'), policy: { pack: heyang.id, version: heyang.version }, district: '610524', matter: 'c-1' });
  expect(late.observed).toEqual(['response u-1 bad']);
});

// @rule H5.2
describe('late completion', () => {
  it('is not counted in time', () => expect(handled().resolved('2025-09-25 17:30').seen).toEqual([]));
  it('is counted with a late result', () => {
    const s = handled().resolved('2025-09-25 17:31');
    expect(s.seen).toEqual(['late-completion u-1']);
    expect(s.observed).toEqual(['response u-1 good', 'on-time u-1 bad']);
  });
  it('is counted once, with the breach, when the result comes after it', () => {
    const s = handled().breach('dispose', '2025-09-25 17:31').resolved('2025-09-26 10:00');
    expect(s.seen.filter((f) => f.startsWith('late-completion'))).toEqual(['late-completion u-1']);
    expect(s.facts.facts.find((f) => f.kind === 'late-completion')!.occurredAt).toBe(beijing('2025-09-25 17:31'));
    expect(s.observed.filter((o) => o.startsWith('on-time'))).toEqual(['on-time u-1 bad']);
  });
  it('is counted while nothing was ever done, and supervision with it', () => expect(handled().breach('dispose', '2025-09-25 17:31').seen).toEqual(['late-completion u-1', 'supervised u-1']));
  // @rule X13
  it('is taken back when a reason given before the limit is accepted after it', () => {
    const s = handled().given('2025-09-25 16:00', handler('u-1'), 'ExplainDelay', { reason: '材料未到', asked: { amount: 2, unit: 'workingDay' } }).breach('dispose', '2025-09-25 17:31');
    expect(s.seen).toEqual(['late-completion u-1']);
    s.given('2025-09-26 09:00', people.centre, 'RuleOnDelay', { accept: true, reason: '属实', extension: { amount: 2, unit: 'workingDay' } });
    expect(s.seen).toEqual([]);
    expect(s.resolved('2025-09-28 12:00').observed.filter((o) => o.startsWith('on-time'))).toEqual(['on-time u-1 good']);
  });
});

// @rule H5.2 X12 X15
describe('shirking', () => {
  const rebounded = () => story().filed('2025-09-22 09:00').dispatched('2025-09-22 09:20').given('2025-09-22 09:40', handler('u-1'), 'ReboundCase', { reason: '不属我局' });
  it('is a rebound that was overruled', () => expect(rebounded().given('2025-09-22 10:00', people.centre, 'RuleOnRebound', { decision: 'overrule', reason: '属你局' }).seen).toEqual(['shirking u-1']));
  it('is not one that was upheld', () => expect(rebounded().given('2025-09-22 10:00', people.centre, 'RuleOnRebound', { decision: 'uphold', reason: '不属' }).seen).toEqual([]));
  const disputed = () => rebounded().given('2025-09-22 10:00', people.centre, 'RaiseDispute', { units: ['u-1', 'u-2'], reason: '职责交叉' });
  it('is a refusal by the unit that is then designated', () => expect(disputed().given('2025-09-22 11:00', people.centre, 'DesignateUnit', { unit: 'u-1', reason: '托底' }).seen).toEqual(['shirking u-1']));
  it('is not the backstop of another unit', () => expect(disputed().given('2025-09-22 11:00', people.centre, 'DesignateUnit', { unit: 'u-2', reason: '托底' }).seen).toEqual([]));
});

// @rule H5.2 H4.2.7 X16
describe('returned, untrue, dissatisfied', () => {
  const called = (truthful: boolean, satisfied: boolean) => handled().resolved('2025-09-23 10:00').verified('2025-09-23 11:00')
    .given('2025-09-23 15:00', people.centre, 'RecordCallBack', { medium: 'telephone', reached: true, truthful, satisfied });
  it('dissatisfied: a second order, but not untrue', () => expect(called(true, false).seen).toEqual(['dissatisfied u-1', 'returned-order u-1']));
  it('untrue: a second order and untrue', () => expect(called(false, true).seen.filter((f) => !f.startsWith('supervised'))).toEqual(['returned-order u-1', 'untrue-or-not-rectified u-1']));
  it('not rectified on the spot: a second order and not rectified', () => {
    const s = handled().resolved('2025-09-23 10:00').given('2025-09-23 11:00', people.worker, 'VerifyResult', { proposal: 'redo', note: '没修' });
    expect(s.seen).toEqual(['returned-order u-1', 'untrue-or-not-rectified u-1']);
    expect(s.observed).toEqual(['response u-1 good', 'on-time u-1 good', 'truth u-1 bad']);
  });
  it('true and satisfied: nothing', () => {
    expect(called(true, true).seen).toEqual([]);
    expect(called(true, true).observed).toEqual(['response u-1 good', 'on-time u-1 good', 'truth u-1 good', 'satisfaction u-1 good', 'truth u-1 good']);
  });
  it('nobody reached says nothing', () => {
    const s = handled().resolved('2025-09-23 10:00').verified('2025-09-23 11:00').given('2025-09-23 15:00', people.centre, 'RecordCallBack', { medium: 'telephone', reached: false, truthful: false, satisfied: false });
    expect(s.seen).toEqual([]);
  });
});

// @rule H5.2
describe('not found by the worker', () => {
  const again = (s: ScoredStory, n: number, foundBy: 'citizen' | 'worker' = 'citizen') => s.given(`2025-09-22 1${n}:00`, people.centre, 'JoinReportToCase', { reportId: `r-${n}`, channel: 'hotline', reportedAt: beijing(`2025-09-22 1${n}:00`), foundBy });
  it('every complaint is a fact about one matter, against the worker of the grid and his street', () => {
    const s = again(again(story().filed('2025-09-22 09:00'), 2), 3);
    expect(s.facts.facts.filter((f) => f.subject.kind === 'worker').map((f) => [f.kind, f.subject.id, f.matter])).toEqual(Array(3).fill(['not-found-by-worker', 'w-1', 'c-1']));
    expect(s.facts.facts.filter((f) => f.subject.kind === 'street').map((f) => f.subject.id)).toEqual(Array(3).fill('610524001'));
  });
  it('no fact when the worker found it first', () => expect(again(again(story().filed('2025-09-22 09:00', { foundBy: 'worker', finder: 'w-1' }), 2), 3).facts.facts).toEqual([]));
  it('no more facts once a worker reports it too', () => expect(again(again(again(story().filed('2025-09-22 09:00'), 2), 3, 'worker'), 4).facts.facts.filter((f) => f.subject.kind === 'worker')).toHaveLength(2));
  it('no fact for a grid without a worker', () => expect(again(story().filed('2025-09-22 09:00', { gridWorker: undefined }), 2).facts.facts).toEqual([]));
});

// @rule H5.1
it('what an inspector finds, the worker of the grid had to report', () => {
  expect(story().filed('2025-09-22 09:00', { foundBy: 'inspector', finder: 'i-1' }).facts.facts.map((f) => [f.kind, f.subject.id])).toEqual([['unreported', 'w-1'], ['unreported', '610524001']]);
});

// @rule H5.2
it('leading a hard case is counted for the lead when it is closed', () => {
  const s = story().filed('2025-09-22 09:00', { grade: 'complex' }).dispatched('2025-09-22 09:20', 'u-1', ['u-2']).acknowledged('2025-09-22 09:30').resolved('2025-09-23 10:00').verified('2025-09-23 11:00')
    .given('2025-09-23 15:00', people.centre, 'RecordCallBack', { medium: 'telephone', reached: true, truthful: true, satisfied: true }).given('2025-09-23 15:10', people.centre, 'CloseCase', {});
  expect(s.seen).toEqual(['led-hard-case u-1']);
});
