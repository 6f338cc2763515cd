import type { Seeded } from '../seeded';
import { fieldsOf, type Call } from './call';
import type { Field, Schema } from './open-api';
import type { Tokens } from './tokens';

export interface Spoiling {
  name: string;
  /** What may be answered; absent: any refusal. */
  answers?: readonly number[];
  /** Makes the call one that can never be accepted. False: does not apply to it. */
  spoil(call: Call, random: Seeded, tokens: Tokens): boolean;
}

const NUL = '\u0000';
const HALF_PAIR = '\ud83d';
const HERE = '@@here@@';
const LONG = 100_000;
const MIB = 1024 * 1024;

/** Where a body has a field, at any depth: set to a value that its schema does not allow. */
const onField = (name: string, wrong: (schema: Schema, random: Seeded, field: Field) => unknown): Spoiling => ({
  name, spoil: ({ operation, body }, random) => {
    const places = placesIn(body, operation.body);
    for (const { holder, field } of random.shuffled(places)) {
      const value = wrong(field.schema, random, field);
      if (value === undefined) continue;
      holder[field.name] = value === ABSENT ? undefined : value;
      return true;
    }
    return false;
  },
});
const ABSENT = Symbol('absent');
interface Place { holder: Record<string, unknown>; field: Field }
function placesIn(body: unknown, schema: Schema | undefined): Place[] {
  if (Array.isArray(body)) return body.flatMap((entry) => placesIn(entry, schema?.items));
  if (!schema?.properties || typeof body !== 'object' || body === null) return [];
  const holder = body as Record<string, unknown>;
  return Object.entries(schema.properties).flatMap(([name, inner]) => [{ holder, field: { name, schema: inner, required: schema.required?.includes(name) ?? false } }, ...placesIn(holder[name], inner)]);
}
const onText = (name: string, wrong: (schema: Schema, random: Seeded) => unknown): Spoiling => onField(name, (schema, random) => (isText(schema) ? wrong(schema, random) : undefined));
const isText = ({ type, oneOf, enum: values }: Schema): boolean => type === 'string' && !oneOf && !values;

const otherTypes: Readonly<Record<string, readonly unknown[]>> = {
  string: [5, true, {}, [], ['x'], { x: 1 }, 1e308, -0], number: ['5', true, {}, [], '', 'NaN'], integer: ['5', true, {}, [], 1.5, '١'], boolean: ['true', 1, 0, {}, [], 'yes'],
  array: [{}, 'x', 5, true, { length: 3 }, { 0: 'x' }], object: ['x', 5, [], [[]], true, false],
};

