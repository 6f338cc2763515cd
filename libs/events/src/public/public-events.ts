/**
 * What other programs may rely on. Versioned apart from the stored form: a stored event that gets a new version keeps its public
 * one by an entry in `OWN_FORM`, or gets a new public version there.
 */
import type { z } from 'zod';
import { catalogue } from '../catalogue';
import type { EventDefinition } from '../define';

export interface PublicEvent {
  type: string;
  /** Of the public form. */
  version: number;
  /** Stored version it is made from, and given back as. */
  stored: number;
  category: string;
  schema: z.ZodType;
  toPublic(data: any): object;
  toStored(data: any): object;
}

/** Types whose public form is not their stored one. None so far. */
const OWN_FORM: Readonly<Record<string, Omit<PublicEvent, 'type' | 'category'>>> = {};

const same = (data: object): object => data;

export function publicFormOf({ type, version, category, schema }: EventDefinition, own = OWN_FORM[type]): PublicEvent {
  if (!own && version !== 1) throw new Error(`event ${type} has stored version ${version}: say in OWN_FORM what its public form is`);
  if (own && own.stored !== version) throw new Error(`event ${type} has stored version ${version}, its public form is made from ${own.stored}`);
  return { type, category, ...(own ?? { version: 1, stored: 1, schema, toPublic: same, toStored: same }) };
}

export const publicEvents: Readonly<Record<string, PublicEvent>> = Object.fromEntries(Object.values(catalogue).map((definition) => [definition.type, publicFormOf(definition)]));
