import { z } from 'zod';
import { policyPackSchema } from './pack';

/** JSON Schema (2020-12) of a policy pack as a person writes it, for editors and other tools: `policies/policy-pack.schema.json`. */
export const policyPackJsonSchema = (): object => ({ title: 'Gridcase policy pack', ...z.toJSONSchema(policyPackSchema, { io: 'input' }) });