const bodySpoilings: readonly Spoiling[] = [
  onField('a field is missing', (_, __, { required }) => (required ? ABSENT : undefined)),
  onField('a required field is null', (_, __, { required }) => (required ? null : undefined)),
  onField('another type', (schema, random) => (schema.oneOf ? random.oneOf([5, true, [], [1]]) : schema.type && random.oneOf(otherTypes[schema.type] ?? [Symbol.for('none')]))),
  onText('too long', ({ maxLength, format }) => (format ? '2025-09-22'.repeat(LONG / 10) : maxLength === undefined || maxLength > LONG ? undefined : '长'.repeat(Math.max(maxLength + 1, Math.min(LONG, maxLength * 10))))),
  onText('too short', ({ minLength, format }) => ((minLength ?? 0) > 0 || format ? '' : undefined)),
  onText('U+0000', (_, random) => random.oneOf([NUL, `网${NUL}格`, `${NUL}${NUL}`])),
  onText('half a surrogate pair', (_, random) => random.oneOf([HALF_PAIR, `${HALF_PAIR}x`, '\udc00', `x${HALF_PAIR}${HALF_PAIR}`])),
  onText('against its pattern', ({ pattern, format }, random) => {
    const odd = random.oneOf(['\u202e\u0007', ' 610524', '610524\n', '../../etc/passwd', "'; drop table events; --", '{{7*7}}', '😀', '%00', '${jndi:x}', '\ufeff610524', '2025-02-30', '2025-13-01T00:00:00Z', '2025-09-29T09:30:00', '+292278994-08-17T07:12:55Z', '0', '-1', '١٢٣٤٥٦', 'null', 'NaN']);
    return format || (pattern !== undefined && !new RegExp(pattern, 'u').test(odd)) ? odd : undefined;
  }),
  onField('out of its bounds', ({ type, minimum, maximum }, random) => {
    if (type !== 'number' && type !== 'integer') return undefined;
    const beyond = [...(minimum === undefined ? [] : [minimum - 1, -1e308, -Number.MAX_SAFE_INTEGER]), ...(maximum === undefined ? [] : [maximum + 1, 1e308, 2 ** 53, 2 ** 31]), ...(type === 'integer' ? [0.5, 1e-320] : [])];
    return beyond.length > 0 ? random.oneOf(beyond) : undefined;
  }),
  onField('no choice', ({ enum: values }, random) => (values ? random.oneOf(['', ` ${values[0]}`, `${values[0]}\n`, '__proto__', 'constructor', 'x'.repeat(5_000), NUL]) : undefined)),
  onField('an entry of another type', ({ type, items }, random) => (type === 'array' ? random.oneOf<unknown>([[null], [[]], [[[]]], items?.type === 'object' ? ['x'] : [{}], [undefined, null], [5, {}]]) : undefined)),
  onField('too many entries', ({ type, items }) => (type === 'array' ? Array.from({ length: 5_000 }, () => (items?.type === 'object' ? {} : 'a')) : undefined)),
  {
    name: 'a field nobody knows', spoil: (call, random) => {
      if (typeof call.body !== 'object' || call.body === null) return false;
      const name = random.oneOf(['extra', 'caseId2', '_id', 'actor', 'constructor', 'toString', '__defineGetter__', 'hasOwnProperty', '', ' ', '网格', '$where', 'a.b', 'x'.repeat(10_000), '0']);
      const holder = random.oneOf([call.body as Record<string, unknown>, ...placesIn(call.body, call.operation.body).map((place) => place.holder)]);
      if (fieldsOf(call.operation).some((field) => field.name === name) || name in holder && Object.hasOwn(holder, name)) return false;
      Object.defineProperty(holder, name, { value: random.oneOf<unknown>([1, null, {}, 'x', [[]]]), enumerable: true, configurable: true });
      return true;
    },
  },
  raw('__proto__', (text, random) => text.replace('{', random.oneOf(['{"__proto__":{"x":1},', '{"__proto__":null,', '{"constructor":{"prototype":{"x":1}},'])).replace(',}', '}')),
  raw('deep nesting', (text, random) => { const levels = random.oneOf([40, 1_000, 10_000, 100_000]); return text.replace(/\{/, `{"x":${'['.repeat(levels)}${']'.repeat(levels)},`).replace(',}', '}'); }),
  raw('deep objects', (text, random) => { const levels = random.oneOf([40, 1_000, 10_000]); return text.replace(/\{/, `{"x":${'{"x":'.repeat(levels)}1${'}'.repeat(levels)},`).replace(',}', '}'); }),
  raw('broken JSON', (text, random) => random.oneOf([text.slice(0, -1), `${text}}`, text.replace(/"/g, "'").replace(/^\{\}$/, "{'x'}"), `${text},`, `\ufeff\ufeff${text}`, text.replace('{', '{,'), text.replace('{', '{/* */'), '{"a":NaN}', '{"a":0x10}', '{"a":01}', '{"a":"\u0001"}', '{"a":"\\x41"}', '{"a":"\\ud8"}', '\u0000', '{', '[', '"', '{"a"', '\\', 'undefined', '<xml/>', 'a=b&c=d'])),
  raw('no object', (_, random) => random.oneOf(['[]', '[{}]', '"x"', '5', 'true', 'false', '0', '1e999', '""', '[[[]]]'])),
  {
    name: 'bytes that are no UTF-8', spoil: (call, random) => {
      const texts = placesIn(call.body, call.operation.body).filter(({ field: { schema } }) => isText(schema) && !schema.pattern && !schema.format);
      if (texts.length === 0) return false;
      const { holder, field } = random.oneOf(texts);
      holder[field.name] = HERE;
      const [before, after] = JSON.stringify(call.body).split(HERE);
      call.raw = Buffer.concat([Buffer.from(before!), Buffer.from(random.oneOf([[0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80], [0xc0, 0x80]])), Buffer.from(after!)]);
      return true;
    },
  },
  {
    name: 'too large', answers: [413], spoil: (call, random) => {
      if (!call.operation.body || call.operation.name === 'ImportGridTree') return false;
      call.raw = Buffer.alloc(MIB + 1 + random.below(1_000), 'x');
      return true;
    },
  },
  {
    name: 'another media type', answers: [400, 415], spoil: (call, random) => {
      if (!call.operation.body) return false;
      call.headers['Content-Type'] = random.oneOf(['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded', 'image/jpeg', 'nonsense', 'application/json2', 'text/html; charset=utf-8', 'application/octet-stream', '*/*', 'application/vnd.api+json', ';', 'a/b; q="\\', 'x'.repeat(2_000)]);
      return true;
    },
  },
];

/** A body of its own words instead of the call's. */
function raw(name: string, words: (text: string, random: Seeded) => string): Spoiling {
  return {
    name, spoil: (call, random) => {
      if (!call.operation.body) return false;
      call.raw = Buffer.from(words(JSON.stringify(call.body), random));
      return true;
    },
  };
}

const bomb = (levels: number): string => `a0: &a0 [x, x]\n${Array.from({ length: levels }, (_, nth) => `a${nth + 1}: &a${nth + 1} [${Array(9).fill(`*a${nth}`).join(', ')}]`).join('\n')}`;
const junk = ['x', '---', '{}', '[]', 'a: *a', 'a: &a [*a]', '!!js/function "x"', '- - - - x', '\t', '%YAML 9.9', '"', "'", '<<: *x', '? ? ? x', 'a: b: c', bomb(3), bomb(12), '['.repeat(5_000), '['.repeat(200_000), `{a: `.repeat(20_000), 'grids: [*a]', 'grids:\n  - {code: *a}', 'grids: {? {a: 1} : b}', `${'- '.repeat(20_000)}x`, `a:\n${' '.repeat(50_000)}b: 1`, 'id: x\nid: x', '﻿id: x', 'code,name\n"', 'code,name\n1,2,3,4,5', `${'x,'.repeat(50_000)}`, 'code\n'.repeat(20_000), '__proto__: {x: 1}', 'id: {toString: 1}', 'id: 2020-02-30T99:99:99Z', 'validFrom: .nan\nid: .inf', '🏙️: 🏚️'];
/** The text of a file that a service reads: of the right form as a call, and of no sense. */
const contentSpoiling: Spoiling = {
  name: 'a file of no sense', spoil: (call, random) => {
    if (!fieldsOf(call.operation).some(({ name }) => name === 'content')) return false;
    const content = random.oneOf<unknown>([random.oneOf(junk), random.oneOf(junk), random.oneOf(junk), {}, { id: null }, { stages: [] }, { levels: { x: [{}] } }]);
    (call.body as Record<string, unknown>)['content'] = content;
    if (typeof content === 'string' && random.next() < 0.5) {
      call.headers['Content-Type'] = call.operation.name === 'AdoptPolicy' ? 'application/yaml' : 'text/csv';
      call.raw = Buffer.from(content);
      call.query = [['district', '610524'], ...(call.operation.name === 'AdoptPolicy' ? [] : [['filing', '1'] as [string, string]])];
    }
    return true;
  },
};

const badIds = ['%zz', '%', '%00', 'a%00b', '%ed%a0%80', '..%2f..%2fetc%2fpasswd', '%2e%2e', 'x'.repeat(129), 'x'.repeat(400), 'x'.repeat(20_000), '%27%20or%201%3D1--', '%f0%9f%92%a9', '%20', '%0d%0aX:%20y', '%25', '%e7%bd%91%e6%a0%bc%0a', '-'.repeat(130)];
const addressSpoilings: readonly Spoiling[] = [
  {
    name: 'a bad id', spoil: (call, random) => {
      const [id] = random.shuffled(call.operation.ids);
      if (!id) return false;
      call.path = call.operation.path.replace(`{${id.name}}`, random.oneOf(badIds)).replace(/\{\w+\}/g, 'x');
      return true;
    },
  },
  {
    name: 'nothing by this id', spoil: (call, random) => {
      if (!call.operation.ids.some(({ name }) => name === 'caseId' || name === 'reportId')) return false;
      call.path = call.operation.path.replace(/\{\w+\}/, random.oneOf(['null', '0', '-1', 'NaN', '__proto__', 'constructor', 'x'.repeat(128), '00000000-0000-0000-0000-000000000000', 'case-1', '9'.repeat(128), '..:..']));
      return true;
    },
  },
  {
    name: 'another method', answers: [400, 404, 405, 415], spoil: (call, random) => {
      call.method = random.oneOf(['PUT', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'FOO', 'get']);
      return true;
    },
  },
  {
    name: 'another address', answers: [400, 403, 404, 405], spoil: (call, random) => {
      if (!call.path.startsWith('/v1/')) return false;
      call.path = random.oneOf([`${call.path}/x`, `/${call.path}`, call.path.replace('/v1', '/v2'), `${call.path}%2f`, '/v1/', '//', '/v1/../v1/x', '/%', '/v1/demo', '/docs/../../package.json', `/${'x'.repeat(7_000)}`, '/.env', '/v1/cases/x/x/x/x']);
      call.query = [];
      return true;
    },
  },
];

const cursors = [null, [], {}, [null], [null, null], ['x', 'x'], [1e400, 'x'], ['2025-09-22', 'x'], ['9'.repeat(40)], [-1], [true, false], ['\u0000', '\u0000'], [HALF_PAIR, HALF_PAIR], ['infinity', 'x'], ['2025-02-30T00:00:00Z', 'x'], [{}], [[]], ['x', 'x', 'x'], [1.5, 1.5], ['99999-01-01T00:00:00.000Z', 'x'], [5, 5]];
const cursorOf = (key: unknown): string => Buffer.from(JSON.stringify(key)).toString('base64url');
const querySpoilings: readonly Spoiling[] = [
  onQuery('an unknown parameter', (_, random) => [random.oneOf(['extra', '__proto__', 'constructor', 'limit[]', 'limit[x]', 'LIMIT', '%00', 'a.b', 'x'.repeat(3_000)]), '1']),
  onQuery('the same parameter again', ({ operation, query }, random) => {
    const free = operation.query.filter(({ name }) => !query.some(([given]) => given === name));
    if (free.length === 0) return undefined;
    const { name } = random.oneOf(free);
    query.push([name, '1']);
    return [name, '1'];
  }),
  onQuery('a value that does not fit', ({ operation }, random) => {
    const strict = operation.query.filter(({ schema }) => schema.enum ?? schema.format ?? schema.pattern ?? (schema.type !== 'string' || undefined));
    if (strict.length === 0) return undefined;
    return [random.oneOf(strict).name, random.oneOf(['', '%00', '%20', '-%20', '%ed%a0%80', '%0a', '%27%20or%201%3D1--', '%5b%5d', '%7b%7d', 'x%27'.repeat(2_000), '%f0%9f%92%a9', '%e2%80%ae'])];
  }),
  onQuery('absurd paging', ({ operation }, random) => (operation.query.some(({ name }) => name === 'limit') ? ['limit', random.oneOf(['0', '-1', '201', '1e9', '9'.repeat(400), 'ten', '1.5', 'NaN', 'Infinity', '0x10', '%31%00', '', 'null', '[]'])] : undefined)),
  { ...onQuery('an invented cursor', ({ operation }, random) => (operation.query.some(({ name }) => name === 'cursor') ? ['cursor', random.oneOf([cursorOf(random.oneOf(cursors)), cursorOf(random.oneOf(cursors)), cursorOf(random.oneOf(cursors)), 'x', '%00', '9'.repeat(990), 'x'.repeat(1_001), '', '%ff'])] : undefined), false), answers: undefined },
];

/** `certain`: no such call can be answered with anything but a refusal. A cursor may happen to be one. */
function onQuery(name: string, wrong: (call: Call, random: Seeded) => [string, string] | undefined, certain = true): Spoiling {
  return {
    name, spoil: (call, random) => {
      if (!call.operation.roles || call.operation.name === 'ReadClock' || call.operation.name === 'AdvanceClock' || call.operation.name === 'ReadEvidence' || (call.operation.isCommand && !certain)) return false;
      const parameter = wrong(call, random);
      if (!parameter) return false;
      call.query = [...call.query.filter(([given]) => name === 'the same parameter again' || given !== parameter[0]), parameter];
      return true;
    },
  };
}

const accessSpoilings: readonly Spoiling[] = [
  withToken('no valid token', (_, random, tokens) => ({ header: random.oneOf(['', 'Bearer', 'Bearer ', 'bearer x', `Basic ${Buffer.from('a:b').toString('base64')}`, 'Bearer a.b.c', `Bearer ${'x'.repeat(6_000)}`, 'Bearer null', tokens.tampered, tokens.unsigned, tokens.ofAnotherKey, tokens.expired]) })),
  withToken('no token', () => ({ header: undefined })),
  { ...withToken('a role that may not', ({ operation }, random, tokens) => {
    const others = tokens.roles.filter((role) => !operation.roles!.includes(role));
    return others.length > 0 ? tokens.of(random.oneOf(others)) : undefined;
  }), answers: [403] },
];
function withToken(name: string, other: (call: Call, random: Seeded, tokens: Tokens) => { header: string | undefined; person?: string } | undefined): Spoiling {
  return {
    name, spoil: (call, random, tokens) => {
      if (!call.operation.roles) return false;
      const given = other(call, random, tokens);
      if (!given) return false;
      delete call.headers['Authorization'];
      if (given.header !== undefined) call.headers['Authorization'] = given.header;
      call.person = given.person;
      return true;
    },
  };
}

const headerSpoilings: readonly Spoiling[] = [
  onHeader('a bad key', 'Idempotency-Key', ['', 'a b', 'x'.repeat(129), 'x'.repeat(5_000), '\u00e4', 'a\tb', '\u0080'], ({ isCommand }) => isCommand),
  onHeader('a bad If-Match', 'If-Match', ['', '3', '"-1"', '"1", "2"', '"x"', `"${'9'.repeat(30)}"`, 'W/', '""', '"1', '"٣"'.normalize('NFKD').replace(/[^\x20-\x7e]/g, '?')], ({ isCommand }) => isCommand),
  { ...onHeader('a revision that is not', 'If-Match', ['"999999999"', 'W/"77777"'], ({ isCommand, ids }) => isCommand && ids.length > 0), answers: [400, 403, 404, 409, 412, 422] },
  onHeader('a bad position', 'Gridcase-Min-Position', ['-1', 'x', '9'.repeat(30), '1.5', '', '0x1', '1e3', '1, 2'], ({ query, isCommand, method, roles }) => method === 'GET' && !isCommand && roles !== undefined && query.length > 0),
  { ...onHeader('too long headers', 'X-Long', ['x'.repeat(20_000)], () => true), answers: [431] },
];
function onHeader(name: string, header: string, values: readonly string[], applies: (operation: Call['operation']) => boolean): Spoiling {
  return {
    name, spoil: (call, random) => {
      if (!applies(call.operation)) return false;
      call.headers[header] = random.oneOf(values);
      return true;
    },
  };
}

const of = (answers: readonly number[], list: readonly Spoiling[]): Spoiling[] => list.map((one) => ({ answers, ...one }));
export const spoilings: readonly Spoiling[] = [...of([400], bodySpoilings), contentSpoiling, ...of([400, 404, 405, 431], addressSpoilings), ...of([400, 403], querySpoilings), ...of([401], accessSpoilings), ...of([400], headerSpoilings)];
