import type { Attributes, CommandReply, Problem, QueryReply } from '@gridcase/platform';

export interface RefusedReply { ok: false; problem: Problem }
export interface AnsweredReply<T> { ok: true; result: T; position: bigint; revision?: number }

/** A refusal as a reply. Codes with their texts and HTTP status stand in libs/domain/src/rejections. */
export const refused = (code: string, params?: Record<string, unknown>, rule?: string): RefusedReply =>
  ({ ok: false, problem: { code, ...(rule && { rule }), ...(params && { params }) } });

/** An answer; `revision` when it is one resource (for its ETag). */
export const answered = <T>(result: T, position: bigint, revision?: number): AnsweredReply<T> =>
  ({ ok: true, result, position, ...(revision !== undefined && { revision }) });

/** A refusal from where no reply can be returned; the endpoint turns it into one. */
export class ProblemError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.code);
    this.name = 'ProblemError';
  }
}

/** What a span tells of a reply: nothing of what was asked or answered. */
export const replyAttributes = (reply: CommandReply | QueryReply): Attributes => (reply.ok
  ? { 'gridcase.outcome': 'done', ...('repeated' in reply && { 'gridcase.repeated': reply.repeated }) }
  : { 'gridcase.outcome': 'refused', 'gridcase.refusal': reply.problem.code });
