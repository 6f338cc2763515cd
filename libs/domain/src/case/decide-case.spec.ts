import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRejection } from '@gridcase/events';
import { beijing, CaseStory, handler, people } from '@gridcase/testing';
import { parse } from 'yaml';
import { policyPackSchema, type PolicyPack } from '../policy/pack';
import { lightOfCase } from './case-state';

const pack = (name: string): PolicyPack => policyPackSchema.parse(parse(readFileSync(join(__dirname, '../../../../policies', `${name}.yaml`), 'utf8')));
const heyang = pack('heyang-2020');
const linkage = pack('linkage');
const story = () => new CaseStory(heyang);

describe('a case from filing to archive', () => {
  // @rule X11 X12 X16 H4.2.2 H4.2.3 H4.2.6 H4.2.7 H4.2.8 H4.1.2
  it('goes the whole way', () => {
    const s = story().filed('2025-09-22 09:00').dispatched('2025-09-22 09:20').acknowledged('2025-09-22 09:30')
      .given('2025-09-22 10:30', handler('u-1'), 'RecordArrival', {})
      .resolved('2025-09-23 16:00').verified('2025-09-23 17:00')
      .given('2025-09-24 09:00', people.centre, 'RecordCallBack', { medium: 'telephone', reached: true, truthful: true, satisfied: true })
      .given('2025-09-24 09:10', people.centre, 'CloseCase', {})
      .given('2025-09-24 09:20', people.centre, 'ArchiveCase', { sha256: 'a'.repeat(64), bytes: 1, events: 10, headHash: 'b'.repeat(64) });
    expect(s.types()).toEqual(['CaseFiled', 'UnitPhoned', 'CaseDispatched', 'DispatchAcknowledged', 'HandlerArrived', 'ResultSubmitted', 'ResultVerified', 'CallBackRecorded', 'CaseClosed', 'CaseArchived']);
    expect(s.state!.phase).toBe('archived');
    expect(Object.values(s.state!.clocks).every((c) => c.status === 'stopped')).toBe(true);
  });

  // @rule H4.2.2 L4.3
  it('must be dispatched within 30 minutes of the report reaching the centre', () => {
    const s = story().filed('2025-09-22 09:10', { reportedAt: beijing('2025-09-22 09:00') });
    expect(s.clock('dispatch')).toMatchObject({ dueAt: beijing('2025-09-22 09:30'), subject: 'centre:610524', rule: 'H4.1.2' });
    expect(s.dispatched('2025-09-22 09:30').clock('dispatch')).toMatchObject({ status: 'stopped', late: false });
  });
  // @rule H4.2.2
  it('is not dispatched before the unit was told by telephone', () => {
    expect(story().filed('2025-09-22 09:00').refusal('2025-09-22 09:10', people.centre, 'DispatchCase', { lead: 'u-1' })).toEqual({ code: 'PHONE_CALL_REQUIRED', rule: 'H4.2.2' });
  });
  // @rule H4.2.3 H4.2.4
  it('gives the unit 30 minutes to respond, 2 hours to arrive and 3 working days to finish', () => {
    const s = story().filed('2025-09-22 09:00').dispatched('2025-09-22 10:00');
    expect(s.clock('respond').dueAt).toBe(beijing('2025-09-22 10:30'));
    expect(s.clock('arrive').dueAt).toBe(beijing('2025-09-22 12:00'));
    expect(s.clock('dispose').dueAt).toBe(beijing('2025-09-25 17:30'));
  });
  // @rule H4.2.4 N1 N2
  it('counts 3 working days across the National Day holiday of 2025', () => {
    const s = story().filed('2025-09-29 09:00').dispatched('2025-09-29 10:00');
    expect(s.clock('dispose').dueAt).toBe(beijing('2025-10-10 17:30')); // Tue 30, then Thu 9 and Fri 10 October
  });
});

