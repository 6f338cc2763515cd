import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { limitFor, type Circumstances } from '../time/clock-arithmetic';
import { scoreFactKinds } from '../scoring/score-fact';
import { parsePack } from './load-pack';
import type { ClockKind, PolicyPack } from './pack';

const root = join(__dirname, '../../../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const files = readdirSync(join(root, 'policies')).filter((file) => file.endsWith('.yaml'));
/** The ids of the rulebook that a pack may cite. */
const knownRules = new Set([
  ...['X2', 'X4', 'X6', 'X7', 'X8', 'X10', 'X11', 'X12', 'X13', 'X14', 'X15', 'X16', 'X17', 'X18', 'X19', 'X20', 'X22', 'X23', 'X24'],
  ...['H2', 'H3', 'H4', 'H4.1.1', 'H4.1.2', 'H4.1.3', 'H4.2.1', 'H4.2.2', 'H4.2.3', 'H4.2.4', 'H4.2.5', 'H4.2.6', 'H4.2.7', 'H4.2.8', 'H5.1', 'H5.2', 'H5.3'],
  ...['L1', 'L3.1', 'L3.4', 'L4.1', 'L4.3', 'L4.4', 'L4.5', 'L4.6', 'L5.1', 'L5.4', 'YD3.3', 'YD3.4', 'YD3.5'],
]);
const packOf = (file: string): PolicyPack => {
  const parsed = parsePack(read(`policies/${file}`), { knownRules });
  if (!parsed.ok) throw new Error(`${file}: ${JSON.stringify(parsed.errors, null, 2)}`);
  return parsed.pack;
};
const [heyang, heyang2, xinglongtai, linkage] = ['heyang-2020.yaml', 'heyang-2020.v2.yaml', 'xinglongtai-2016.yaml', 'linkage.yaml'].map(packOf) as [PolicyPack, PolicyPack, PolicyPack, PolicyPack];

it.each(files)('%s is a valid pack that cites only the rulebook', (file) => {
  const pack = packOf(file);
  expect(file).toBe(pack.version === 1 ? `${pack.id}.yaml` : `${pack.id}.v${pack.version}.yaml`);
});

/** Every limit, beside what its document says. Last: whether the document gives the number. */
type Row = [pack: PolicyPack, kind: ClockKind, of: Circumstances, amount: number, unit: 'minute' | 'hour' | 'workingDay', rule: string, isTheDocuments: boolean];
const rows: Row[] = [
  // @rule H4.1.2 H4.2.2 H4.2.3: 并在30分钟内派遣工单; 30分钟内作出反馈响应; 在2小时内到现场处理
  [heyang, 'dispatch', {}, 30, 'minute', 'H4.1.2', true],
  [heyang, 'respond', {}, 30, 'minute', 'H4.2.3', true],
  [heyang, 'arrive', {}, 2, 'hour', 'H4.2.3', true],
  // @rule H4.2.4: 简易事项应现场办理; 一般3; 重大5; 跨部门、跨区域、疑难复杂10
  [heyang, 'dispose', { grade: 'simple', level: 'community' }, 4, 'hour', 'H4.2.4', false],
  [heyang, 'dispose', { grade: 'general', level: 'district' }, 3, 'workingDay', 'H4.2.4', true],
  [heyang, 'dispose', { grade: 'major', level: 'street' }, 5, 'workingDay', 'H4.2.4', true],
  [heyang, 'dispose', { grade: 'complex', level: 'district' }, 10, 'workingDay', 'H4.2.4', true],
  [heyang, 'dispose', { grade: 'general', level: 'district', joint: true }, 10, 'workingDay', 'H4.2.4', true],
  [heyang, 'call-back', {}, 1, 'workingDay', 'H4.2.7', false],
  [heyang, 'supervision', {}, 3, 'workingDay', 'H4.2.5', false],
  // @rule L1 L4.3 L4.4: 10分钟内派发; 1个小时内到达现场; 1个工作日内反馈初步处置意见
  [linkage, 'dispatch', {}, 10, 'minute', 'L4.3', true],
  [linkage, 'arrive', {}, 1, 'hour', 'L4.4', true],
  [linkage, 'opinion', {}, 1, 'workingDay', 'L4.4', true],
  [linkage, 'respond', {}, 30, 'minute', 'L4.3', false],
  [linkage, 'confirm', {}, 1, 'workingDay', 'L4.5', false],
  [linkage, 'dispose', { grade: 'general', level: 'district', joint: true }, 10, 'workingDay', 'H4.2.4', false],
  [linkage, 'dispose', { grade: 'complex', level: 'street' }, 10, 'workingDay', 'H4.2.4', false],
  [linkage, 'supervision', {}, 3, 'workingDay', 'L5.4', false],
  // @rule X12: 在规定的时限内 (no number)
  [xinglongtai, 'dispatch', {}, 30, 'minute', 'X12', false],
  [xinglongtai, 'verify', {}, 1, 'workingDay', 'X16', false],
  [xinglongtai, 'supervision', {}, 3, 'workingDay', 'X17', false],
  // @rule YD3.3 YD3.4: 社区职责范围内3个工作日; 职能科室职责范围内5个工作日; 超出职责范围1个工作日内报送 (borrowed: not these documents' numbers)
  ...[xinglongtai, linkage].flatMap((pack): Row[] => [
    [pack, 'dispose', { grade: 'general', level: 'community' }, 3, 'workingDay', 'YD3.3', false],
    [pack, 'dispose', { grade: 'major', level: 'street' }, 5, 'workingDay', 'YD3.3', false],
    [pack, 'dispose', { grade: 'simple', level: 'district' }, 5, 'workingDay', 'YD3.3', false],
  ]),
  ...[xinglongtai, linkage, heyang].flatMap((pack): Row[] => [
    [pack, 'hand-up', {}, 1, 'workingDay', 'YD3.4', false],
    // @rule X12 X13 X15: 认定; 说明理由; 指定 (no number)
    [pack, 'rule', {}, 1, 'workingDay', 'X12', false],
    [pack, 'rule-delay', {}, 1, 'workingDay', 'X13', false],
    [pack, 'designate', {}, 1, 'workingDay', 'X15', false],
  ]),
];
describe('limits as their articles give them', () => {
  it.each(rows.map(([pack, ...row]) => [pack.id, ...row, pack] as const))('%s %s %j: %i %s, %s', (_, kind, of, amount, unit, rule, isTheDocuments, pack) => {
    expect(limitFor(pack, kind, of)).toEqual({ limit: { amount, unit }, rule, ...(!isTheDocuments && { ownChoice: true }) });
  });

  // @rule L1 L4.4
  it('have no opinion clock and no street confirmation where the document asks for none', () => {
    expect(limitFor(heyang, 'opinion', {})).toBeUndefined();
    expect(limitFor(xinglongtai, 'arrive', {})).toBeUndefined();
    expect(limitFor(heyang, 'confirm', {})).toBeUndefined();
  });

  it('are own choices wherever a pack cites another document than its own', () => {
    for (const [pack, prefix] of [[heyang, 'H'], [heyang2, 'H'], [xinglongtai, 'X'], [linkage, 'L']] as const) {
      const foreign = Object.values(pack.clocks).flatMap(({ limits, warnWhenLeft }) => [...limits, ...(warnWhenLeft ? [warnWhenLeft] : [])]).filter(({ rule }) => !rule.startsWith(prefix));
      expect(foreign.filter(({ ownChoice }) => !ownChoice)).toEqual([]);
    }
  });
});

describe('steps', () => {
  // @rule X12 X15
  it('one rebound a unit, binding after the ruling', () => {
    expect(xinglongtai.rebound).toEqual({ perUnit: 1, rule: 'X12', bindingRule: 'X12' });
    expect([heyang, linkage].map(({ rebound }) => [rebound.perUnit, rebound.ownChoice])).toEqual([[1, true], [1, true]]);
    expect([heyang, linkage, xinglongtai].map(({ designation }) => designation.rule)).toEqual(['X15', 'X15', 'X15']);
  });
  // @rule H4.2.2 H4.2.6 H4.2.7
  it('Heyang: telephone first, signature, call-back, redo from receipt', () => {
    expect([heyang.dispatch, heyang.result, heyang.callBack, heyang.redo]).toEqual([
      { phoneFirst: true, rule: 'H4.2.2' }, { signatureRequired: true, rule: 'H4.2.6' }, { required: true, rule: 'H4.2.7' }, { from: 'receipt', rule: 'H4.2.7' },
    ]);
  });
  // @rule X16 L4.5
  it('the worker verifies on the spot; in the joint-duty plan the street confirms', () => {
    expect([heyang, xinglongtai, linkage].map(({ verification }) => verification.onTheSpot)).toEqual([true, true, true]);
    expect([heyang, xinglongtai, linkage].map(({ verification }) => verification.streetConfirmation)).toEqual([false, false, true]);
  });
  // @rule X17 H4.2.5 L5.4
  it('who supervises, and what a late disposal brings about', () => {
    expect([xinglongtai, heyang, linkage].map(({ supervision }) => [supervision.body.zh, supervision.rule])).toEqual([['本级人民政府', 'X17'], ['两办督查室', 'H4.2.5'], ['区网格化管理指挥中心', 'L5.4']]);
    expect(linkage.supervision.accountability).toMatchObject({ body: { zh: '效能部门' }, rule: 'L5.4' });
    expect([xinglongtai, heyang, linkage].map(({ clocks }) => clocks.dispose?.onBreach)).toEqual([['supervise'], ['supervise'], ['urge', 'supervise']]);
  });
  // @rule L4.6
  it('every clock of the joint-duty plan that runs against a unit, its worker or its street turns yellow', () => {
    for (const kind of ['dispatch', 'respond', 'arrive', 'opinion', 'dispose', 'verify', 'confirm', 'supervision'] as const) expect(linkage.clocks[kind]?.warnWhenLeft).toEqual({ share: 0.25, rule: 'L4.6', ownChoice: true });
  });
  // @rule X11
  it('patrol times are those of the responsibility letter', () => {
    expect(xinglongtai.patrol).toEqual({ minutesPerWorkingDay: [{ level: 2, minutes: 60 }, { level: 3, minutes: 120 }], rule: 'X11', ownChoice: true });
  });
});

// @rule H5.1 H5.2 H5.3
describe('scores of Heyang', () => {
  it.each([
    ['late-completion', 'unit', -2, 'H5.2'], ['returned-order', 'unit', -2, 'H5.2'], ['untrue-or-not-rectified', 'unit', -5, 'H5.2'], ['shirking', 'unit', -5, 'H5.2'],
    ['not-found-by-worker', 'worker', -5, 'H5.2'], ['unreported', 'worker', -1, 'H5.1'], ['rest-day-report', 'worker', 1, 'H5.1'],
  ])('%s (%s): %i', (fact, subject, points, rule) => {
    const scored = heyang.scoring.rules.find((candidate) => candidate.fact === fact);
    expect(scored).toMatchObject({ subject, points, rule });
    expect(scored).not.toHaveProperty('ownChoice');
    // The article itself says the number.
    expect(scored!.article.zh).toContain(String(Math.abs(points)));
  });
  it('count and show what the document names without points', () => {
    for (const fact of ['late-response', 'dissatisfied', 'urged', 'supervised', 'led-hard-case']) expect(heyang.scoring.rules.find((rule) => rule.fact === fact)).toMatchObject({ points: 0, ownChoice: true, rule: 'H5.2' });
    expect(new Set(heyang.scoring.rules.map(({ fact }) => fact))).toEqual(new Set(scoreFactKinds));
    expect(heyang.scoring.base).toBe(100);
  });
  it('the third complaint counts, not the second', () => {
    expect(heyang.scoring.rules.find(({ fact }) => fact === 'not-found-by-worker')?.from).toBe(3);
  });
  it('two to three finds a week; a week without: warning, two: replacement', () => {
    expect(heyang.quotas).toEqual({ weeklyFindsMin: 2, weeklyFindsTarget: 3, warnAfterWeeksWithout: 1, replaceAfterWeeksWithout: 2, rule: 'H5.3' });
  });
});

// @rule X19 L4.6
it('no points are invented where the document gives none', () => {
  for (const { rules } of [xinglongtai.scoring, linkage.scoring]) expect(rules.every(({ points, ownChoice }) => points === 0 && ownChoice)).toBe(true);
});

it('the example of a later adoption differs in the one limit it names', () => {
  expect([heyang2.id, heyang2.version, heyang2.validFrom]).toEqual(['heyang-2020', 2, '2025-10-13']);
  expect(limitFor(heyang2, 'dispose', { grade: 'general' })).toEqual({ limit: { amount: 2, unit: 'workingDay' }, rule: 'H4.2.4', ownChoice: true });
  const { version, title, validFrom, clocks: { dispose, ...clocks }, ...rest } = heyang2;
  expect(heyang).toMatchObject({ ...rest, clocks });
  expect(dispose?.limits.filter((limit, index) => JSON.stringify(limit) !== JSON.stringify(heyang.clocks.dispose?.limits[index]))).toHaveLength(1);
});

it('the fragments of the how-to are valid settings of a pack', () => {
  const fragments = [...read('docs/how-to/write-a-policy-pack.md').matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => parse(text!) as object);
  expect(fragments.length).toBeGreaterThanOrEqual(3);
  const whole = { ...(parse(read('policies/heyang-2020.yaml')) as { clocks: object }) };
  for (const fragment of fragments as { clocks?: object }[]) {
    const pack = { ...whole, ...fragment, clocks: { ...whole.clocks, ...fragment.clocks } };
    expect(parsePack(stringify(pack, { aliasDuplicateObjects: false }))).toMatchObject({ ok: true });
  }
});
