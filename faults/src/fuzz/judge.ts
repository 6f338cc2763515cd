import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GrpcOutcome } from '@gridcase-apps/gateway';
import type { Answered } from '../raw-caller';

/** Temporary, and said so: no fault of the caller's. */
const LATER = new Set(['BUSY', 'READ_MODEL_BEHIND', 'TOO_MANY_CONFLICTS', 'STORE_OVERLOADED', 'TOO_MANY_REQUESTS']);

interface Problem { status?: unknown; code?: unknown; title?: unknown; detail?: unknown; detailZh?: unknown; errors?: { path?: unknown; code?: unknown; message?: unknown; messageZh?: unknown }[]; correlationId?: unknown }

/** Every code there is, as the reference says. */
export const knownCodes = (): ReadonlySet<string> => new Set([...readFileSync(join(__dirname, '../../../docs/reference/refusals.md'), 'utf8').matchAll(/^\| `([A-Z_0-9]+)` \| \d{3} /gm)].map(([, code]) => code!));

/** What is wrong with a refusal, or undefined. */
export function wrongWith({ status, headers, body }: Answered, codes: ReadonlySet<string>): string | undefined {
  if (status < 400) return undefined;
  const problem = parsed(body);
  if (status >= 500 && !(status === 503 && LATER.has(String(problem?.code)) && headers['retry-after'])) return 'a fault of the platform';
  if (!headers['content-type']?.startsWith('application/problem+json') || !problem) return 'no problem document';
  return wrongWithProblem(problem, status, headers['x-correlation-id'], codes);
}

/** The same of a refusal over gRPC, whose problem document comes in its metadata. */
export function wrongOverGrpc(outcome: GrpcOutcome, codes: ReadonlySet<string>): string | undefined {
  if (outcome.ok) return undefined;
  const { problem, status, details, metadata } = outcome;
  if (!problem) return `no problem document but ${status}, ${details}`;
  if (problem.status >= 500 && !LATER.has(problem.code)) return 'a fault of the platform';
  return wrongWithProblem(problem, problem.status, metadata.get('x-correlation-id').map(String)[0], codes);
}

function wrongWithProblem(problem: Problem, status: number, correlationId: string | undefined, codes: ReadonlySet<string>): string | undefined {
  if (problem.status !== status) return `a document of status ${String(problem.status)}`;
  if (!codes.has(String(problem.code))) return `the undocumented code ${String(problem.code)}`;
  if (typeof problem.correlationId !== 'string' || problem.correlationId !== correlationId) return 'no correlation id';
  if (!isEnglish(problem.title) || !isEnglish(problem.detail) || !isChinese(problem.detailZh)) return 'no text in both languages';
  for (const { path, code, message, messageZh } of problem.errors ?? []) {
    if (typeof path !== 'string' || typeof code !== 'string' || typeof message !== 'string' || message === '' || typeof messageZh !== 'string' || !HAN.test(messageZh)) return 'an error of a field without code and both texts';
  }
  if (/node_modules|\.js:\d|\.ts:\d|at Object\.|select .* from|"stack"/i.test(JSON.stringify(problem))) return 'insides of the platform in it';
  return undefined;
}

export const codeOf = ({ body }: Answered): string => String(parsed(body)?.code ?? '');
function parsed(body: string): Problem | undefined {
  try { return JSON.parse(body) as Problem; } catch { return undefined; }
}
/** A parameter that was not filled in shows as `…` or `{name}`; a pattern may have `\\p{L}`. */
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '' && !/…|(?<!\\p)\{[a-z]\w*\}|undefined|\[object/i.test(value);
const isEnglish = isText;
const HAN = /\p{Script=Han}/u;
const isChinese = (value: unknown): boolean => isText(value) && HAN.test(value);