describe('one rebound a unit a case', () => {
  const rebounded = () => story().filed('2025-09-22 09:00').dispatched('2025-09-22 10:00').acknowledged('2025-09-22 10:10')
    .given('2025-09-22 11:30', handler('u-1'), 'ReboundCase', { reason: '不属于我单位职责' });

  // @rule X12
  it('pauses the handling and starts the centre’s ruling clock', () => {
    const s = rebounded();
    expect(s.state!.phase).toBe('rebounded');
    expect(s.clock('dispose')).toMatchObject({ status: 'paused', leftMs: (6 + 27) * 3_600_000 });
    expect(s.clock('rule')).toMatchObject({ status: 'running', subject: 'centre:610524' });
  });
  // @rule X12
  it('overruled: resumes with exactly the time left, and a second rebound is refused', () => {
    const s = rebounded().given('2025-09-22 13:30', people.centre, 'RuleOnRebound', { decision: 'overrule', reason: '清单第3项' });
    expect(s.clock('dispose').dueAt).toBe(beijing('2025-09-26 10:30'));
    expect(s.refusal('2025-09-22 14:00', handler('u-1'), 'ReboundCase', { reason: '再退' })).toEqual({ code: 'REBOUND_ALREADY_USED', rule: 'X12' });
  });
  // @rule X12
  it('overruled: the unit may not dispute either', () => {
    const s = rebounded().given('2025-09-22 13:30', people.centre, 'RuleOnRebound', { decision: 'overrule', reason: '清单第3项' });
    expect(s.refusal('2025-09-22 14:00', handler('u-1'), 'RaiseDispute', { units: ['u-1', 'u-2'], reason: '争议' })).toEqual({ code: 'ORDER_IS_BINDING', rule: 'X12' });
  });
  // @rule X12
  it('upheld: back to the centre; another unit starts afresh; the first may not hand back again whatever happened between', () => {
    const s = rebounded().given('2025-09-22 13:30', people.centre, 'RuleOnRebound', { decision: 'uphold', reason: '确不属其职责' });
    expect(s.state!.phase).toBe('filed');
    expect(s.clock('dispose', 'unit:u-1')).toMatchObject({ status: 'stopped', outcome: 'dropped' });
    s.dispatched('2025-09-22 14:00', 'u-2');
    expect(s.clock('dispose', 'unit:u-2').dueAt).toBe(beijing('2025-09-25 17:30'));
    s.given('2025-09-22 14:10', handler('u-2'), 'ReboundCase', { reason: '也不是' }).given('2025-09-22 14:20', people.centre, 'RuleOnRebound', { decision: 'uphold', reason: '是' }).dispatched('2025-09-22 14:30', 'u-1');
    expect(s.refusal('2025-09-22 14:40', handler('u-1'), 'ReboundCase', { reason: '再退' })).toEqual({ code: 'REBOUND_ALREADY_USED', rule: 'X12' });
  });
  // @rule X12
  it('is not for a stranger, nor twice at once, nor for a case returned for redo', () => {
    expect(story().filed('2025-09-22 09:00').dispatched('2025-09-22 10:00').refusal('2025-09-22 10:10', handler('u-9'), 'ReboundCase', { reason: 'x' })).toMatchObject({ code: 'NOT_YOUR_UNIT' });
    const joint = story().filed('2025-09-22 09:00').dispatched('2025-09-22 10:00', 'u-1', ['u-2']).given('2025-09-22 10:10', handler('u-2'), 'ReboundCase', { reason: 'x' });
    expect(joint.refusal('2025-09-22 10:20', handler('u-1'), 'ReboundCase', { reason: 'y' })).toMatchObject({ code: 'REBOUND_PENDING' });
    expect(joint.given('2025-09-22 10:30', people.centre, 'RuleOnRebound', { decision: 'uphold', reason: 'z' }).state).toMatchObject({ phase: 'dispatched', lead: 'u-1', coHandlers: [] });
    const redone = story().filed('2025-09-22 09:00').dispatched('2025-09-22 10:00').acknowledged('2025-09-22 10:10').resolved('2025-09-22 12:00')
      .given('2025-09-22 13:00', people.worker, 'VerifyResult', { proposal: 'redo', note: '没修好' });
    expect(redone.refusal('2025-09-22 13:10', handler('u-1'), 'ReboundCase', { reason: 'x' })).toMatchObject({ code: 'REBOUND_AFTER_RESULT' });
  });
});

