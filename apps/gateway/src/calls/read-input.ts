import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import type { InputClass, Operation } from '../operations';
import type { CheckContext } from '../operations/fields';
import { refuse, type FieldError } from '../problems/problem';
import { isPlainlyValid } from './quick-check';

/** Deeper than any body of ours; recursion over a caller's data stays bounded. */
const DEPTH_MAX = 32;
const ERRORS_MAX = 100;

/**
 * Checks an untrusted value against a class of fields and gives it back as a plain object without absent fields.
 * Unknown fields are refused. @throws RefusedRequest VALIDATION_FAILED
 */
export function readInput(type: InputClass, raw: unknown): Record<string, any> {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) throw invalid([fieldError('', 'NOT_AN_OBJECT', 'must be an object', '须为对象')]);
  const unfit = findUnfit(raw, '', 0);
  if (unfit) throw invalid([unfit]);
  const instance = plainToInstance(type, raw);
  const failures = isPlainlyValid(instance) ? [] : validateSync(instance, { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: false, stopAtFirstError: true, validationError: { target: false, value: false } });
  if (failures.length > 0) throw invalid(failures.flatMap((failure) => errorsOf(failure, '')).slice(0, ERRORS_MAX));
  return withoutAbsent(instance) as Record<string, any>;
}

/** Path parameters each by their pattern. @throws RefusedRequest VALIDATION_FAILED */
export function readIds(operation: Operation, raw: Readonly<Record<string, unknown>>): Record<string, string> {
  const ids: Record<string, string> = {};
  for (const { name, pattern, zh, en } of operation.ids) {
    const value = raw[name];
    if (typeof value !== 'string' || !pattern.test(value)) throw invalid([fieldError(name, 'BAD_FORMAT', `not a valid ${en}`, `${zh}格式不符`)]);
    ids[name] = value;
  }
  return ids;
}

const fieldError = (path: string, code: string, message: string, messageZh: string): FieldError => ({ path, code, message, messageZh });
const invalid = (errors: FieldError[]) => refuse('VALIDATION_FAILED', undefined, { errors });

function errorsOf(failure: ValidationError, above: string): FieldError[] {
  const path = /^\d+$/.test(failure.property) ? `${above}[${failure.property}]` : above ? `${above}.${failure.property}` : failure.property;
  const own = Object.entries(failure.constraints ?? {}).map(([constraint, message]) => {
    if (constraint === 'whitelistValidation') return fieldError(path, 'UNKNOWN_FIELD', 'is not a known field', '未知字段');
    const context = (failure.contexts as Record<string, CheckContext> | undefined)?.[constraint];
    return fieldError(path, context?.code ?? 'INVALID', message, context?.zh ?? '格式不符');
  });
  return [...own, ...(failure.children ?? []).flatMap((child) => errorsOf(child, path))];
}

/**
 * What no request may hold: names of object methods, too deep a nesting, and text the record cannot keep: U+0000 (PostgreSQL refuses it) and half surrogate pairs (no UTF-8, so no hash of them).
 * Found before anything else, so that no caller's text can make a service fail.
 */
function findUnfit(value: unknown, path: string, depth: number): FieldError | undefined {
  if (typeof value === 'string') return isStorable(value) ? undefined : fieldError(path, 'UNSTORABLE_TEXT', 'contains characters that cannot be kept', '含有无法保存的字符');
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth >= DEPTH_MAX) return fieldError(path, 'TOO_DEEP', `is nested deeper than ${DEPTH_MAX}`, `嵌套超过 ${DEPTH_MAX} 层`);
  for (const key of Object.keys(value)) {
    // class-transformer drops these silently.
    if (key in Object.prototype) return fieldError(path ? `${path}.${key}` : key, 'UNKNOWN_FIELD', 'is not a known field', '未知字段');
    const at = Array.isArray(value) ? `${path}[${key}]` : path ? `${path}.${key}` : key;
    const found = (isStorable(key) ? undefined : fieldError(path, 'UNSTORABLE_TEXT', 'contains characters that cannot be kept', '含有无法保存的字符')) ?? findUnfit((value as Record<string, unknown>)[key], at, depth + 1);
    if (found) return found;
  }
  return undefined;
}
const UNSTORABLE = /\u0000|[\ud800-\udfff]/u;
const isStorable = (text: string): boolean => !UNSTORABLE.test(text);

/** `null` of an optional field means absent. Free-form objects keep theirs. */
function withoutAbsent(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutAbsent);
  if (typeof value !== 'object' || value === null || value.constructor === Object) return value;
  const present: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) if (inner !== undefined && inner !== null) present[name] = withoutAbsent(inner);
  return present;
}
