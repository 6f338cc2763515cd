import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packDigest, parsePack, type ParsedPack, type ParsePackOptions } from './load-pack';

const heyang = readFileSync(join(__dirname, '../../../../policies/heyang-2020.yaml'), 'utf8');
const errorsOf = (parsed: ParsedPack) => (parsed.ok ? [] : parsed.errors);
/** Heyang's pack with one passage changed, and the line the change stands on. */
const changed = (from: string | RegExp, to: string, options?: ParsePackOptions) => {
  const offset = typeof from === 'string' ? heyang.indexOf(from) : heyang.search(from);
  expect(offset).toBeGreaterThanOrEqual(0);
  return { errors: errorsOf(parsePack(heyang.replace(from, to), options)), line: heyang.slice(0, offset).split('\n').length };
};

// @rule X7
describe('a bad pack is refused with the place and the reason', () => {
  it.each<[string, string | RegExp, string, string, RegExp]>([
    ['a number out of range', 'amount: 30, unit: minute', 'amount: 0, unit: minute', 'clocks.dispatch.limits.0.limit.amount', />0/],
    ['an unknown unit', 'amount: 2, unit: hour', 'amount: 2, unit: hours', 'clocks.arrive.limits.0.limit.unit', /minute/],
    ['a misspelt setting', 'phoneFirst: true', 'phonefirst: true', 'dispatch.phonefirst', /not a setting/],
    ['an unknown clock', /^ {2}respond:/m, '  answer:', 'clocks.answer', /./],
    ['an id that is none', 'rule: H4.2.6', 'rule: article-6', 'result.rule', /rulebook id/],
    ['a date that is none', 'validFrom: 2020-10-22', 'validFrom: 2020-13-22', 'validFrom', /date/i],
    ['a pack that ends before it begins', 'validFrom: 2020-10-22', 'validFrom: 2020-10-22\nvalidTo: 2020-10-21', 'validTo', /before validFrom/],
    ['an unknown time zone', 'timeZone: Asia/Shanghai', 'timeZone: Asia/Heyang', 'timeZone', /not a time zone/],
    ['a day that closes before it opens', "from: '08:30', to: '17:30'", "from: '17:30', to: '08:30'", 'businessHours.0.to', /not after 17:30/],
    ['an hour that does not exist', "from: '08:30', to: '17:30'", "from: '08:30', to: '25:00'", 'businessHours.0.to', /not a time of day/],
    ['parts of a day in disorder', "  - { from: '08:30', to: '17:30' }", "  - { from: '08:30', to: '12:00' }\n  - { from: '11:00', to: '17:30' }", 'businessHours.1.from', /before the end/],
    ['the same grade twice', 'grade: major, name', 'grade: general, name', 'grades.2.grade', /general stands twice/],
    ['the same channel twice', 'code: hotline,', 'code: wechat,', 'channels.1.code', /wechat stands twice/],
    ['an unknown fact', 'fact: shirking', 'fact: laziness', 'scoring.rules.7.fact', /shirking/],
    ['a grade without a limit', /^.*grade: \[major\] \}.*\n/m, '', 'clocks.dispose.limits', /no limit fits grade major at level district/],
    ['a clock that does not run the term', 'term: { amount: 3', 'term: { amount: 5', 'clocks.supervision.limits.0.limit', /differs from supervision.term, 5 workingDay/],
    ['replacement before warning', 'replaceAfterWeeksWithout: 2', 'replaceAfterWeeksWithout: 0', 'quotas.replaceAfterWeeksWithout', />0/],
    ['a target below the minimum', 'weeklyFindsTarget: 3', 'weeklyFindsTarget: 1', 'quotas.weeklyFindsTarget', /less than weeklyFindsMin/],
  ])('%s', (_, from, to, path, message) => {
    const { errors } = changed(from, to);
    expect(errors.map((error) => error.path)).toContain(path);
    const error = errors.find((candidate) => candidate.path === path)!;
    expect(error.message).toMatch(message);
    expect(error.line).toBeGreaterThan(1);
  });

  it.each([
    ['an alias to nothing', 'id: *nothing'],
    ['aliases that stand for a thousand times as much', `a0: &a0 [x, x]\n${[1, 2, 3, 4].map((n) => `a${n}: &a${n} [${Array(9).fill(`*a${n - 1}`).join(', ')}]`).join('\n')}`],
    ['brackets in brackets in brackets', '['.repeat(100_000)],
    ['no pack at all', ''],
  ])('%s', (_, text) => {
    const errors = errorsOf(parsePack(text));
    expect(errors[0]).toEqual({ path: expect.any(String), message: expect.any(String), line: 1 });
    expect(errors.length).toBeLessThanOrEqual(100);
  });

  it('names the line', () => {
    const { errors, line } = changed('amount: 2, unit: hour', 'amount: 2, unit: hours');
    expect(errors).toEqual([expect.objectContaining({ line })]);
    const later = changed("from: '08:30', to: '17:30'", "from: '08:30', to: '07:30'");
    expect(later.errors).toEqual([expect.objectContaining({ line: later.line })]);
  });

  it('names a missing setting where it should stand', () => {
    const { errors, line } = changed('extensionMax: { amount: 5, unit: workingDay }, ', '');
    expect(errors).toEqual([{ path: 'delay.extensionMax', message: expect.any(String), line }]);
    expect(errorsOf(parsePack('id: nothing\n')).map(({ path }) => path)).toEqual(expect.arrayContaining(['version', 'clocks', 'scoring']));
  });

  it.each(['dispatch', 'rule', 'rule-delay', 'designate', 'hand-up', 'verify', 'call-back', 'close', 'supervision'])('needs the clock %s', (kind) => {
    const { errors } = changed(new RegExp(`^  ${kind}:.*\\n(?:    .*\\n)+`, 'm'), '');
    expect(errors).toEqual([expect.objectContaining({ path: `clocks.${kind}`, message: `this pack needs a limit for ${kind}` })]);
  });

  it('needs the clock of the street confirmation only where the street confirms', () => {
    expect(changed('streetConfirmation: false', 'streetConfirmation: true').errors).toEqual([expect.objectContaining({ path: 'clocks.confirm' })]);
  });

  it('sees a limit that no case can reach', () => {
    const { errors } = changed('- { when: { joint: true }, limit', '- { limit');
    expect(errors).toEqual([expect.objectContaining({ path: 'clocks.dispose.limits.1', message: expect.stringContaining('never reached') })]);
  });

  it('holds every cited rule against the rulebook', () => {
    const { errors, line } = changed('rule: H4.2.6 }', 'rule: H9.9 }', { knownRules: new Set(['H4.2.6']) });
    expect(errors).toContainEqual({ path: 'result.rule', message: 'H9.9 is not in the rulebook', line });
    expect(changed('rule: H4.2.6 }', 'rule: H9.9 }').errors).toEqual([]);
  });

  it('is text that is no YAML', () => {
    expect(errorsOf(parsePack('id: a\nid: b\n'))).toEqual([{ path: '', message: expect.stringContaining('unique'), line: 2 }]);
    expect(errorsOf(parsePack('id: [a\nversion: 1'))).not.toEqual([]);
    expect(errorsOf(parsePack(''))).toEqual([expect.objectContaining({ path: '', line: 1 })]);
    expect(errorsOf(parsePack('- just\n- a list'))).toEqual([expect.objectContaining({ path: '' })]);
  });
});

describe('the digest of a pack', () => {
  const digestOf = (text: string) => {
    const parsed = parsePack(text);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
    return packDigest(parsed.pack, (text) => createHash('sha256').update(text).digest('hex'));
  };
  it('is of what it says, not of how it is written', () => {
    const [first, ...rest] = heyang.split('\n').filter((line) => !line.startsWith('#'));
    expect(digestOf(`${rest.join('\n')}\n${first}\n`)).toBe(digestOf(heyang));
    expect(digestOf(heyang)).toMatch(/^[0-9a-f]{64}$/);
  });
  it('changes with any number', () => {
    expect(digestOf(heyang.replace('amount: 2, unit: hour', 'amount: 3, unit: hour'))).not.toBe(digestOf(heyang));
  });
});