describe('dispute and designation', () => {
  const disputed = () => story().filed('2025-09-22 09:00').dispatched('2025-09-22 10:00').acknowledged('2025-09-22 10:10')
    .given('2025-09-22 11:00', handler('u-1'), 'RaiseDispute', { units: ['u-1', 'u-2'], reason: '职责交叉' });
  // @rule X15
  it('a designated unit can neither refuse nor pass on', () => {
    const s = disputed().given('2025-09-22 15:00', people.centre, 'DesignateUnit', { unit: 'u-2', reason: '托底' });
    expect(s.state).toMatchObject({ phase: 'dispatched', lead: 'u-2' });
    expect(s.refusal('2025-09-22 15:10', handler('u-2'), 'ReboundCase', { reason: '不接' })).toEqual({ code: 'DESIGNATED_UNIT_MAY_NOT_REFUSE', rule: 'X15' });
    expect(s.refusal('2025-09-22 15:10', handler('u-2'), 'RaiseDispute', { units: ['u-2'], reason: '不接' })).toEqual({ code: 'DESIGNATED_UNIT_MAY_NOT_REFUSE', rule: 'X15' });
  });
  // @rule X15
  it('is the district centre’s alone, and needs a dispute', () => {
    expect(disputed().refusal('2025-09-22 15:00', people.street, 'DesignateUnit', { unit: 'u-2', reason: 'x' })).toMatchObject({ code: 'DISTRICT_CENTRE_ONLY' });
    expect(story().filed('2025-09-22 09:00').refusal('2025-09-22 15:00', people.centre, 'DesignateUnit', { unit: 'u-2', reason: 'x' })).toEqual({ code: 'NO_DISPUTE', rule: 'X15' });
  });
  // @rule X15
  it('designating the unit that has it lets its clocks go on', () => {
    const s = disputed().given('2025-09-22 13:00', people.centre, 'DesignateUnit', { unit: 'u-1', reason: '托底' });
    expect(s.clock('dispose').dueAt).toBe(beijing('2025-09-26 10:30'));
  });
});

describe('joint handling', () => {
  // @rule X14 H4.1.2 L4.4
  it('the lead alone feeds back; co-handlers contribute', () => {
    const s = story().filed('2025-09-22 09:00').dispatched('2025-09-22 10:00', 'u-1', ['u-2']).acknowledged('2025-09-22 10:05').acknowledged('2025-09-22 10:10', 'u-2')
      .given('2025-09-22 11:00', handler('u-2'), 'ContributeWork', { note: '已清理' });
    expect(s.clock('dispose').limit).toEqual({ amount: 10, unit: 'workingDay' });
    expect(s.refusal('2025-09-22 12:00', handler('u-2'), 'SubmitResult', { result: '完成', signedBy: 'l-2' })).toMatchObject({ code: 'ONLY_LEAD_FEEDS_BACK' });
    expect(s.refusal('2025-09-22 12:00', people.centre, 'DispatchCase', { lead: 'u-3' })).toMatchObject({ code: 'NOT_AWAITING_DISPATCH' });
  });
  // @rule X14
  it('lead and co-handlers differ', () => {
    const s = story().filed('2025-09-22 09:00').given('2025-09-22 09:05', people.centre, 'PhoneUnit', { unit: 'u-1', person: 'p', answered: true });
    expect(s.refusal('2025-09-22 09:10', people.centre, 'DispatchCase', { lead: 'u-1', coHandlers: ['u-1'] })).toMatchObject({ code: 'LEAD_AND_CO_HANDLERS_OVERLAP' });
  });
});

