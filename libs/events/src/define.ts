import { z } from 'zod';

export const services = ['registry', 'intake', 'dispatch', 'sla-monitor', 'assessment', 'audit'] as const;
export type Service = (typeof services)[number];

/** One event type in one version. `type` strings are storage format: never renamed. */
export interface EventDefinition<Type extends string = string, Schema extends z.ZodType = z.ZodType> {
  type: Type;
  version: number;
  category: string;
  schema: Schema;
}

export const define = <Type extends string, Schema extends z.ZodType>(category: string, type: Type, schema: Schema, version = 1): EventDefinition<Type, Schema> => ({ type, version, category, schema });

/** `{type, data}` of a definition, for deciders. */
export type EventOf<D> = D extends EventDefinition<infer Type, infer Schema> ? { type: Type; data: z.infer<Schema> } : never;

// Shared parts of payloads.
export const instant = z.iso.datetime({ precision: 3 });
export const localDate = z.iso.date();
/** Administrative code: district 6 digits, street 9, community 12, grid 15 or more. A prefix covers what lies below it. */
export const areaCode = z.string().regex(/^\d{6}(\d{3}(\d{3}(\d{1,6})?)?)?$/);
export const districtCode = z.string().regex(/^\d{6}$/);
export const id = z.string().min(1).max(128);
export const code = z.string().min(1).max(64);
/** Free text a person wrote. */
export const words = z.string().max(4000);
export const level = z.enum(['district', 'street', 'community']);
export const grade = z.enum(['simple', 'general', 'major', 'complex']);
/** WGS 84 degrees. */
export const point = z.object({ longitude: z.number().min(-180).max(180), latitude: z.number().min(-90).max(90) });
/** Kept unaltered outside the record by its hash; who took it, when and where is evidence too (X13, N5). */
export const evidence = z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/), mediaType: z.string(), takenAt: instant, takenBy: id, longitude: z.number().optional(), latitude: z.number().optional() });
/** Where: the grid decides who is responsible; the address is as the reporter gave it. */
export const place = z.object({ address: z.string().max(500), gridCode: areaCode.optional(), longitude: z.number().optional(), latitude: z.number().optional() });
export const bilingual = z.object({ zh: z.string(), en: z.string() });
