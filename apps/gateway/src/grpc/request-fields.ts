import { fieldNamesOf, fieldOf } from '../docs/query-fields';
import type { InputClass, Operation } from '../operations';

/** A request message → path ids and fields. An empty list and no list look the same on the wire: a required list is then empty. */
export function requestFields(operation: Operation, message: Readonly<Record<string, unknown>>): { ids: Record<string, unknown>; fields: Record<string, unknown> } {
  const fields = withRequiredLists(operation.input, message);
  const ids: Record<string, unknown> = {};
  for (const { name } of operation.ids) {
    ids[name] = fields[name];
    delete fields[name];
  }
  return { ids, fields };
}

function withRequiredLists(type: InputClass, message: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const fields: Record<string, unknown> = { ...message };
  for (const name of fieldNamesOf(type)) {
    const { isArray, required } = fieldOf(type, name);
    if (isArray && required !== false) fields[name] ??= [];
    const part = partOf(type, name);
    if (!part || fields[name] === undefined) continue;
    fields[name] = isArray ? (fields[name] as Record<string, unknown>[]).map((entry) => withRequiredLists(part, entry)) : withRequiredLists(part, fields[name] as Record<string, unknown>);
  }
  return fields;
}

/** The class of a field that is itself an object, as its decorator named it. */
export function partOf(owner: InputClass, name: string): InputClass | undefined {
  const { type } = fieldOf(owner, name);
  if (typeof type !== 'function' || [String, Number, Boolean, Object].includes(type as never)) return undefined;
  return (type as { prototype?: unknown }).prototype === undefined ? (type as () => InputClass)() : (type as InputClass);
}
