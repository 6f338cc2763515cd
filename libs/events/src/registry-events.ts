/**
 * Who and where, one stream a district and subject: `gridtree-{district}`, `staff-{district}` (units and people),
 * `itemlist-{district}`, `calendar-{district}`, `policy-{district}`.
 */
import { z } from 'zod';
import { areaCode, bilingual, code, define, districtCode, id, instant, level, localDate, words, type EventOf } from './define';

export const gridSchema = z.object({
  code: areaCode, name: z.string(), parent: areaCode.optional(),
  /** 1 street/town, 2 community/village, 3 grid. */
  tier: z.number().int().min(0).max(4), kind: z.enum(['district', 'street', 'community', 'grid', 'dedicated']),
  class: z.enum(['A', 'B', 'C']).optional(), area: z.string().optional(),
  households: z.number().int().nonnegative().optional(), population: z.number().int().nonnegative().optional(),
  /** Bounding centre, WGS 84. */
  longitude: z.number().optional(), latitude: z.number().optional(),
  workers: z.array(id), chief: id.optional(),
  /** Outside the usual size (Z8): flagged, not refused. */
  unusualSize: z.boolean(),
});
export const personSchema = z.object({ id, name: z.string(), roles: z.array(code).min(1), jurisdiction: areaCode, unit: code.optional(), telephone: z.string().optional() });
export const unitSchema = z.object({ code, name: bilingual, department: code, level, jurisdiction: areaCode, telephone: z.string().optional() });
export const itemSchema = z.object({
  code, name: bilingual, category: z.string(), kind: z.enum(['component', 'event', 'service']), standard: z.string(), grade: z.enum(['simple', 'general', 'major', 'complex']),
  /** Department that answers; the unit follows from grid and officers. */
  department: code, coDepartments: z.array(code), leadUnit: code.optional(), patrolled: z.boolean(),
});
export const calendarYearSchema = z.object({ year: z.number().int(), holidays: z.array(z.object({ date: localDate, name: z.string() })), workdays: z.array(localDate), source: z.string() });

/** @rule X4 — 包片: who answers for a department in an area and everything below it. */
export const officerSchema = z.object({ gridCode: areaCode, department: code, unit: code, person: id });

export const registryEvents = {
  /** @rule X10 Z7 H2 */
  GridRegistered: define('gridtree', 'GridRegistered', z.object({ district: districtCode, grid: gridSchema, filing: z.string() })),
  /**
   * A tree too large for an event a grid, in parts of one append: all or nothing. `changed` is given where the grid existed before.
   * @rule X10 Z7 H2 X4
   */
  GridTreeImported: define('gridtree', 'GridTreeImported', z.object({
    district: districtCode, part: z.number().int().positive(), parts: z.number().int().positive(), filing: z.string(),
    grids: z.array(z.object({ grid: gridSchema, changed: z.array(z.string()).optional() })), officers: z.array(officerSchema),
  })),
  /** @rule X10 Z7 */
  GridAdjusted: define('gridtree', 'GridAdjusted', z.object({ district: districtCode, grid: gridSchema, changed: z.array(z.string()), reason: words, filing: z.string() })),
  /** @rule Z7 */
  GridRecoded: define('gridtree', 'GridRecoded', z.object({ district: districtCode, from: areaCode, to: areaCode, reason: words, filing: z.string() })),
  /** @rule H3 — the list of replacements is filed. */
  GridWorkerReplaced: define('gridtree', 'GridWorkerReplaced', z.object({ district: districtCode, gridCode: areaCode, out: id.optional(), in: id, reason: words, filing: z.string() })),
  /** @rule X4 — 包片 */
  OfficerAssigned: define('gridtree', 'OfficerAssigned', officerSchema.extend({ district: districtCode })),
  UnitRegistered: define('staff', 'UnitRegistered', z.object({ district: districtCode, unit: unitSchema })),
  PersonRegistered: define('staff', 'PersonRegistered', z.object({ district: districtCode, person: personSchema })),
  /** @rule Z10 X6 X7 */
  ItemAdmitted: define('itemlist', 'ItemAdmitted', z.object({ district: districtCode, item: itemSchema })),
  ItemWithdrawn: define('itemlist', 'ItemWithdrawn', z.object({ district: districtCode, code, reason: words })),
  /** @rule N2 */
  CalendarPublished: define('calendar', 'CalendarPublished', z.object({ district: districtCode, version: z.string(), year: calendarYearSchema, publishedAt: instant })),
  PolicyAdopted: define('policy', 'PolicyAdopted', z.object({ district: districtCode, pack: z.string(), version: z.number().int(), validFrom: localDate, validTo: localDate.optional(), content: z.record(z.string(), z.any()), digest: z.string() })),
} as const;
export type RegistryEvent = { [K in keyof typeof registryEvents]: EventOf<(typeof registryEvents)[K]> }[keyof typeof registryEvents];
export type Officer = z.infer<typeof officerSchema>;
export type Grid = z.infer<typeof gridSchema>;
export type Person = z.infer<typeof personSchema>;
export type Unit = z.infer<typeof unitSchema>;
export type Item = z.infer<typeof itemSchema>;
export type CalendarYearData = z.infer<typeof calendarYearSchema>;
