/** Units and people of a district: stream `staff-{district}`. */
import { rejected, type DomainEvent, type Person, type Rejection, type Unit } from '@gridcase/events';
import { roles } from '../access/roles';
import { covers, type Directory } from './directory';
import { districtIn, entriesMax, outsideJurisdiction, sameData, type RegistryEnvironment } from './registry';

export interface RegisterUnits { district: string; units: Unit[] }
export interface RegisterPeople { district: string; people: Person[] }

const repeatedKey = <T>(entries: readonly T[], key: (entry: T) => string): string | undefined => {
  const seen = new Set<string>();
  for (const entry of entries) {
    if (seen.has(key(entry))) return key(entry);
    seen.add(key(entry));
  }
  return undefined;
};

/** All or nothing; an entry that stands already as it is writes nothing. @rule X4 X7 */
export function registerUnits(command: RegisterUnits, state: Directory, env: RegistryEnvironment): DomainEvent[] | Rejection {
  const { district, units } = command;
  const refusal = outsideJurisdiction(env.actor, district);
  if (refusal) return refusal;
  if (units.length > entriesMax) return rejected('TOO_MANY_ENTRIES', { count: units.length, max: entriesMax });
  const twice = repeatedKey(units, (unit) => unit.code);
  if (twice !== undefined) return rejected('DUPLICATE_ENTRY', { entry: twice });
  const stranger = units.find((unit) => !covers(district, unit.jurisdiction));
  if (stranger) return rejected('ENTRY_OUTSIDE_DISTRICT', { entry: stranger.code, district }, 'X10');
  const there = districtIn(state, district).units;
  return units.filter((unit) => !sameData(there.get(unit.code), unit)).map((unit): DomainEvent => ({ type: 'UnitRegistered', data: { district, unit } }));
}

/** @rule H3 Z12 */
export function registerPeople(command: RegisterPeople, state: Directory, env: RegistryEnvironment): DomainEvent[] | Rejection {
  const { district, people } = command;
  const refusal = outsideJurisdiction(env.actor, district);
  if (refusal) return refusal;
  if (people.length > entriesMax) return rejected('TOO_MANY_ENTRIES', { count: people.length, max: entriesMax });
  const twice = repeatedKey(people, (person) => person.id);
  if (twice !== undefined) return rejected('DUPLICATE_ENTRY', { entry: twice });
  for (const person of people) {
    if (!covers(district, person.jurisdiction)) return rejected('ENTRY_OUTSIDE_DISTRICT', { entry: person.id, district }, 'X10');
    const role = person.roles.find((name) => !(roles as readonly string[]).includes(name));
    if (role !== undefined) return rejected('ROLE_UNKNOWN', { entry: person.id, role }, 'H3');
    if (person.unit === undefined && person.roles.some((name) => name === 'unit-handler' || name === 'unit-leader')) return rejected('UNIT_REQUIRED', { entry: person.id }, 'H3');
    if (person.unit !== undefined && !districtIn(state, district).units.has(person.unit)) return rejected('UNIT_UNKNOWN', { unit: person.unit }, 'H3');
  }
  const there = districtIn(state, district).people;
  return people.filter((person) => !sameData(there.get(person.id), person)).map((person): DomainEvent => ({ type: 'PersonRegistered', data: { district, person } }));
}
