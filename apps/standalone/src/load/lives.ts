/** What can become of a report, as steps through the gateway: one command each. */

const district = '610524';
const gridCode = '610524001001001';
const units = { municipal: 'u-610524-municipal', telecom: 'u-610524-telecom' } as const;
type Unit = keyof typeof units;
const ofUnit = (unit: Unit) => ({
  [`${unit}Handler`]: { sub: `h-610524-${unit}`, role: 'unit-handler', jurisdiction: district, unit: units[unit] },
  [`${unit}Leader`]: { sub: `l-610524-${unit}`, role: 'unit-leader', jurisdiction: district, unit: units[unit] },
}) as Record<`${Unit}${'Handler' | 'Leader'}`, { sub: string; role: string; jurisdiction: string; unit: string }>;

export const people = {
  operator: { sub: 'op-610524-1', role: 'centre-operator', jurisdiction: district },
  hotline: { sub: 'hot-610524-1', role: 'hotline-operator', jurisdiction: district },
  worker: { sub: 'w-610524-001', role: 'grid-worker', jurisdiction: gridCode },
  inspector: { sub: 'i-610524-01', role: 'inspector', jurisdiction: district },
  ...ofUnit('municipal'), ...ofUnit('telecom'),
};
export type Who = keyof typeof people;

/** `times`: so many of it at the same time, each a command of its own. */
export interface LifeStep { path: string; who: Who; body: object; times?: number }
export interface Life { report: LifeStep; onReport: readonly LifeStep[]; onCase: readonly LifeStep[] }

const step = (path: string, who: Who, body: object = {}, times?: number): LifeStep => ({ path, who, body, times });
const evidence = (takenBy: string, takenAt: string) => [{ sha256: '7feeb92a942b9904be778d8913a8cb715a45d267d75a96b443fc9da1c73f250f', mediaType: 'image/jpeg', takenAt, takenBy, longitude: 110.145, latitude: 35.229 }];
const reporter = { name: '李红卫', telephone: '15199536942' };

/** Every channel there is: citizens by telephone, WeChat and web, grid workers and inspectors by handheld. */
export const channels = ['hotline', 'wechat', 'web', 'handheld', 'inspector'] as const;
export type Channel = (typeof channels)[number];
const finders: Record<Channel, Who> = { hotline: 'hotline', wechat: 'hotline', web: 'hotline', handheld: 'worker', inspector: 'inspector' };

const received = (name: string, channel: Channel, now: string): LifeStep => {
  const who = finders[channel];
  const place = { address: `凤凰东路 ${name} 号`, gridCode, longitude: 110.145, latitude: 35.229 };
  return step('/v1/reports', who, { district, channel, place, description: '井盖没了', ...(who === 'hotline' ? { reporter } : { evidence: evidence(people[who].sub, now) }) });
};
const filed = [step('sort', 'operator', { itemCode: 'manhole', importance: 'normal', urgency: 'urgent', belonging: 'municipal', gridCode }), step('file', 'operator', { level: 'district', centre: district })];

const phoned = (unit: Unit, times?: number) => step('phone-calls', 'operator', { unit: units[unit], person: '值班员', answered: true }, times);
const ordered = (unit: Unit) => [phoned(unit), step('dispatch', 'operator', { lead: units[unit] }), step('acknowledgement', `${unit}Handler`)];
const acted = (unit: Unit) => [step('arrival', `${unit}Handler`), step('result', `${unit}Leader`, { result: '已更换井盖' })];
const verified = (proposal: 'close' | 'redo') => step('verification', 'worker', { proposal, note: proposal === 'close' ? '已修复' : '未修复' });
const ended = [step('call-back', 'operator', { medium: 'telephone', reached: true, truthful: true, satisfied: true }), step('closing', 'operator'), step('archive', 'operator')];

/**
 * `plain`: nothing special · `rebound`: the first unit hands it back, the centre upholds, another one acts · `overruled`: it must act
 * itself · `redo`: the grid worker sends it back once · `overdue`: nobody acts, its clocks run out · `hot`: many write to it at once ·
 * `settled`: a grid worker puts it right on the spot · `refused`: it does not become a case · `long`: a thousand telephone calls before it
 * is dispatched, only where it is asked for.
 */
export const lifeKinds = ['plain', 'rebound', 'overruled', 'redo', 'overdue', 'hot', 'settled', 'refused'] as const;
export type LifeKind = (typeof lifeKinds)[number] | 'long';
/** At the same time, to one case. */
export const HOT_WRITERS = 12;
const LONG_CALLS = 1_000;
const LONG_WRITERS = 4;

/** @param now of the platform's clock, for when a picture was taken */
export function lifeOf(kind: LifeKind, name: string, channel: Channel, now: string): Life {
  const of = (onCase: readonly LifeStep[], by: Channel = channel, onReport: readonly LifeStep[] = filed): Life => ({ report: received(name, by, now), onReport, onCase });
  const rebounded = (decision: 'uphold' | 'overrule') => [...ordered('municipal'), step('rebound', 'municipalHandler', { reason: '不属我单位' }), step('rebound-ruling', 'operator', { decision, reason: '经核实' })];
  switch (kind) {
    case 'plain': return of([...ordered('municipal'), ...acted('municipal'), verified('close'), ...ended]);
    case 'rebound': return of([...rebounded('uphold'), ...ordered('telecom'), ...acted('telecom'), verified('close'), ...ended]);
    case 'overruled': return of([...rebounded('overrule'), ...acted('municipal'), verified('close'), ...ended]);
    case 'redo': return of([...ordered('municipal'), ...acted('municipal'), verified('redo'), step('acknowledgement', 'municipalHandler'), ...acted('municipal'), verified('close'), ...ended]);
    case 'overdue': return of(ordered('municipal').slice(0, 2));
    case 'hot': return of([phoned('municipal', HOT_WRITERS), ...ordered('municipal'), ...acted('municipal'), verified('close'), ...ended]);
    case 'long': return of([...Array.from({ length: LONG_CALLS / LONG_WRITERS }, () => phoned('municipal', LONG_WRITERS)), ...ordered('municipal'), ...acted('municipal'), verified('close'), ...ended]);
    case 'settled': return of([], 'handheld', [step('settle', 'worker', { itemCode: 'dispute', note: '已调解', evidence: evidence(people.worker.sub, now) })]);
    case 'refused': return of([], channel, [step('refuse', 'operator', { reasonCode: 'incomplete', reason: '地点不明' })]);
  }
}

/** Of the kind `plain`, reported by a citizen; warnings and urging may come between. */
export const reportLife = ['ReportReceived', 'ReportSorted', 'ReportFiled'];
export const caseLife = ['CaseFiled', 'UnitPhoned', 'CaseDispatched', 'DispatchAcknowledged', 'HandlerArrived', 'ResultSubmitted', 'ResultVerified', 'CallBackRecorded', 'CaseClosed', 'CaseArchived'];
