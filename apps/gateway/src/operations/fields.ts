/**
 * Fields of request bodies and query strings: check, conversion and OpenAPI description of a field in one decorator, with
 * messages in both languages (the Chinese one travels in class-validator's `context`).
 */
import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { msToInstant } from '@gridcase/platform';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize, ArrayMinSize, IsArray, IsBoolean, IsIn, IsInt, IsNumber, IsObject, IsOptional, IsString, Length, Matches, Max, Min, ValidateBy, ValidateNested, type ValidationOptions,
} from 'class-validator';

export interface Field { zh: string; en: string; example?: unknown; optional?: boolean }
type Class = new () => object;

/** Message of a failed check in both languages; `code` is stable. */
export interface CheckContext { code: string; zh: string }
const failing = (code: string, en: string, zh: string, each = false): ValidationOptions => ({ message: en, context: { code, zh } satisfies CheckContext, each });

const described = (field: Field, more: object = {}): PropertyDecorator =>
  applyDecorators(
    ApiProperty({ description: `${field.zh} · ${field.en}`, required: !field.optional, ...(field.example !== undefined && { example: field.example }), ...more } as object),
    ...(field.optional ? [IsOptional()] : []),
  );

export const Text = (field: Field & { max?: number; min?: number; pattern?: RegExp }): PropertyDecorator => {
  const min = field.min ?? 1;
  const max = field.max ?? 4000;
  return applyDecorators(
    described(field, { type: String, minLength: min, maxLength: max, ...(field.pattern && { pattern: field.pattern.source }) }),
    IsString(failing('NOT_TEXT', 'must be text', '须为文本')),
    Length(min, max, failing('BAD_LENGTH', `must have ${min} to ${max} characters`, `长度须为 ${min} 至 ${max} 个字符`)),
    ...(field.pattern ? [Matches(field.pattern, failing('BAD_FORMAT', `must match ${field.pattern.source}`, `格式不符:${field.pattern.source}`))] : []),
  );
};

const CODE = /^[\p{L}\p{N}][\p{L}\p{N}._:/-]*$/u;
/** An id or code that other things refer to. */
export const Code = (field: Field): PropertyDecorator => Text({ max: 64, pattern: CODE, ...field });
export const Id = (field: Field): PropertyDecorator => Text({ max: 128, pattern: CODE, ...field });

const AREA = /^\d{6}(\d{3}(\d{3}(\d{1,6})?)?)?$/;
export const AreaCode = (field: Field): PropertyDecorator => Text({ max: 18, pattern: AREA, example: '610524100001001', ...field });
export const DistrictCode = (field: Field): PropertyDecorator => Text({ max: 6, pattern: /^\d{6}$/, example: '610524', ...field });

export const Choice = (values: readonly string[], field: Field): PropertyDecorator =>
  applyDecorators(described({ example: values[0], ...field }, { type: String, enum: values }), IsIn(values as string[], failing('NOT_A_CHOICE', `must be one of ${values.join(', ')}`, `须为其中之一:${values.join('、')}`)));

const RFC_3339 = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;
/** RFC 3339 with any offset → the record's form (UTC, milliseconds); anything else stays as it is and fails its check. */
export function toInstant(value: unknown): unknown {
  const match = typeof value === 'string' ? RFC_3339.exec(value) : null;
  // Date.parse rolls 02-30 over to 03-02.
  if (!match || !isRealDate(match[1]!)) return value;
  const ms = Date.parse(value as string);
  return Number.isNaN(ms) ? value : msToInstant(ms);
}
const isRealDate = (date: string): boolean => {
  const ms = Date.parse(`${date}T00:00:00.000Z`);
  return !Number.isNaN(ms) && msToInstant(ms).startsWith(date);
};
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** A moment: RFC 3339 with an offset. */
export const Moment = (field: Field): PropertyDecorator =>
  applyDecorators(
    described({ example: '2025-09-29T09:30:00+08:00', ...field }, { type: String, format: 'date-time' }),
    Transform(({ value }) => toInstant(value)),
    Matches(INSTANT, failing('NOT_A_MOMENT', 'must be a moment in RFC 3339 with an offset', '须为带时区的 RFC 3339 时间')),
  );

export const LocalDate = (field: Field & { each?: boolean }): PropertyDecorator => {
  const check = ValidateBy({ name: 'localDate', validator: { validate: (value) => typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && isRealDate(value) } }, failing('NOT_A_DATE', 'must be a date such as 2025-09-29', '须为日期,如 2025-09-29', field.each));
  return field.each
    ? applyDecorators(described(field, { type: String, format: 'date', isArray: true }), IsArray(failing('NOT_A_LIST', 'must be a list', '须为列表')), ArrayMaxSize(400, failing('LIST_TOO_LONG', 'must have at most 400 entries', '最多 400 项')), check)
    : applyDecorators(described({ example: '2025-09-29', ...field }, { type: String, format: 'date' }), check);
};

