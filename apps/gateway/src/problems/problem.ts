import { rejectionTexts } from '@gridcase/domain';
import type { Problem } from '@gridcase/platform';
import { edgeProblems, type EdgeProblemCode } from './edge-problems';

/** One thing wrong with one field of a request. */
export interface FieldError { path: string; code: string; message: string; messageZh: string; [more: string]: unknown }
/** RFC 9457, `application/problem+json`. */
export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  code: string;
  rule?: string;
  detail: string;
  detailZh: string;
  errors?: FieldError[];
  correlationId: string;
}
export const PROBLEM_MEDIA_TYPE = 'application/problem+json; charset=utf-8';

/** A request that is refused, by the gateway or by a service. Carries no stack to the outside. */
export class RefusedRequest extends Error {
  constructor(readonly problem: Problem, readonly errors?: FieldError[], readonly headers: Readonly<Record<string, string>> = {}) {
    super(problem.code);
    this.name = 'RefusedRequest';
  }
}
export const refuse = (code: EdgeProblemCode, params?: Record<string, unknown>, more: { errors?: FieldError[]; headers?: Record<string, string> } = {}): RefusedRequest =>
  new RefusedRequest({ code, ...(params && { params }) }, more.errors, more.headers);

interface Text { status: number; rule?: string; zh: string; en: string }
/** A service may refuse with a code the catalogue does not have yet: still a conflict, never a 500. */
const textOf = (code: string): Text =>
  (Object.hasOwn(rejectionTexts, code) ? rejectionTexts[code] : undefined) ?? (Object.hasOwn(edgeProblems, code) ? edgeProblems[code as EdgeProblemCode] : undefined) ?? { status: 409, zh: `不符合规则(${code})`, en: `refused (${code})` };

const shown = (value: unknown): string => (Array.isArray(value) ? value.map(shown).join(', ') : value !== null && typeof value === 'object' ? JSON.stringify(value) : String(value));
const fill = (text: string, params: Record<string, unknown> = {}): string => text.replace(/\{(\w+)\}/g, (_, name: string) => (Object.hasOwn(params, name) ? shown(params[name]) : '…'));

export function problemDocument({ problem, errors }: { problem: Problem; errors?: FieldError[] }, correlationId: string): ProblemDocument {
  const text = textOf(problem.code);
  const rule = problem.rule ?? text.rule;
  const fieldErrors = errors ?? (Array.isArray(problem.params?.['errors']) ? problem.params['errors'].map(fieldErrorOf) : undefined);
  return {
    type: `urn:gridcase:problem:${problem.code.toLowerCase().replaceAll('_', '-')}`,
    title: sentence(problem.code),
    status: text.status,
    code: problem.code,
    ...(rule && { rule }),
    detail: fill(text.en, problem.params),
    detailZh: fill(text.zh, problem.params),
    ...(fieldErrors && { errors: fieldErrors }),
    correlationId,
  };
}
/** What services say of rows of a file (`row`, `column`, `error`, `zh`, `en`) and of lines of a policy pack (`path`, `message`, `line`), in the one form. */
function fieldErrorOf(found: Record<string, any>): FieldError {
  const { row, column, code, error, zh, en, path, message, messageZh, line, ...more } = found;
  const where = line === undefined ? {} : { line: line as number };
  if (row !== undefined) return { path: `row ${row}, ${column}`, code: error ?? code, message: en ?? message, messageZh: zh ?? messageZh, row, column, ...(error && code !== undefined && { gridCode: code }), ...more };
  return { path: path ?? '', code: code ?? 'INVALID', message, messageZh: messageZh ?? (line === undefined ? message : `第 ${line} 行:${message}`), ...where, ...more };
}

/** `REBOUND_ALREADY_USED` → `Rebound already used`. */
const sentence = (code: string): string => code.charAt(0) + code.slice(1).toLowerCase().replaceAll('_', ' ');
