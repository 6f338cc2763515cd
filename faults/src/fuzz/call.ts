import type { Seeded } from '../seeded';
import type { Field, Operation, Schema } from './open-api';

/** A call as it will be sent. */
export interface Call {
  operation: Operation;
  method: string;
  path: string;
  /** As they stand in the address, encoded. */
  query: [name: string, value: string][];
  headers: Record<string, string>;
  /** Of the JSON body; `raw` takes its place. */
  body?: unknown;
  raw?: Buffer;
  /** The person whose token it carries. */
  person?: string;
}

/** What exists in the platform under test. */
export interface Known {
  /** By name of the path parameter. */
  ids: Readonly<Record<string, readonly string[]>>;
  /** Codes, units and places that fields may name. */
  texts: readonly string[];
}

/** A call that fits the document. Not that it makes sense. */
export function wellFormed(operation: Operation, known: Known, random: Seeded): Call {
  let path = operation.path;
  for (const { name } of operation.ids) path = path.replace(`{${name}}`, encodeURIComponent(random.oneOf(known.ids[name] ?? known.texts)));
  const chosen = operation.query.filter(({ name, required }) => required || (!PAGING.has(name) && random.next() < 0.3));
  return {
    operation, method: operation.method, path, headers: {},
    query: chosen.map(({ name, schema }) => [name, encodeURIComponent(String(valueOf(schema, known, random)))]),
    ...(operation.body && { body: valueOf(operation.body, known, random) }),
  };
}
const PAGING = new Set(['cursor', 'asOf', 'by']);

export function valueOf(schema: Schema, known: Known, random: Seeded): unknown {
  if (schema.enum) return random.oneOf(schema.enum);
  if (schema.oneOf) return valueOf(random.oneOf(schema.oneOf), known, random);
  switch (schema.type) {
    case 'object': return objectOf(schema, known, random);
    case 'array': return Array.from({ length: Math.min((schema.minItems ?? 1) + random.below(2), schema.maxItems ?? 2) }, () => valueOf(schema.items ?? {}, known, random));
    case 'boolean': return random.next() < 0.5;
    case 'integer': return Math.min(Math.max(random.below(10), schema.minimum ?? 0), schema.maximum ?? 100);
    case 'number': return random.between(schema.minimum ?? 0, schema.maximum ?? 100);
    default: return textOf(schema, known, random);
  }
}

function objectOf({ properties = {}, required = [] }: Schema, known: Known, random: Seeded): Record<string, unknown> {
  const present = Object.entries(properties).filter(([name]) => required.includes(name) || (name !== 'occurredAt' && random.next() < 0.4));
  return Object.fromEntries(present.map(([name, schema]) => [name, valueOf(schema, known, random)]));
}

const LETTERS = '网格员井盖破损ÄßжαञあA1b-_ 😀\t\n\u202e\u0301\ufeff"\\\'<>%${}';
function textOf({ format, pattern, minLength = 0, maxLength = 40, example }: Schema, known: Known, random: Seeded): string {
  if (format === 'date') return '2025-09-22';
  if (format === 'date-time') return '2025-09-22T09:30:00+08:00';
  if (pattern !== undefined) {
    const fit = [...known.texts, ...(typeof example === 'string' ? [example] : [])].filter((text) => new RegExp(pattern, 'u').test(text) && text.length <= maxLength);
    return fit.length > 0 ? random.oneOf(fit) : String(example);
  }
  if (random.next() < 0.5 && typeof example === 'string') return example;
  const length = Math.max(minLength, 1 + random.below(Math.min(maxLength, 40)));
  const text = Array.from({ length }, () => random.oneOf([...LETTERS])).join('').slice(0, maxLength);
  // Not in the middle of a pair.
  return text.replace(/[\ud800-\udbff]$/, '').padEnd(minLength, '网');
}

export const fieldsOf = (operation: Operation): Field[] =>
  Object.entries(operation.body?.properties ?? {}).map(([name, schema]) => ({ name, schema, required: operation.body!.required?.includes(name) ?? false }));