/** Digits only: `Number` takes an empty text for 0, and hexadecimal. */
const numberFromText = (): PropertyDecorator => Transform(({ value }) => (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value));
/** `fromText`: in a query string, where everything is text. */
export const Decimal = (field: Field & { min?: number; max?: number; fromText?: boolean }): PropertyDecorator =>
  applyDecorators(
    described(field, { type: Number, minimum: field.min, maximum: field.max }),
    ...(field.fromText ? [numberFromText()] : []),
    IsNumber({ allowNaN: false, allowInfinity: false }, failing('NOT_A_NUMBER', 'must be a number', '须为数字')),
    ...bounds(field),
  );
export const Whole = (field: Field & { min?: number; max?: number; fromText?: boolean }): PropertyDecorator =>
  applyDecorators(
    described(field, { type: 'integer', minimum: field.min, maximum: field.max }),
    ...(field.fromText ? [numberFromText()] : []),
    IsInt(failing('NOT_A_WHOLE_NUMBER', 'must be a whole number', '须为整数')),
    ...bounds(field),
  );
const bounds = ({ min, max }: { min?: number; max?: number }): PropertyDecorator[] => [
  ...(min === undefined ? [] : [Min(min, failing('TOO_SMALL', `must be at least ${min}`, `不得小于 ${min}`))]),
  ...(max === undefined ? [] : [Max(max, failing('TOO_LARGE', `must be at most ${max}`, `不得大于 ${max}`))]),
];

export const Longitude = (): PropertyDecorator => Decimal({ zh: '经度(WGS 84)', en: 'longitude, WGS 84 degrees', example: 110.15, optional: true, min: -180, max: 180 });
export const Latitude = (): PropertyDecorator => Decimal({ zh: '纬度(WGS 84)', en: 'latitude, WGS 84 degrees', example: 35.24, optional: true, min: -90, max: 90 });

export const Flag = (field: Field & { fromText?: boolean }): PropertyDecorator =>
  applyDecorators(described({ example: true, ...field }, { type: Boolean }), ...(field.fromText ? [Transform(({ value }) => (value === 'true' ? true : value === 'false' ? false : value))] : []), IsBoolean(failing('NOT_A_FLAG', 'must be true or false', '须为 true 或 false')));

export const Codes = (field: Field & { max?: number; min?: number; pattern?: RegExp }): PropertyDecorator =>
  applyDecorators(
    described(field, { type: String, isArray: true, minItems: field.min, maxItems: field.max ?? 50, pattern: (field.pattern ?? CODE).source, minLength: 1, maxLength: 128 }),
    IsArray(failing('NOT_A_LIST', 'must be a list', '须为列表')),
    ...sizes(field.min ?? 0, field.max ?? 50),
    Matches(field.pattern ?? CODE, failing('BAD_FORMAT', 'every entry must be a code', '每一项须为代码', true)),
    Length(1, 128, failing('BAD_LENGTH', 'every entry must have 1 to 128 characters', '每一项长度须为 1 至 128 个字符', true)),
  );

// `() => type()`: the OpenAPI module knows a type that is told later by the name of the function, which is that of the field it stands in.
export const Part = (type: () => Class, field: Field): PropertyDecorator =>
  applyDecorators(described(field, { type: () => type() }), Type(type), IsObject(failing('NOT_AN_OBJECT', 'must be an object', '须为对象')), ValidateNested());

export const Parts = (type: () => Class, field: Field & { max?: number; min?: number }): PropertyDecorator =>
  applyDecorators(
    described(field, { type: () => type(), isArray: true, minItems: field.min, maxItems: field.max ?? 50 }),
    Type(type),
    IsArray(failing('NOT_A_LIST', 'must be a list', '须为列表')),
    ...sizes(field.min ?? 0, field.max ?? 50),
    // Beside ValidateNested, which enters lists within lists and so lets `[[]]` pass.
    IsObject(failing('NOT_AN_OBJECT', 'every entry must be an object', '每一项须为对象', true)),
    ValidateNested({ each: true }),
  );
const sizes = (min: number, max: number): PropertyDecorator[] => [
  ArrayMaxSize(max, failing('LIST_TOO_LONG', `must have at most ${max} entries`, `最多 ${max} 项`)),
  ...(min > 0 ? [ArrayMinSize(min, failing('LIST_TOO_SHORT', `must have at least ${min} entries`, `至少 ${min} 项`))] : []),
];

/** Text, or an object that the service checks by its own schema. */
export const Document = (field: Field & { max: number }): PropertyDecorator =>
  applyDecorators(
    described(field, { oneOf: [{ type: 'string' }, { type: 'object', additionalProperties: true }] }),
    ValidateBy({ name: 'document', validator: { validate: (value) => (typeof value === 'string' ? value.length > 0 && value.length <= field.max : typeof value === 'object' && value !== null && !Array.isArray(value)) } }, failing('NOT_A_DOCUMENT', `must be text of at most ${field.max} characters or an object`, `须为不超过 ${field.max} 个字符的文本或对象`)),
  );
