/** The registry's streams, one a district and subject. Each is folded with the directory's own fold: what a decision sees is what every reader sees. */
import { rejected, type Actor, type Instant, type Rejection, type StoredEvent } from '@gridcase/events';
import { covers, emptyDirectory, evolveDirectory, type Directory, type District } from './directory';

export const gridTreeStream = (district: string): string => `gridtree-${district}`;
export const staffStream = (district: string): string => `staff-${district}`;
export const itemListStream = (district: string): string => `itemlist-${district}`;
export const calendarStream = (district: string): string => `calendar-${district}`;
export const policyStream = (district: string): string => `policy-${district}`;

export const registryDecider = {
  initialState: (): Directory => emptyDirectory(),
  evolve: (state: Directory, event: StoredEvent): Directory => evolveDirectory(state, event),
};

const NOTHING: Omit<District, 'code'> = { grids: new Map(), recoded: new Map(), officers: new Map(), units: new Map(), people: new Map(), items: new Map(), calendars: [], policies: [] };
/** What the stream says of its district; an unknown district is an empty one. */
export const districtIn = (state: Directory, district: string): Readonly<District> => state.districts.get(district) ?? { code: district, ...NOTHING };

export interface RegistryEnvironment { actor: Actor; at: Instant }

/** A street may file what concerns its own area; nobody else may (X10). */
export const outsideJurisdiction = (actor: Actor, area: string): Rejection | undefined =>
  actor.role === 'system' || covers(actor.jurisdiction, area) ? undefined : rejected('OUTSIDE_JURISDICTION', { area }, 'X10');

/** One append takes this many events (the port's `appendEventsMax` is 1000). */
export const entriesMax = 900;

/** Equal as data: key order does not matter, an absent key equals `undefined`. */
export function sameData(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false;
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((key) => sameData(left[key], right[key]));
}
