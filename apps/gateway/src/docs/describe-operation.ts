import { ApiBearerAuth, ApiBody, ApiExtraModels, ApiHeader, ApiOperation, ApiParam, ApiQuery, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import type { Operation } from '../operations';
import { CommandAnswerBody, PageBody, ProblemBody } from './answer.bodies';
import { queryFieldsOf } from './query-fields';

const problems: Readonly<Record<number, string>> = {
  400: '请求内容不符合要求 · the request does not fit', 401: '须提供有效的令牌 · a valid token is needed', 403: '无权 · not allowed', 404: '找不到 · not found', 409: '不符合规则 · against a rule',
  412: '数据已变化 · changed meanwhile', 422: '无法处理 · cannot be processed', 429: '请求过于频繁 · too many requests', 503: '繁忙或暂不可用 · busy or not available',
};

/** OpenAPI of one route, from the table. */
export function describeOperation(answering: readonly Operation[]): MethodDecorator[] {
  const [first] = answering;
  if (!first) return [];
  const { summary, note, rules, access, input, status, kind, rest, list } = first;
  const who = access === 'public' ? '公开 · public' : access.join(', ');
  const others = answering.slice(1).map((o) => `\`?${o.rest.whenQuery}\`: ${o.summary.zh} · ${o.summary.en} (${(o.access as readonly string[]).join(', ')})`);
  const optionalQuery = answering.slice(1).flatMap((o) => queryFieldsOf(o.input)).map((field) => ({ ...field, required: false }));
  const takesBody = rest.method === 'POST';
  return [
    ApiOperation({
      operationId: first.name, summary: `${summary.zh} · ${summary.en}`,
      description: [`角色 · roles: ${who}`, ...(rules.length > 0 ? [`规则 · rules: ${rules.join(' ')}`] : []), ...(note ? [`${note.zh} · ${note.en}`] : []), ...others].join('\n\n'),
    }),
    ...(access === 'public' ? [] : [ApiBearerAuth()]),
    ...first.ids.map(({ name, zh, en, example }) => ApiParam({ name, description: `${zh} · ${en}`, example, schema: { type: 'string' } })),
    ...(takesBody ? [ApiExtraModels(input), ApiBody({ schema: { $ref: getSchemaPath(input) } })] : [...queryFieldsOf(input), ...optionalQuery].map((field) => ApiQuery(field))),
    ...(kind === 'command' ? [
      ApiHeader({ name: 'Idempotency-Key', required: false, description: '同一键的重复请求得到首次的答复 · a repeat with the same key gets the first answer' }),
      ApiHeader({ name: 'If-Match', required: false, description: '先前得到的 ETag · the ETag you saw' }),
    ] : [
      ApiHeader({ name: 'Gridcase-Min-Position', required: false, description: '等待读取视图到达该位置 · wait until the read model has passed this position' }),
    ]),
    ApiExtraModels(CommandAnswerBody, PageBody, ProblemBody),
    ApiResponse({ status, description: 'OK', schema: kind === 'command' ? { $ref: getSchemaPath(CommandAnswerBody) } : list ? { $ref: getSchemaPath(PageBody) } : { type: 'object', additionalProperties: true } }),
    ...Object.entries(problems).map(([code, description]) => ApiResponse({ status: Number(code), description, content: { 'application/problem+json': { schema: { $ref: getSchemaPath(ProblemBody) } } } })),
  ];
}
