/** From the text of a policy pack to a checked pack. Pure: reading the file is the caller's. */
import canonicalize from 'canonicalize';
import { IANAZone } from 'luxon';
import { isMap, isNode, LineCounter, type Document } from 'yaml';
import { readYamlDocument } from '../yaml-document';
import { gradeSchema, policyPackSchema, type ClockKind, type PolicyPack } from './pack';

export interface PackError {
  /** `clocks.dispose.limits.0.rule`; empty for the text as a whole. */
  path: string;
  message: string;
  /** Line of the text, from 1. */
  line: number;
}
export type ParsedPack = { ok: true; pack: PolicyPack } | { ok: false; errors: PackError[] };
export interface ParsePackOptions {
  /** Ids of the rulebook; a rule that is none of them is an error. Absent = ids are not checked. */
  knownRules?: ReadonlySet<string>;
}

type Path = readonly PropertyKey[];
interface Finding { path: Path; message: string }

/** Without these a case would stand still at some step with nobody's clock running. */
const obligatoryClocks = ['dispatch', 'dispose', 'rule', 'rule-delay', 'designate', 'hand-up', 'close', 'supervision'] as const satisfies readonly ClockKind[];

/** @rule X7 */
export const parsePack = (yamlText: string, { knownRules }: ParsePackOptions = {}): ParsedPack => {
  const lineCounter = new LineCounter();
  const document = readYamlDocument(yamlText, { lineCounter });
  if (document.errors.length > 0) {
    return { ok: false, errors: document.errors.map(({ message, pos }) => ({ path: '', message, line: lineCounter.linePos(pos[0]).line })) };
  }
  const failed = (findings: Finding[]): ParsedPack => ({
    ok: false,
    errors: findings.map(({ path, message }) => ({ path: path.join('.'), message, line: lineCounter.linePos(offsetOf(document, path)).line })).sort((a, b) => a.line - b.line),
  });

  const parsed = policyPackSchema.safeParse(document.toJS());
  if (!parsed.success) {
    return failed(parsed.error.issues.flatMap((issue) => issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: [...issue.path, key], message: 'is not a setting of a policy pack' }))
      : [{ path: issue.path, message: issue.message }]));
  }
  const findings = [...crossCheck(parsed.data), ...(knownRules ? unknownRules(parsed.data, knownRules) : [])];
  return findings.length > 0 ? failed(findings) : { ok: true, pack: parsed.data };
};

