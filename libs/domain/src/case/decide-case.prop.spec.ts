import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRejection } from '@gridcase/events';
import { caseEvents } from '@gridcase/events';
import { beijing, CaseStory, handler, people } from '@gridcase/testing';
import fc from 'fast-check';
import { parse } from 'yaml';
import { policyPackSchema } from '../policy/pack';
import { rejectionTexts } from '../rejections';
import type { CaseCommandType } from './commands';

const packs = ['heyang-2020', 'linkage', 'xinglongtai-2016'].map((name) => policyPackSchema.parse(parse(readFileSync(join(__dirname, '../../../../policies', `${name}.yaml`), 'utf8'))));
const units = ['u-1', 'u-2', 'u-3'];
const unit = fc.constantFrom(...units);
const actor = fc.oneof(fc.constantFrom(people.centre, people.street, people.worker, people.supervisor, people.system), unit.map(handler));
const step = fc.oneof(
  ...([
    ['PhoneUnit', fc.record({ unit, person: fc.constant('p'), answered: fc.boolean() })],
    ['DispatchCase', fc.record({ lead: unit, coHandlers: fc.subarray(units) })],
    ['AcknowledgeDispatch', fc.constant({})],
    ['ReboundCase', fc.record({ reason: fc.constant('r') })],
    ['RuleOnRebound', fc.record({ decision: fc.constantFrom('uphold', 'overrule'), reason: fc.constant('r') })],
    ['RaiseDispute', fc.record({ units: fc.constant(units), reason: fc.constant('r') })],
    ['DesignateUnit', fc.record({ unit, reason: fc.constant('r') })],
    ['RecordArrival', fc.constant({})],
    ['GivePreliminaryOpinion', fc.constant({ opinion: 'o' })],
    ['ExplainDelay', fc.constant({ reason: 'r', asked: { amount: 1, unit: 'workingDay' } })],
    ['RuleOnDelay', fc.record({ accept: fc.boolean(), reason: fc.constant('r') })],
    ['ContributeWork', fc.constant({ note: 'n' })],
    ['SubmitResult', fc.constant({ result: 'r', signedBy: 'l' })],
    ['VerifyResult', fc.record({ proposal: fc.constantFrom('close', 'redo'), note: fc.constant('n') })],
    ['ConfirmResult', fc.record({ confirmed: fc.boolean() })],
    ['RecordCallBack', fc.record({ medium: fc.constant('telephone'), reached: fc.boolean(), truthful: fc.boolean(), satisfied: fc.boolean() })],
    ['CloseCase', fc.constant({})],
    ['HandUpCase', fc.constant({ to: 'district', centre: '610524', reason: 'r' })],
    ['OpenSupervision', fc.record({ unit, cause: fc.constant('procedure') })],
    ['Due', fc.constant({})],
    ...Array.from({ length: 20 }, () => ['Next', fc.constant({})] as [string, fc.Arbitrary<object>]),
  ] as [string, fc.Arbitrary<object>][]).map(([type, body]) => fc.record({ type: fc.constant(type), body, actor, turn: fc.nat(6), minutes: fc.integer({ min: 1, max: 60 * 24 * 2 }) })),
);

/** The natural next step, so that random lives also reach their end. */
function next(s: CaseStory, turn: number): [typeof people.centre, CaseCommandType, object] | undefined {
  const { phase, lead, phoned, responded, confirmed, callBack } = s.state!;
  switch (phase) {
    case 'filed': return phoned.length === 0 ? [people.centre, 'PhoneUnit', { unit: 'u-1', person: 'p', answered: true }] : [people.centre, 'DispatchCase', { lead: phoned[0] }];
    case 'dispatched':
      if (turn === 0) return [handler(lead!) as never, 'ReboundCase', { reason: 'r' }];
      if (turn === 1) return [handler(lead!) as never, 'RaiseDispute', { units: ['u-1', 'u-2'], reason: 'r' }];
      return responded.includes(lead!) ? [handler(lead!) as never, 'SubmitResult', { result: 'r', signedBy: 'l' }] : [handler(lead!) as never, 'AcknowledgeDispatch', {}];
    case 'rebounded': return [people.centre, 'RuleOnRebound', { decision: turn < 3 ? 'uphold' : 'overrule', reason: 'r' }];
    case 'disputed': return [people.centre, 'DesignateUnit', { unit: 'u-3', reason: 'r' }];
    case 'submitted': return [people.worker as never, 'VerifyResult', { proposal: turn === 0 ? 'redo' : 'close', note: 'n' }];
    case 'verified':
      if (s.pack.verification.streetConfirmation && !confirmed) return [people.street as never, 'ConfirmResult', { confirmed: true }];
      return s.pack.callBack.required && !callBack ? [people.centre, 'RecordCallBack', { medium: 'telephone', reached: true, truthful: true, satisfied: true }] : [people.centre, 'CloseCase', {}];
    default: return undefined;
  }
}

