import { isRejection, type DomainEvent, type StoredEvent } from '@gridcase/events';
import fc from 'fast-check';
import { stringify } from 'yaml';
import type { Directory } from './directory';
import { importGridTree, type GridTreeEnvironment } from './grid-tree';
import { parseGridTree, writeGridTreeCsv, type GridRow } from './grid-tree-file';
import { districtIn, registryDecider } from './registry';

const district = '610524';
const env: GridTreeEnvironment = { actor: { person: 'reg', role: 'registry-admin', jurisdiction: district }, at: '2025-09-22T01:00:00.000Z', staff: { people: { has: () => true }, units: { has: () => true } } };
const fold = (events: DomainEvent[], state: Directory): Directory => events.reduce((folded, event) => registryDecider.evolve(folded, event as StoredEvent), state);

const id = fc.stringMatching(/^[a-z]-[0-9]{1,4}$/);
const name = fc.string({ minLength: 1, maxLength: 12 }).map((text) => text.replace(/[\u0000-\u001f\u007f]/g, '').trim()).filter((text) => text.length > 0);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const present = <T extends object>(value: T): T => Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as T;
const details = fc.record({
  name, class: optional(fc.constantFrom('A' as const, 'B' as const, 'C' as const)), area: optional(name), households: optional(fc.nat(2000)), population: optional(fc.nat(5000)), chief: optional(id),
  workers: fc.uniqueArray(id, { minLength: 1, maxLength: 3 }), at: optional(fc.record({ longitude: fc.integer({ min: -18000, max: 18000 }).map((n) => n / 100), latitude: fc.integer({ min: -9000, max: 9000 }).map((n) => n / 100) })),
  officers: fc.uniqueArray(fc.record({ department: fc.constantFrom('housing', 'municipal', 'sanitation'), unit: id, person: id }), { selector: ({ department }) => department }),
});
/** Streets with communities with grids, in any order. */
const trees = fc.array(fc.tuple(details, fc.array(fc.tuple(details, fc.array(details, { maxLength: 3 })), { maxLength: 3 })), { minLength: 1, maxLength: 3 }).map((streets) => {
  const entries: { grid: GridRow; officers: { gridCode: string; department: string; unit: string; person: string }[] }[] = [];
  const add = (code: string, parent: string, tier: number, kind: GridRow['kind'], { at, officers, ...rest }: typeof details extends fc.Arbitrary<infer D> ? D : never) =>
    entries.push({ grid: present({ code, parent, tier, kind, ...rest, ...at }), officers: officers.map((officer) => ({ gridCode: code, ...officer })) });
  const pad = (n: number) => String(n + 1).padStart(3, '0');
  streets.forEach(([street, communities], s) => {
    add(`${district}${pad(s)}`, district, 1, 'street', street);
    communities.forEach(([community, grids], c) => {
      add(`${district}${pad(s)}${pad(c)}`, `${district}${pad(s)}`, 2, 'community', community);
      grids.forEach((grid, g) => add(`${district}${pad(s)}${pad(c)}${pad(g)}`, `${district}${pad(s)}${pad(c)}`, 3, 'grid', grid));
    });
  });
  return entries;
});

// @rule H2 Z7
it('what is written as CSV or YAML reads back the same', () => {
  fc.assert(fc.property(trees, (entries) => {
    const withoutRows = (file: ReturnType<typeof parseGridTree>) => ({ errors: file.errors, rows: file.rows.map(({ grid, officers }) => ({ grid, officers })) });
    const expected = { errors: [], rows: entries };
    expect(withoutRows(parseGridTree('csv', writeGridTreeCsv(entries)))).toEqual(expected);
    const yaml = stringify({ grids: entries.map(({ grid, officers }) => ({ ...grid, officers: Object.fromEntries(officers.map(({ department, unit, person }) => [department, `${unit}/${person}`])) })) });
    expect(withoutRows(parseGridTree('yaml', yaml))).toEqual(expected);
  }), { numRuns: 60 });
});

// @rule X10 Z7
it('an import is the tree that was written, in any order of rows, and the same import again gives nothing new', () => {
  fc.assert(fc.property(trees.chain((entries) => fc.tuple(fc.constant(entries), fc.shuffledSubarray(entries, { minLength: entries.length, maxLength: entries.length }))), ([entries, shuffled]) => {
    const command = { district, format: 'csv' as const, content: writeGridTreeCsv(shuffled), filing: '备-1' };
    const state = registryDecider.initialState();
    const events = importGridTree(command, state, env);
    if (isRejection(events)) throw new Error(JSON.stringify(events));
    const after = fold(events, state);
    const { grids } = districtIn(after, district);
    expect([...grids.values()].map(({ unusualSize: _derived, ...grid }) => grid).sort((a, b) => (a.code < b.code ? -1 : 1))).toEqual(entries.map(({ grid }) => grid).sort((a, b) => (a.code < b.code ? -1 : 1)));
    expect(importGridTree(command, after, env)).toEqual([]);
  }), { numRuns: 60 });
});
