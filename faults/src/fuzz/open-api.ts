/** What a caller knows of the platform: its OpenAPI document. */
export interface Schema {
  type?: string; enum?: string[]; pattern?: string; format?: string; minLength?: number; maxLength?: number; minItems?: number; maxItems?: number; minimum?: number; maximum?: number;
  items?: Schema; properties?: Record<string, Schema>; required?: string[]; allOf?: Schema[]; oneOf?: Schema[]; additionalProperties?: unknown; example?: unknown; $ref?: string;
}
export interface Field { name: string; required: boolean; schema: Schema }
export interface Operation {
  name: string; method: string;
  /** `/v1/cases/{caseId}` */
  path: string;
  ids: readonly Field[]; query: readonly Field[];
  /** Of the JSON body. */
  body?: Schema;
  /** Absent: open to everybody. */
  roles?: readonly string[];
  /** Takes an Idempotency-Key. */
  isCommand: boolean;
}
interface Described { operationId: string; description?: string; parameters?: (Field & { in: string; schema: Schema })[]; requestBody?: { content: Record<string, { schema: Schema }> } }
interface Document { paths: Record<string, Record<string, Described>>; components: { schemas: Record<string, Schema> } }

export async function operationsOf(baseUrl: string): Promise<Operation[]> {
  const document = (await (await fetch(`${baseUrl}/docs/openapi.json`)).json()) as Document;
  return Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, described]) => operationOf(path, method.toUpperCase(), described, document)));
}

function operationOf(path: string, method: string, { operationId, description, parameters = [], requestBody }: Described, document: Document): Operation {
  const within = (place: string) => parameters.filter((parameter) => parameter.in === place);
  const json = requestBody?.content['application/json']?.schema;
  const roles = /roles: (.+)/.exec(description ?? '')?.[1]!.split(', ');
  return {
    name: operationId, method, path, ids: within('path'), query: within('query'), isCommand: within('header').some(({ name }) => name === 'Idempotency-Key'),
    ...(json && { body: resolved(json, document) }), ...(roles && !roles.some((role) => role.includes('public')) && { roles }),
  };
}

/** With every reference replaced by what it refers to. @throws when a reference leads nowhere */
function resolved(schema: Schema, document: Document): Schema {
  if (schema.$ref !== undefined) {
    const found = document.components.schemas[schema.$ref.replace('#/components/schemas/', '')];
    if (!found) throw new Error(`the OpenAPI document refers to ${schema.$ref}, which it does not have`);
    return resolved(found, document);
  }
  const [single] = schema.allOf ?? [];
  if (single) return resolved(single, document);
  return {
    ...schema, ...(schema.items && { items: resolved(schema.items, document) }),
    ...(schema.properties && { properties: Object.fromEntries(Object.entries(schema.properties).map(([name, inner]) => [name, resolved(inner, document)])) }),
  };
}