/** Where the path stands in the text; of something missing, where it should have stood. */
const offsetOf = (document: Document.Parsed, path: Path): number => {
  for (let length = path.length; length > 0; length--) {
    const parent = document.getIn(path.slice(0, length - 1), true);
    const pair = isMap(parent) ? parent.items.find(({ key }) => isNode(key) && String(key) === String(path[length - 1])) : undefined;
    const node = pair ? pair.key : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
};

const repeated = (path: Path, field: string, values: string[]): Finding[] =>
  values.flatMap((value, index) => (values.indexOf(value) < index ? [{ path: [...path, index, field], message: `${value} stands twice` }] : []));

const crossCheck = (pack: PolicyPack): Finding[] => [
  ...(IANAZone.isValidZone(pack.timeZone) ? [] : [{ path: ['timeZone'], message: `${pack.timeZone} is not a time zone` }]),
  ...(pack.validTo !== undefined && pack.validTo < pack.validFrom ? [{ path: ['validTo'], message: `lies before validFrom ${pack.validFrom}` }] : []),
  ...businessHours(pack),
  ...repeated(['levels'], 'level', pack.levels.map(({ level }) => level)),
  ...repeated(['grades'], 'grade', pack.grades.map(({ grade }) => grade)),
  ...repeated(['channels'], 'code', pack.channels.map(({ code }) => code)),
  ...repeated(['filing', 'refusalReasons'], 'code', pack.filing.refusalReasons.map(({ code }) => code)),
  ...repeated(['scoring', 'rules'], 'code', pack.scoring.rules.map(({ code }) => code)),
  ...clocks(pack),
  ...quotas(pack),
];

const businessHours = ({ businessHours: parts }: PolicyPack): Finding[] => parts.flatMap(({ from, to }, index) => {
  const at = (field: string, message: string) => [{ path: ['businessHours', index, field], message }];
  const isTime = (time: string) => /^([01]\d|2[0-3]):[0-5]\d$/.test(time);
  if (!isTime(from)) return at('from', `${from} is not a time of day`);
  if (!isTime(to) && to !== '24:00') return at('to', `${to} is not a time of day`);
  if (to <= from) return at('to', `${to} is not after ${from}`);
  const before = parts[index - 1];
  return before && from < before.to ? at('from', `${from} lies before the end of the part before it, ${before.to}`) : [];
});

const clocks = (pack: PolicyPack): Finding[] => {
  const obligatory: ClockKind[] = [
    ...obligatoryClocks,
    ...(pack.verification.onTheSpot ? ['verify'] as const : []),
    ...(pack.verification.streetConfirmation ? ['confirm'] as const : []),
    ...(pack.callBack.required ? ['call-back'] as const : []),
  ];
  const missing = obligatory.filter((kind) => !pack.clocks[kind]).map((kind) => ({ path: ['clocks', kind], message: `this pack needs a limit for ${kind}` }));
  const unreachable = Object.entries(pack.clocks).flatMap(([kind, { limits }]) => {
    const always = limits.findIndex(({ when }) => !when || Object.keys(when).length === 0);
    return always >= 0 && always < limits.length - 1 ? [{ path: ['clocks', kind, 'limits', always + 1], message: 'is never reached: the limit before it always fits' }] : [];
  });
  return [...missing, ...unreachable, ...disposal(pack), ...supervisionTerm(pack)];
};

/** Every grade at every level must be due some time (H4.2.4). */
const disposal = ({ clocks: { dispose }, grades, levels }: PolicyPack): Finding[] => !dispose ? [] : gradeSchema.options.flatMap((grade) =>
  levels.flatMap(({ level }) => {
    if (!grades.some((known) => known.grade === grade)) return [];
    const fits = dispose.limits.some(({ when }) => (!when?.grade || when.grade.includes(grade)) && (!when?.level || when.level.includes(level)) && when?.joint !== true);
    return fits ? [] : [{ path: ['clocks', 'dispose', 'limits'], message: `no limit fits grade ${grade} at level ${level}` }];
  }));

/** The clock of a supervision notice runs its term (L5.4). */
const supervisionTerm = ({ clocks: { supervision: clock }, supervision: { term } }: PolicyPack): Finding[] => (clock?.limits ?? []).flatMap(({ limit }, index) =>
  limit.amount === term.amount && limit.unit === term.unit ? [] : [{ path: ['clocks', 'supervision', 'limits', index, 'limit'], message: `differs from supervision.term, ${term.amount} ${term.unit}` }]);

const quotas = ({ quotas: quota }: PolicyPack): Finding[] => !quota ? [] : [
  ...(quota.weeklyFindsTarget < quota.weeklyFindsMin ? [{ path: ['quotas', 'weeklyFindsTarget'], message: 'is less than weeklyFindsMin' }] : []),
  ...(quota.replaceAfterWeeksWithout < quota.warnAfterWeeksWithout ? [{ path: ['quotas', 'replaceAfterWeeksWithout'], message: 'comes before the warning' }] : []),
];

/** Settings that cite a rule: `rule`, `bindingRule`, `leadOnlyRule`, `confirmationRule`. */
export const citedRules = (pack: PolicyPack): { path: Path; rule: string }[] => {
  const walk = (value: unknown, path: Path): { path: Path; rule: string }[] => typeof value !== 'object' || value === null ? [] : Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === 'string' && /^rule$|Rule$/.test(key) ? [{ path: [...path, key], rule: inner }] : walk(inner, [...path, Array.isArray(value) ? Number(key) : key]));
  // `clocks.rule` is a clock, not a citation: it holds no string.
  return walk(pack, []);
};
const unknownRules = (pack: PolicyPack, known: ReadonlySet<string>): Finding[] =>
  citedRules(pack).filter(({ rule }) => !known.has(rule)).map(({ path, rule }) => ({ path, message: `${rule} is not in the rulebook` }));

/**
 * Digest over canonical JSON (RFC 8785): the same pack has the same digest, however its text is laid out.
 * `sha256` gives the hex digest of a UTF-8 text; the domain itself does no cryptography.
 */
export const packDigest = (pack: PolicyPack, sha256: (text: string) => string): string => sha256(canonicalize(pack)!);
