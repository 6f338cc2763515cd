import type { ServiceDefinition } from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';
import { fieldNamesOf, fieldOf } from '../docs/query-fields';
import { operations, type InputClass } from '../operations';
import { loadPublicApi } from './proto-files';
import { partOf } from './request-fields';

interface ProtoField { name: string; number: number; label: string; type: string; typeName: string}
interface ProtoMessage { name: string; field: ProtoField[]; oneofDecl: { name: string }[] }
const definition = loadPublicApi();
const messageOf = (type: MessageTypeDefinition<any, any>): ProtoMessage => type.type as never;
const camel = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
const protoTypes = (type: unknown): string => (type === 'integer' ? 'TYPE_INT32' : type === Number ? 'TYPE_DOUBLE' : type === Boolean ? 'TYPE_BOOL' : 'TYPE_STRING');

function expectSameFields(message: ProtoMessage, input: InputClass, ids: readonly string[]): void {
  const names = fieldNamesOf(input);
  expect({ message: message.name, fields: message.field.map(({ name }) => camel(name)).sort() }).toEqual({ message: message.name, fields: [...ids, ...names].sort() });
  for (const field of message.field) {
    const name = camel(field.name);
    if (ids.includes(name)) continue;
    const { type, isArray } = fieldOf(input, name);
    const part = partOf(input, name);
    const seen = { field: `${message.name}.${name}`, type: field.type, repeated: field.label === 'LABEL_REPEATED' };
    expect(seen).toEqual({ field: seen.field, type: part ? 'TYPE_MESSAGE' : protoTypes(type), repeated: isArray === true });
    // Presence tells `false` and 0 from nothing said; proto3 shows it as a oneof of its own.
    if (!part && !isArray) expect(message.oneofDecl.map((oneof) => oneof.name)).toContain(`_${name}`);
    if (part) expectSameFields(messageOf(definition[`gridcase.v1.${field.typeName.split('.').at(-1)}`] as MessageTypeDefinition<any, any>), part, []);
  }
}

it('every operation of the table is a method of its service, and the other way round', () => {
  const methods = Object.entries(definition).filter(([name, value]) => name.startsWith('gridcase.v1.') && !('format' in value)).flatMap(([name, value]) => Object.keys(value as ServiceDefinition).map((method) => `${name}/${method}`));
  expect(methods.sort()).toEqual(operations.filter(({ kind }) => kind !== 'local').map(({ resource, name }) => `gridcase.v1.${resource}/${name}`).sort());
});

it.each(operations.filter(({ kind }) => kind !== 'local').map((operation) => [operation.name, operation] as const))('the message of %s has the fields of its REST request', (_, operation) => {
  const service = definition[`gridcase.v1.${operation.resource}`] as ServiceDefinition;
  expectSameFields(messageOf((service[operation.name] as any).requestType), operation.input, operation.ids.map(({ name }) => name));
});
