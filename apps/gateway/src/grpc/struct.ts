/** `google.protobuf.Struct` as proto-loader gives and takes it. */
export interface Struct { fields?: Record<string, Value> }
export interface Value { nullValue?: 'NULL_VALUE' | 0; boolValue?: boolean; numberValue?: number; stringValue?: string; structValue?: Struct; listValue?: { values?: Value[] } }

export function toStruct(object: object): Struct {
  const fields: Record<string, Value> = {};
  for (const [name, value] of Object.entries(object)) if (value !== undefined) fields[name] = toValue(value);
  return { fields };
}
function toValue(value: unknown): Value {
  switch (typeof value) {
    case 'string': return { stringValue: value };
    case 'number': return { numberValue: value };
    case 'boolean': return { boolValue: value };
    case 'bigint': return { stringValue: String(value) };
    case 'object': return value === null ? { nullValue: 'NULL_VALUE' } : Array.isArray(value) ? { listValue: { values: value.map(toValue) } } : { structValue: toStruct(value) };
    default: return { nullValue: 'NULL_VALUE' };
  }
}

export const fromStruct = ({ fields = {} }: Struct): Record<string, unknown> => Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, fromValue(value)]));
function fromValue({ boolValue, numberValue, stringValue, structValue, listValue }: Value): unknown {
  return boolValue ?? numberValue ?? stringValue ?? (structValue ? fromStruct(structValue) : listValue ? (listValue.values ?? []).map(fromValue) : null);
}
