import { z } from 'zod';

/** One field of a payload. `path`: `item.code`, `evidence[].sha256`; every choice of a union is listed. */
export interface SchemaField { path: string; type: string; optional: boolean }

interface JsonSchema { type?: string; format?: string; const?: unknown; enum?: unknown[]; pattern?: string; properties?: Record<string, JsonSchema>; required?: string[]; items?: JsonSchema; oneOf?: JsonSchema[]; anyOf?: JsonSchema[]; additionalProperties?: JsonSchema | false }

/** All fields of a payload, with those inside of them, in the order of the schema. */
export function schemaFields(schema: z.ZodType): SchemaField[] {
  return fieldsIn(z.toJSONSchema(schema, { io: 'input' }) as JsonSchema, '');
}

function fieldsIn(schema: JsonSchema, path: string): SchemaField[] {
  if (schema.items) return fieldsIn(schema.items, `${path}[]`);
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) {
    const seen = new Set<string>();
    return choices.flatMap((choice) => fieldsIn(choice, path)).filter((field) => !seen.has(field.path) && seen.add(field.path));
  }
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const here = path ? `${path}.${name}` : name;
    return [{ path: here, type: typeOf(member), optional: !schema.required?.includes(name) }, ...fieldsIn(member, here)];
  });
}

function typeOf(schema: JsonSchema): string {
  if (schema.items) return `${typeOf(schema.items)}[]`;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.oneOf ?? schema.anyOf) return 'union';
  if (schema.format === 'date-time') return 'instant';
  if (schema.format === 'date') return 'date';
  return schema.type ?? 'any';
}
