/** What the public may read of a grid (公示). */
import type { Grid } from '@gridcase/events';
import type { District } from './directory';
import { communityOf, streetOf } from './directory';

export interface GridNotice {
  code: string; name: string; class?: string; area?: string; street?: string; community?: string;
  serviceItems: { code: string; name: { zh: string; en: string }; category: string }[];
  workers: { name: string; contact?: string }[];
}

/** Name, area, service items, the workers' names and work contacts; nobody else's telephone. @rule Z21 */
export function gridNotice(district: Readonly<District>, grid: Grid): GridNotice {
  const nameOf = (code: string | undefined): string | undefined => (code === undefined || code === grid.code ? undefined : district.grids.get(code)?.name);
  const street = nameOf(streetOf(grid.code));
  const community = nameOf(communityOf(grid.code));
  return {
    code: grid.code, name: grid.name, ...(grid.class && { class: grid.class }), ...(grid.area && { area: grid.area }), ...(street && { street }), ...(community && { community }),
    serviceItems: [...district.items.values()].map(({ code, name, category }) => ({ code, name, category })).sort((a, b) => (a.code < b.code ? -1 : 1)),
    workers: grid.workers.flatMap((id) => {
      const person = district.people.get(id);
      return person ? [{ name: person.name, ...(person.telephone && { contact: person.telephone }) }] : [];
    }),
  };
}