describe('disposal in time and late', () => {
  const handled = () => story().filed('2025-09-22 09:00').dispatched('2025-09-22 10:00').acknowledged('2025-09-22 10:10');
  // @rule H4.2.4 H5.2
  it.each([['2025-09-25 17:29', false], ['2025-09-25 17:30', false], ['2025-09-25 17:31', true]])('a result at %s: late = %s', (at, late) => {
    expect(handled().resolved(at).events.find((e) => e.type === 'ResultSubmitted')!.data).toMatchObject({ late });
  });
  // @rule X17
  it('a breach that a disposal came before is no breach; never early; once only', () => {
    const s = handled();
    const { id, dueAt } = s.clock('dispose');
    expect(s.refusal('2025-09-25 17:30', people.system, 'BreachClock', { clock: id, dueAt })).toMatchObject({ code: 'CLOCK_NOT_DUE' });
    expect(handled().resolved('2025-09-25 17:30').when('2025-09-25 17:31', people.system, 'BreachClock', { clock: id, dueAt })).toEqual([]);
    s.given('2025-09-25 17:31', people.system, 'BreachClock', { clock: id, dueAt });
    expect(s.when('2025-09-25 17:32', people.system, 'BreachClock', { clock: id, dueAt })).toEqual([]);
  });
  // @rule X17 H4.2.5 L5.4
  it('overdue without a reason goes under supervision, and to account when its term lapses', () => {
    const s = handled();
    s.given('2025-09-25 17:31', people.system, 'BreachClock', { clock: s.clock('dispose').id, dueAt: s.clock('dispose').dueAt });
    expect(s.types()).toContain('SupervisionOpened');
    const term = s.clock('supervision');
    s.given(term.dueAt.replace('.000Z', '.001Z'), people.system, 'BreachClock', { clock: term.id, dueAt: term.dueAt });
    expect(s.types().slice(-2)).toEqual(['ClockBreached', 'AccountabilityOpened']);
    expect(s.state!.accountability).toHaveLength(1);
  });
  // @rule X23 X17
  it('the account is opened with the body and the article of the pack the case was filed under', () => {
    const s = new CaseStory(pack('xinglongtai-2016')).filed('2025-09-22 09:00').dispatched('2025-09-22 10:00').acknowledged('2025-09-22 10:10');
    s.given('2025-11-03 10:00', people.system, 'BreachClock', { clock: s.clock('dispose').id, dueAt: s.clock('dispose').dueAt });
    const term = s.clock('supervision');
    s.given(term.dueAt.replace('.000Z', '.001Z'), people.system, 'BreachClock', { clock: term.id, dueAt: term.dueAt });
    expect(s.events.at(-1)).toEqual({ type: 'AccountabilityOpened', data: { unit: 'u-1', cause: 'overdue', body: { zh: '上级主管部门', en: 'Authority of the level above' }, rule: 'X23', clocks: [] } });
    expect(s.state!.accountability).toMatchObject([{ unit: 'u-1', rule: 'X23' }]);
  });
  // @rule X17
  it('supervision is lifted by the result', () => {
    const s = handled();
    s.given('2025-09-25 17:31', people.system, 'BreachClock', { clock: s.clock('dispose').id, dueAt: s.clock('dispose').dueAt }).resolved('2025-09-26 09:00');
    expect(s.events.at(-1)).toMatchObject({ type: 'SupervisionLifted', data: { inTime: true } });
    expect(s.state!.supervision).toBeUndefined();
  });
  // @rule X13 YD3.3
  it('an accepted reason before the limit moves it; a rejected one leaves it', () => {
    const asked = { amount: 2, unit: 'workingDay' as const };
    const s = handled().given('2025-09-25 16:00', handler('u-1'), 'ExplainDelay', { reason: '需定制井盖', asked });
    const before = s.clock('dispose').dueAt;
    expect(isRejection(s.when('2025-09-25 17:00', people.centre, 'RuleOnDelay', { accept: false, reason: '不成立' }))).toBe(false);
    s.given('2025-09-25 17:00', people.centre, 'RuleOnDelay', { accept: true, reason: '属实' });
    expect(before).toBe(beijing('2025-09-25 17:30'));
    expect(s.clock('dispose').dueAt).toBe(beijing('2025-09-28 17:30')); // Fri 26, make-up Sunday 28
    expect(handled().refusal('2025-09-25 17:31', handler('u-1'), 'ExplainDelay', { reason: '晚了', asked })).toMatchObject({ code: 'LIMIT_ALREADY_PASSED', rule: 'X13' });
    const greedy = handled().given('2025-09-25 16:00', handler('u-1'), 'ExplainDelay', { reason: 'x', asked: { amount: 400, unit: 'workingDay' } });
    expect(greedy.refusal('2025-09-25 17:00', people.centre, 'RuleOnDelay', { accept: true, reason: 'x' })).toMatchObject({ code: 'EXTENSION_TOO_LONG' });
  });
  // @rule X17 X13
  it('with a reason still before the centre supervision waits for the ruling', () => {
    const s = handled().given('2025-09-25 17:00', handler('u-1'), 'ExplainDelay', { reason: 'x', asked: { amount: 1, unit: 'workingDay' } });
    s.given('2025-09-25 17:31', people.system, 'BreachClock', { clock: s.clock('dispose').id, dueAt: s.clock('dispose').dueAt });
    expect(s.types()).not.toContain('SupervisionOpened');
    s.given('2025-09-25 18:00', people.centre, 'RuleOnDelay', { accept: false, reason: '理由不成立' });
    expect(s.types().slice(-2)).toEqual(['DelayRuled', 'SupervisionOpened']);
  });
  // @rule L4.6
  it('is green, then yellow, then red', () => {
    const s = handled();
    const { warnAt } = s.clock('dispose');
    expect(lightOfCase(s.state!, beijing('2025-09-22 10:20'))).toBe('green');
    s.given('2025-09-22 10:30', handler('u-1'), 'RecordArrival', {});
    expect(lightOfCase(s.state!, warnAt!)).toBe('yellow');
    expect(lightOfCase(s.state!, beijing('2025-09-25 17:31'))).toBe('red');
  });
});

