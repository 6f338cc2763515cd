import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { admitItems, adoptPolicy, importGridTree, itemListStream, gridTreeStream, parsePack, policyStream, publishCalendar, calendarStream, registerPeople, registerUnits, registryDecider, staffStream, type Directory, type GridTreeEnvironment, type PolicyPack } from '@gridcase/domain';
import { validateEvent, versionOf, type DomainEvent, type Rejection } from '@gridcase/events';
import { createCommandHandler, type EventStore } from '@gridcase/event-store';
import type { Clock } from '@gridcase/platform';
import { parse } from 'yaml';

const POLICIES = join(__dirname, '../../../../policies');
const read = (name: string): string => readFileSync(join(POLICIES, name), 'utf8');
export const HEYANG = '610524';
export const GRID = '610524001001001';

export const heyangPack = (() => {
  const parsed = parsePack(read('heyang-2020.yaml'));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.pack;
})();

type Record = (stream: string, decide: (state: Directory) => DomainEvent[] | Rejection) => Promise<void>;
const admin = { person: 'reg', role: 'registry-admin', jurisdiction: HEYANG };

function recorder(store: EventStore, clock: Clock): Record {
  const handler = createCommandHandler(store, { clock, versionOf, validate: validateEvent });
  return async (stream, decide) => {
    const commandId = `${stream}-${(await store.readStream(stream)).length}`;
    const outcome = await handler.execute(stream, registryDecider, { commandId, digest: commandId, actor: admin, occurredAt: clock.now(), correlationId: 'c', causationId: 'c' }, decide);
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.rejection));
  };
}

/** Another pack, in force from its own first day. */
export const recordPolicy = (store: EventStore, clock: Clock, pack: PolicyPack): Promise<void> =>
  recorder(store, clock)(policyStream(HEYANG), (state) => adoptPolicy({ district: HEYANG, pack, digest: pack.title.en + pack.version, validFrom: pack.validFrom }, state, { actor: admin, at: clock.now(), today: pack.validFrom }));

/** The shipped jurisdiction, put on record by the registry's own deciders. */
export async function recordHeyang(store: EventStore, clock: Clock): Promise<void> {
  const people = parse(read('data/heyang-people.yaml')) as { district: string; people: { id: string }[] };
  const units = parse(read('data/heyang-units.yaml')) as { district: string; units: { code: string }[] };
  const env: GridTreeEnvironment = {
    actor: admin, at: clock.now(),
    staff: { people: new Set(people.people.map(({ id }) => id)), units: new Set(units.units.map(({ code }) => code)) },
  };
  const record = recorder(store, clock);
  await record(staffStream(HEYANG), (state) => registerUnits(units as never, state, env));
  await record(staffStream(HEYANG), (state) => registerPeople(people as never, state, env));
  await record(itemListStream(HEYANG), (state) => admitItems(parse(read('data/heyang-items.yaml')), state, env));
  await record(gridTreeStream(HEYANG), (state) => importGridTree({ district: HEYANG, format: 'csv', content: read('data/heyang-grids.csv'), filing: '备-1' }, state, env));
  await record(calendarStream(HEYANG), (state) => publishCalendar({ district: HEYANG, year: 2025, holidays: Array.from({ length: 8 }, (_, n) => ({ date: `2025-10-0${n + 1}`, name: '国庆节、中秋节' })), workdays: ['2025-09-28', '2025-10-11'], source: '国办发明电〔2024〕12号' }, state, env));
  await record(policyStream(HEYANG), (state) => adoptPolicy({ district: HEYANG, pack: heyangPack, digest: 'd', validFrom: '2025-09-22' }, state, { ...env, today: '2025-09-22' }));
}