/** Plays a random life of a case; returns its story. Commands out of place are refused, the rest is recorded. */
function play(pack: (typeof packs)[number], steps: { type: string; body: object; actor: typeof people.centre; turn: number; minutes: number }[], check: (s: CaseStory, at: string) => void): void {
  const s = new CaseStory(pack).filed('2025-09-22 09:00', { level: 'street', centre: '610524001', reportedAt: beijing('2025-09-22 09:00') });
  let now = Date.parse(beijing('2025-09-22 09:00'));
  for (const { type, body, actor: who, turn, minutes } of steps) {
    now += minutes * 60_000;
    const at = new Date(now).toISOString();
    const due = type === 'Due' ? Object.values(s.state!.clocks).find((c) => c.status === 'running' && !c.breached && c.dueAt < at) : undefined;
    if (type === 'Due' && !due) continue;
    const natural = type === 'Next' ? next(s, turn) : undefined;
    if (type === 'Next' && !natural) continue;
    const decision = natural ? s.when(at, natural[0], natural[1], natural[2] as never) : due ? s.when(at, people.system, 'BreachClock', { clock: due.id, dueAt: due.dueAt }) : s.when(at, who, type as CaseCommandType, body as never);
    if (isRejection(decision)) { expect(rejectionTexts[decision.code]).toBeDefined(); continue; }
    for (const event of decision) expect(() => caseEvents[event.type].schema.parse(event.data)).not.toThrow();
    s.record(at, natural?.[0] ?? who, decision);
    check(s, at);
  }
}
const lives = (check: (s: CaseStory, at: string) => void) =>
  fc.assert(fc.property(fc.constantFrom(...packs), fc.array(step, { minLength: 10, maxLength: 60, size: 'max' }), (pack, steps) => play(pack, steps as never, check)), { numRuns: 100 });

describe('whatever happens to a case', () => {
  // @rule X12
  it('no unit hands it back more often than once', () => {
    lives((s) => { for (const n of Object.values(s.state!.rebounds)) expect(n).toBeLessThanOrEqual(1); });
  });
  // @rule X15
  it('a designated unit never hands back or disputes after its designation', () => {
    lives((s) => {
      const designated = s.events.map((e, i) => ({ e, i })).filter(({ e }) => e.type === 'UnitDesignated');
      for (const { e, i } of designated) expect(s.events.slice(i + 1).some((later) => (later.type === 'CaseRebounded' && later.data.unit === (e.data as { unit: string }).unit) || (later.type === 'DisputeRaised' && later.data.by === (e.data as { unit: string }).unit))).toBe(false);
    });
  });
  it('random lives reach every end', () => {
    const reached = new Set<string>();
    lives((s) => { for (const type of s.types()) reached.add(type); });
    for (const type of ['CaseClosed', 'CaseReturned', 'UnitDesignated', 'ReboundRuled', 'ResultConfirmed']) expect(reached).toContain(type);
  });
  // @rule X16 L4.5 H4.2.7
  it('it is closed only after the checks its pack asks for, and then no clock runs', () => {
    lives((s) => {
      if (s.state!.phase !== 'closed') return;
      const redone = s.types().lastIndexOf('CaseReturned');
      const round = s.events.slice(redone + 1);
      expect(round.some((e) => e.type === 'ResultVerified' && e.data.proposal === 'close')).toBe(true);
      if (s.pack.verification.streetConfirmation) expect(round.some((e) => e.type === 'ResultConfirmed' && e.data.confirmed)).toBe(true);
      if (s.pack.callBack.required) expect(round.some((e) => e.type === 'CallBackRecorded' && e.data.satisfied && e.data.truthful)).toBe(true);
      expect(Object.values(s.state!.clocks).filter((c) => c.status !== 'stopped')).toEqual([]);
    });
  });
  it('at most one clock of a kind and subject is open, and none of a unit that does not have the case', () => {
    lives((s) => {
      const open = Object.values(s.state!.clocks).filter((c) => c.status !== 'stopped');
      expect(new Set(open.map((c) => `${c.kind}/${c.subject}`)).size).toBe(open.length);
      for (const c of open) if (c.subject.startsWith('unit:') && c.kind !== 'supervision') expect([s.state!.lead, ...s.state!.coHandlers]).toContain(c.subject.slice(5));
    });
  });
  it('an open case always has a clock running against somebody', () => {
    lives((s) => {
      if (s.state!.phase === 'closed') return;
      expect(Object.values(s.state!.clocks).some((c) => c.status === 'running')).toBe(true);
    });
  });
});
