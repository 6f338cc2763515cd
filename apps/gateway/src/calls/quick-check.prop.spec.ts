import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import fc from 'fast-check';
import { operations } from '../operations';
import { exampleCalls } from '../testing/example-calls';
import { isPlainlyValid } from './quick-check';

const given = exampleCalls.filter(({ refused, fields }) => !refused && fields).map(({ operation, fields }) => ({ type: operations.find(({ name }) => name === operation)!.input, fields: fields! }));
const failuresOf = (instance: object) => validateSync(instance, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: false, stopAtFirstError: true });

it('every body that is in order is seen at once', () => {
  expect(given.length).toBeGreaterThan(40);
  // Texts of a query become numbers and flags on the way.
  for (const { type, fields } of given) expect(isPlainlyValid(plainToInstance(type, structuredClone(fields)))).toBe(true);
});

const strange = fc.oneof(fc.jsonValue(), fc.constantFrom('', 'x'.repeat(5_000), '2025-02-30', '2025-09-22T01:00:00.000Z', '610524', -1, 0, 1e9, NaN, null, undefined, [], [[]], [{}], {}, [null], [undefined]));

/** The value with one thing in it replaced, at a depth that `way` leads to; or with a field that nobody knows. */
function alter(value: any, way: number[], by: unknown): any {
  if (way.length === 0 || typeof value !== 'object' || value === null) return by;
  const keys = [...Object.keys(value), 'unknown'];
  const key = keys[way[0]! % keys.length]!;
  const copy = Array.isArray(value) ? [...value] : { ...value };
  copy[key] = alter(copy[key], way.slice(1), by);
  return copy;
}

it('never says yes where validateSync finds something', () => {
  let valid = 0;
  fc.assert(fc.property(fc.nat(given.length - 1), fc.array(fc.nat(50), { minLength: 1, maxLength: 4 }), strange, (index, way, by) => {
    const { type, fields } = given[index]!;
    const instance = plainToInstance(type, alter(structuredClone(fields), way, by));
    const plainly = isPlainlyValid(instance);
    if (plainly) valid++;
    expect(plainly).toBe(plainly && failuresOf(instance).length === 0);
  }), { numRuns: 3_000 });
  expect(valid).toBeGreaterThan(20);
});