describe('checking the result', () => {
  const submitted = () => story().filed('2025-09-22 09:00').dispatched('2025-09-22 10:00').acknowledged('2025-09-22 10:10').resolved('2025-09-22 15:00');
  // @rule H4.2.6
  it('needs the signature of the unit’s leader', () => {
    const s = story().filed('2025-09-22 09:00').dispatched('2025-09-22 10:00').acknowledged('2025-09-22 10:10');
    expect(s.refusal('2025-09-22 12:00', handler('u-1'), 'SubmitResult', { result: '好了' })).toEqual({ code: 'SIGNATURE_REQUIRED', rule: 'H4.2.6' });
    expect(s.when('2025-09-22 12:00', { ...handler('u-1'), role: 'unit-leader' }, 'SubmitResult', { result: '好了' })).toMatchObject([{ data: { signedBy: 'h-u-1' } }]);
  });
  // @rule X16
  it('closing without verification is refused', () => {
    expect(submitted().refusal('2025-09-22 16:00', people.centre, 'CloseCase', {})).toEqual({ code: 'NOT_VERIFIED', rule: 'H4.2.7' });
  });
  // @rule H4.2.7
  it('closing without the call-back is refused', () => {
    expect(submitted().verified('2025-09-22 16:00').refusal('2025-09-22 16:10', people.centre, 'CloseCase', {})).toEqual({ code: 'CALL_BACK_MISSING', rule: 'H4.2.7' });
  });
  // @rule X16 H4.2.7
  it('a bad result goes back and starts again from receipt', () => {
    const s = submitted().given('2025-09-23 09:00', people.worker, 'VerifyResult', { proposal: 'redo', note: '松动' });
    expect(s.state).toMatchObject({ phase: 'dispatched', round: 2, acknowledged: [] });
    expect(s.clock('respond').dueAt).toBe(beijing('2025-09-23 09:30'));
    expect(s.clock('dispose').dueAt).toBe(beijing('2025-09-26 17:30'));
  });
  // @rule H4.2.7 H4.1.3
  it.each([[{ truthful: true, satisfied: false }, 'dissatisfied'], [{ truthful: false, satisfied: false }, 'untrue']])('a call-back with %j returns it as %s', (answer, cause) => {
    const s = submitted().verified('2025-09-22 16:00').given('2025-09-22 16:30', people.centre, 'RecordCallBack', { medium: 'telephone', reached: true, ...answer });
    expect(s.events.find((e) => e.type === 'CaseReturned')!.data).toMatchObject({ cause, round: 2 });
  });
  // @rule H4.2.7
  it('a citizen not reached is called again', () => {
    const s = submitted().verified('2025-09-22 16:00').given('2025-09-22 16:30', people.centre, 'RecordCallBack', { medium: 'telephone', reached: false, truthful: false, satisfied: false });
    expect(s.state!.callBack).toBeUndefined();
    expect(s.clock('call-back').status).toBe('running');
  });
  // @rule L4.5
  it('under the linkage plan the street confirms before closing', () => {
    const s = new CaseStory(linkage).filed('2025-09-22 09:00').dispatched('2025-09-22 09:05').acknowledged('2025-09-22 09:10').resolved('2025-09-22 15:00').verified('2025-09-22 16:00');
    expect(s.refusal('2025-09-22 16:10', people.centre, 'CloseCase', {})).toEqual({ code: 'NOT_CONFIRMED', rule: 'L4.5' });
    s.given('2025-09-22 16:20', people.street, 'ConfirmResult', { confirmed: true });
    expect(s.state!.confirmed).toBe(true);
    expect(submitted().verified('2025-09-22 16:00').refusal('2025-09-22 16:20', people.street, 'ConfirmResult', { confirmed: true })).toMatchObject({ code: 'CONFIRMATION_NOT_FORESEEN' });
  });
  // @rule L1 L4.4
  it('the three ones: 10 minutes, 1 hour, 1 working day', () => {
    const s = new CaseStory(linkage).filed('2025-09-22 09:00');
    expect(s.clock('dispatch').dueAt).toBe(beijing('2025-09-22 09:10'));
    s.dispatched('2025-09-22 09:05');
    expect(s.clock('arrive').dueAt).toBe(beijing('2025-09-22 10:05'));
    expect(s.clock('opinion').dueAt).toBe(beijing('2025-09-23 17:30'));
  });
  // @rule L4.5
  it('the district samples closed cases only', () => {
    expect(submitted().refusal('2025-09-22 16:10', people.centre, 'SampleCase', { good: true })).toMatchObject({ code: 'NOT_CLOSED' });
  });
});

