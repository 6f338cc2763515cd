/** Registry of all event types: type → schema, version, category. */
import { assessmentEvents } from './assessment-events';
import { caseEvents } from './case-events';
import type { EventDefinition } from './define';
import { registryEvents } from './registry-events';
import { patrolEvents, reportEvents } from './report-events';

export const catalogue: Readonly<Record<string, EventDefinition>> = { ...caseEvents, ...reportEvents, ...patrolEvents, ...registryEvents, ...assessmentEvents };

/** Current schema version of an event type. @throws for a type that is not in the catalogue. */
export const versionOf = (type: string): number => definitionOf(type).version;

export function definitionOf(type: string): EventDefinition {
  const definition = Object.hasOwn(catalogue, type) ? catalogue[type] : undefined;
  if (!definition) throw new Error(`event type ${type} is not in the catalogue`);
  return definition;
}

/** @throws when the payload does not fit its schema: a broken programming rule, found before anything is written. */
export function validateEvent(event: { type: string; data: unknown }): void {
  const parsed = definitionOf(event.type).schema.safeParse(event.data);
  if (!parsed.success) throw new Error(`event ${event.type} does not fit its schema: ${parsed.error.message}`);
}
