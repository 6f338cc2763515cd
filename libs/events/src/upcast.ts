/** What was written in an older version of its schema is read in the current one: deciders and projections know only that. */
import { catalogue } from './catalogue';

/** `data` of version n → `data` of version n + 1. Pure; never changes what it is given. */
export type Upcast = (data: any) => object;

export interface Upcasters {
  /** The event in the current version of its type; the very same object when it is current. */
  upcast<E extends { type: string; version: number; data: any }>(event: E): E;
}

/** The event was written by a newer release: going on would misread its stream. */
export class UnknownEvent extends Error {
  constructor(message: string) { super(message); this.name = new.target.name; }
}
export class UnknownEventType extends UnknownEvent {
  constructor(readonly type: string) { super(`event type ${type} is not in the catalogue`); }
}
export class UnknownEventVersion extends UnknownEvent {
  constructor(readonly type: string, readonly version: number, readonly current: number) { super(`event ${type} has version ${version}, this release knows 1 to ${current}`); }
}

/**
 * `registry`: type → the version it starts from → one step up.
 * @throws at once when a step is missing between 1 and the current version of a type, or leads beyond it.
 */
export function createUpcasters(registry: Readonly<Record<string, Readonly<Record<number, Upcast>>>>, currentOf: (type: string) => number): Upcasters {
  for (const [type, steps] of Object.entries(registry)) {
    const current = currentOf(type);
    for (const from of Object.keys(steps).map(Number)) if (from < 1 || from >= current) throw new Error(`upcaster ${type} v${from} → v${from + 1}: the current version is ${current}`);
    for (let from = 1; from < current; from++) if (!steps[from]) throw new Error(`upcaster ${type} v${from} → v${from + 1} is missing`);
  }
  return {
    upcast: (event) => {
      const current = currentOf(event.type);
      if (event.version === current) return event;
      if (!Number.isInteger(event.version) || event.version < 1 || event.version > current) throw new UnknownEventVersion(event.type, event.version, current);
      let { data } = event;
      for (let from = event.version; from < current; from++) {
        const step = registry[event.type]?.[from];
        if (!step) throw new Error(`upcaster ${event.type} v${from} → v${from + 1} is missing`);
        data = step(data);
      }
      return { ...event, version: current, data };
    },
  };
}

/** Every incompatible change of a stored schema, for ever. None so far. */
export const upcasterRegistry: Readonly<Record<string, Readonly<Record<number, Upcast>>>> = {};

function currentOf(type: string): number {
  if (!Object.hasOwn(catalogue, type)) throw new UnknownEventType(type);
  return catalogue[type]!.version;
}
const upcasters = createUpcasters(upcasterRegistry, currentOf);
/** Hash, id, revision and position stay those of the event as it was stored. @throws UnknownEvent for a type or version this release does not know. */
export const upcastEvent = upcasters.upcast;
