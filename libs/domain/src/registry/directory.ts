/**
 * Who and where, folded from the registry's streams (`gridtree-`, `staff-`, `itemlist-`, `calendar-`, `policy-{district}`). Every
 * service folds it for itself: small reference data, read in memory, never another service's table.
 */
import type { CalendarYearData, Grid, Item, Person, StoredEvent, Unit } from '@gridcase/events';
import type { PolicyPack } from '../policy/pack';

export interface Adoption { pack: string; version: number; validFrom: string; validTo?: string; content: PolicyPack }
export interface District {
  code: string;
  grids: Map<string, Grid>;
  /** Old grid code → the one that replaced it (Z7). */
  recoded: Map<string, string>;
  /** `gridCode/department` → unit and person (包片, X4). */
  officers: Map<string, { gridCode: string; department: string; unit: string; person: string }>;
  units: Map<string, Unit>;
  people: Map<string, Person>;
  items: Map<string, Item>;
  /** In order of publication; the last of a year holds. */
  calendars: { version: string; year: CalendarYearData; publishedAt: string }[];
  policies: Adoption[];
}
export interface Directory { districts: Map<string, District> }

export const directoryCategories = ['gridtree', 'staff', 'itemlist', 'calendar', 'policy'] as const;
export const emptyDirectory = (): Directory => ({ districts: new Map() });

/** Folds in place: a directory of 100,000 entries is not copied for one more. */
export function evolveDirectory(directory: Directory, event: StoredEvent): Directory {
  const data = event.data;
  let district = directory.districts.get(data.district);
  if (!district) directory.districts.set(data.district, (district = { code: data.district, grids: new Map(), recoded: new Map(), officers: new Map(), units: new Map(), people: new Map(), items: new Map(), calendars: [], policies: [] }));
  switch (event.type) {
    case 'GridRegistered': case 'GridAdjusted': district.grids.set(data.grid.code, data.grid); break;
    case 'GridTreeImported':
      for (const { grid } of data.grids) district.grids.set(grid.code, grid);
      for (const officer of data.officers) district.officers.set(`${officer.gridCode}/${officer.department}`, officer);
      break;
    case 'GridRecoded': recode(district, data.from, data.to); break;
    case 'GridWorkerReplaced': {
      const grid = district.grids.get(data.gridCode);
      if (grid) district.grids.set(grid.code, { ...grid, workers: [...grid.workers.filter((w) => w !== data.out && w !== data.in), data.in] });
      break;
    }
    case 'OfficerAssigned': district.officers.set(`${data.gridCode}/${data.department}`, { gridCode: data.gridCode, department: data.department, unit: data.unit, person: data.person }); break;
    case 'UnitRegistered': district.units.set(data.unit.code, data.unit); break;
    case 'PersonRegistered': district.people.set(data.person.id, data.person); break;
    case 'ItemAdmitted': district.items.set(data.item.code, data.item); break;
    case 'ItemWithdrawn': district.items.delete(data.code); break;
    case 'CalendarPublished': district.calendars.push({ version: data.version, year: data.year, publishedAt: data.publishedAt }); break;
    case 'PolicyAdopted': district.policies.push({ pack: data.pack, version: data.version, validFrom: data.validFrom, validTo: data.validTo, content: data.content }); break;
  }
  return directory;
}

function recode(district: District, from: string, to: string): void {
  const grid = district.grids.get(from);
  if (!grid) return;
  district.grids.delete(from);
  district.grids.set(to, { ...grid, code: to });
  district.recoded.set(from, to);
  for (const child of district.grids.values()) if (child.parent === from) district.grids.set(child.code, { ...child, parent: to });
  for (const [key, officer] of district.officers) if (officer.gridCode === from) { district.officers.delete(key); district.officers.set(`${to}/${officer.department}`, { ...officer, gridCode: to }); }
}

export const districtOf = (areaCode: string): string => areaCode.slice(0, 6);
/** `outer` covers `inner`: community ⊂ street ⊂ district by prefix. */
export const covers = (outer: string, inner: string): boolean => inner.startsWith(outer);
/** Street (9 digits) and community (12) of a grid code, as far as it is that long. */
export const streetOf = (gridCode: string): string | undefined => (gridCode.length >= 9 ? gridCode.slice(0, 9) : undefined);
export const communityOf = (gridCode: string): string | undefined => (gridCode.length >= 12 ? gridCode.slice(0, 12) : undefined);

/** Local date of an instant. All of China keeps one time (UTC+8, no DST since 1991). */
export const chinaDate = (at: string): string => new Date(Date.parse(at) + 8 * 3_600_000).toISOString().slice(0, 10);

/** The pack in force on a local date: of those valid then, the one that came into force last, and of these the one adopted last. */
export function policyOn(district: District, date: string): PolicyPack | undefined {
  let found: Adoption | undefined;
  for (const adoption of district.policies)
    if (adoption.validFrom <= date && (!adoption.validTo || date <= adoption.validTo) && (!found || adoption.validFrom >= found.validFrom)) found = adoption;
  return found?.content;
}
/** The very version a case was filed under. */
export const policyVersion = (district: District, pack: string, version: number): PolicyPack | undefined =>
  district.policies.findLast((a) => a.pack === pack && a.version === version)?.content;

export interface Proposal { lead?: string; coHandlers: string[]; reason: string }
/** @rule X4 — the dispatch proposal: item list × grid × officers (包片) of that grid or of the nearest area above it. */
export function propose(district: District, item: Item, gridCode: string): Proposal {
  const unitFor = (department: string): string | undefined => {
    for (let area: string | undefined = gridCode; area && area.length >= 6; area = district.grids.get(area)?.parent ?? (area.length > 6 ? area.slice(0, area.length > 12 ? 12 : area.length - 3) : undefined)) {
      const officer = district.officers.get(`${area}/${department}`);
      if (officer) return officer.unit;
    }
    return [...district.units.values()].find((u) => u.department === department)?.code;
  };
  const lead = item.leadUnit ?? unitFor(item.department);
  const coHandlers = [...new Set(item.coDepartments.map(unitFor))].filter((u): u is string => u !== undefined && u !== lead);
  return { lead, coHandlers, reason: `${item.code} × ${gridCode} × ${item.department}` };
}