describe('levels and repeats', () => {
  // @rule YD3.4 X4
  it('what exceeds the level goes up, and the centre above has its own time', () => {
    const s = new CaseStory(linkage).filed('2025-09-22 09:00', { level: 'street', centre: '610524001' });
    expect(s.refusal('2025-09-22 09:05', people.centre, 'HandUpCase', { to: 'street', centre: '610524001', reason: 'x' })).toMatchObject({ code: 'NOT_A_HIGHER_LEVEL' });
    s.given('2025-09-22 09:06', people.street, 'HandUpCase', { to: 'district', centre: '610524', reason: '超出权限' });
    expect(s.state).toMatchObject({ level: 'district', centre: '610524' });
    expect(s.clock('dispatch', 'centre:610524').dueAt).toBe(beijing('2025-09-22 09:16'));
    expect(s.refusal('2025-09-22 09:10', people.street, 'PhoneUnit', { unit: 'u-1', person: 'p', answered: true })).toMatchObject({ code: 'OUTSIDE_JURISDICTION' });
  });
  // @rule H5.2
  it('repeats are counted, each report once', () => {
    const report = (reportId: string) => ({ reportId, channel: 'wechat', reportedAt: beijing('2025-09-22 12:00'), foundBy: 'citizen' as const });
    const s = story().filed('2025-09-22 09:00').given('2025-09-22 12:00', people.centre, 'JoinReportToCase', report('r-2')).given('2025-09-22 12:30', people.centre, 'JoinReportToCase', report('r-3'));
    expect(s.state!.repeats).toBe(2);
    expect(s.when('2025-09-22 12:40', people.centre, 'JoinReportToCase', report('r-3'))).toEqual([]);
  });
  // @rule N2
  it('a holiday announced late moves open deadlines by a recorded decision; closed cases keep theirs', () => {
    const s = story().filed('2025-09-22 09:00').dispatched('2025-09-22 10:00').acknowledged('2025-09-22 10:10');
    s.workingTime = s.timeUnder({ version: '2025.1', years: { 2025: { year: 2025, holidays: [{ date: '2025-09-24', name: '临时放假' }], workdays: [], source: '县政府通告' } } });
    s.given('2025-09-23 09:00', people.system, 'ApplyCalendar', { calendar: '2025.1', reason: '县政府通告' });
    expect(s.types().at(-1)).toBe('DeadlinesMoved');
    expect(s.clock('dispose').dueAt).toBe(beijing('2025-09-26 17:30'));
    expect(s.when('2025-09-23 09:05', people.system, 'ApplyCalendar', { calendar: '2025.1', reason: 'x' })).toEqual([]);
  });
});
