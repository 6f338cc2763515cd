import { SetMetadata, type CustomDecorator } from '@nestjs/common';
import type { CommandType } from '@gridcase/events';

export const HANDLES_COMMAND = Symbol('HANDLES_COMMAND');
export const ANSWERS_QUERY = Symbol('ANSWERS_QUERY');

/** The provider is a `CommandHandlerFor` this command. Found at start; the service must own the command. */
export const HandlesCommand = (type: CommandType): CustomDecorator<symbol> => SetMetadata(HANDLES_COMMAND, type);

/** The provider is a `QueryHandlerFor` the query of this name. */
export const AnswersQuery = (name: string): CustomDecorator<symbol> => SetMetadata(ANSWERS_QUERY, name);
