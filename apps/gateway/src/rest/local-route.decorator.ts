import { HttpCode, RequestMapping, RequestMethod, applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiQuery } from '@nestjs/swagger';
import { queryFieldsOf } from '../docs/query-fields';
import { localOperations } from '../operations/local.operations';
import { ForOperations } from './access.guard';

/** Route, access and description of something the gateway does itself, from its entry in the table. */
export function LocalRoute(name: string, options: { body?: boolean } = {}): MethodDecorator {
  const operation = localOperations.find((entry) => entry.name === name);
  if (!operation) throw new Error(`operation ${name} is not in the table`);
  const { rest, status, summary, ids, input } = operation;
  return applyDecorators(
    RequestMapping({ path: rest.path, method: RequestMethod[rest.method] }), HttpCode(status), ForOperations([operation]), ApiBearerAuth(),
    ApiOperation({ operationId: name, summary: `${summary.zh} · ${summary.en}`, description: `角色 · roles: ${(operation.access as readonly string[]).join(', ')}` }),
    ...ids.map(({ name: id, zh, en, example }) => ApiParam({ name: id, description: `${zh} · ${en}`, example, schema: { type: 'string' } })),
    ...(options.body ? [] : queryFieldsOf(input).map((field) => ApiQuery(field))),
  );
}
