import type { ApiQueryOptions } from '@nestjs/swagger';
import type { InputClass } from '../operations';

export interface FieldMetadata { isArray?: boolean; oneOf?: unknown; description?: string; example?: unknown; required?: boolean; enum?: string[]; type?: unknown; pattern?: string; format?: string; minimum?: number; maximum?: number }
const NAMES = 'swagger/apiModelPropertiesArray';
const FIELD = 'swagger/apiModelProperties';

/** Names of the fields of a request class. */
export const fieldNamesOf = (input: InputClass): string[] => ((Reflect.getMetadata(NAMES, input.prototype as object) as string[] | undefined) ?? []).map((name) => name.slice(1));
export const fieldOf = (input: InputClass, name: string): FieldMetadata => (Reflect.getMetadata(FIELD, input.prototype as object, name) as FieldMetadata | undefined) ?? {};

/** The fields of a request class as query parameters. */
export const queryFieldsOf = (input: InputClass): ApiQueryOptions[] =>
  fieldNamesOf(input).map((name) => {
    const { description, example, required, enum: values, type, pattern, format, minimum, maximum } = fieldOf(input, name);
    const schemaType = type === Number ? 'number' : typeof type === 'string' ? type : 'string';
    return {
      name, description, required: required ?? true, ...(example !== undefined && { example }),
      schema: { type: schemaType as 'string', ...(values && { enum: values }), ...(pattern && { pattern }), ...(format && { format }), ...(minimum !== undefined && { minimum }), ...(maximum !== undefined && { maximum }) },
    };
  });
