import { isRejection, type DomainEvent, type StoredEvent } from '@gridcase/events';
import type { Directory } from './directory';
import { adjustGrid, importGridTree, isUnusualSize, recodeGrid, replaceGridWorker, type GridTreeEnvironment } from './grid-tree';
import { parseGridTree } from './grid-tree-file';
import { officerGaps } from './officer-gaps';
import { districtIn, registryDecider } from './registry';

const district = '610524';
const env: GridTreeEnvironment = {
  actor: { person: 'reg', role: 'registry-admin', jurisdiction: district }, at: '2025-09-22T01:00:00.000Z',
  staff: { people: new Set(['w-1', 'w-2', 'c-1', 'p-1']), units: new Set(['u-1']) },
};
const fold = (events: DomainEvent[], state: Directory = registryDecider.initialState()): Directory => events.reduce((folded, event) => registryDecider.evolve(folded, event as StoredEvent), state);
const csv = (...rows: string[]): string => ['code,name,parent,tier,kind,households,population,chief,workers,officers', ...rows].join('\n');
const TREE = ['610524001,城关街道,610524,1,street,,,c-1,,', '610524001001,东街社区,610524001,2,community,,,,,housing=u-1/p-1', '610524001001001,一网格,610524001001,3,grid,400,1000,,w-1,municipal=u-1/p-1', '610524001001002,医院,610524001001,3,dedicated,,,,w-1;w-2,'];
const importing = (content: string, state: Directory = registryDecider.initialState(), filing = '备-1') => importGridTree({ district, format: 'csv', content, filing }, state, env);
const accepted = (decision: ReturnType<typeof importing>): DomainEvent[] => {
  if (isRejection(decision)) throw new Error(JSON.stringify(decision));
  return decision;
};
const errorsOf = (decision: ReturnType<typeof importing>): { row: number; column: string; code: string; error: string; rule?: string; zh: string; en: string }[] => {
  if (!isRejection(decision)) throw new Error('was accepted');
  return decision.params!['errors'] as never;
};
const tree = () => fold(accepted(importing(csv(...TREE))));

describe('import of a grid tree [X10] [Z7] [H2]', () => {
  it('registers parents before children and officers after grids', () => {
    const events = accepted(importing(csv(...[...TREE].reverse())));
    expect(events.map(({ type, data }) => [type, (data as any).grid?.code ?? (data as any).gridCode])).toEqual([
      ['GridRegistered', '610524001'], ['GridRegistered', '610524001001'], ['GridRegistered', '610524001001001'], ['GridRegistered', '610524001001002'],
      ['OfficerAssigned', '610524001001001'], ['OfficerAssigned', '610524001001'],
    ]);
  });

  it('of the same file writes nothing; of a changed row files that row alone, with what changed', () => {
    expect(importing(csv(...TREE), tree())).toEqual([]);
    const changed = TREE.map((row) => row.replace('一网格,610524001001,3,grid,400', '东一网格,610524001001,3,grid,450'));
    expect(importing(csv(...changed), tree(), '备-2')).toMatchObject([{ type: 'GridAdjusted', data: { changed: ['households', 'name'], filing: '备-2', grid: { name: '东一网格', households: 450 } } }]);
  });

  it.each([
    ['a code that stands twice', '610524001001001,再来,610524001001,3,grid,400,,,w-1,', 'code', 'DUPLICATE', 'Z7'],
    ['an unknown parent', '610524001002001,新,610524001002,3,grid,400,,,w-1,', 'parent', 'PARENT_UNKNOWN', 'X10'],
    ['a parent outside the district', '610524001001003,新,211103001001,3,grid,400,,,w-1,', 'parent', 'PARENT_OUTSIDE_DISTRICT', 'X10'],
    ['a code outside the district', '211103001001001,新,211103001001,3,grid,400,,,w-1,', 'code', 'OUTSIDE_DISTRICT', 'X10'],
    ['a code that is not under its parent’s', '610524002001001,新,610524001001,3,grid,400,,,w-1,', 'parent', 'NOT_UNDER_PARENT', 'X10'],
    ['a grid without a worker', '610524001001003,新,610524001001,3,grid,400,,,,', 'workers', 'NO_WORKER', 'X10'],
    ['a village without a worker', '610524001003,新村,610524001,2,community,,,,,', 'workers', 'NO_WORKER', 'X10'],
    ['a worker nobody knows', '610524001001003,新,610524001001,3,grid,400,,,w-9,', 'workers', 'PERSON_UNKNOWN', 'H3'],
    ['an officer of an unknown unit', '610524001001003,新,610524001001,3,grid,400,,,w-1,housing=u-9/p-1', 'officers', 'UNIT_UNKNOWN', 'X4'],
    ['an officer written wrongly', '610524001001003,新,610524001001,3,grid,400,,,w-1,housing:u-1', 'officers', 'BAD_OFFICER', 'X4'],
    ['a code of another length', '6105240010011,新,610524001001,2,community,400,,,w-1,', 'code', 'CODE_LENGTH', 'X10'],
    ['letters in a code', '61052400100100A,新,610524001001,3,grid,400,,,w-1,', 'code', 'BAD_CODE', 'X10'],
    ['a tier that is no number', '610524001001003,新,610524001001,三,grid,400,,,w-1,', 'tier', 'BAD_NUMBER', undefined],
    ['no name', '610524001001003,,610524001001,3,grid,400,,,w-1,', 'name', 'REQUIRED', undefined],
    ['too many cells', '610524001001003,新,610524001001,3,grid,400,,,w-1,,,', 'file', 'TOO_MANY_CELLS', undefined],
  ])('refuses %s by row, column and code', (_what, row, column, error, rule) => {
    const errors = errorsOf(importing(csv(...TREE, row)));
    expect(errors).toContainEqual(expect.objectContaining({ row: 6, column, code: row.split(',')[0], error, ...(rule && { rule }), zh: expect.stringMatching(/[\u4e00-\u9fff]/), en: expect.stringMatching(/[a-z]/) }));
  });

  it('tells every fault of a file, not only the first, and takes nothing of it', () => {
    expect(errorsOf(importing(csv('610524001,,610524,9,street,,,,,', '610524002,丙,610524,1,street,-1,,,,'))).map(({ row, column }) => [row, column])).toEqual([[2, 'name'], [2, 'tier'], [3, 'households']]);
  });

  it('blames no other row for one that could not be read', () => {
    const broken = TREE.map((row) => row.replace('东街社区,610524001,2', ',610524001,2'));
    expect(errorsOf(importing(csv(...broken))).map(({ row, column }) => [row, column])).toEqual([[3, 'name']]);
  });

  it('refuses a file without a filing number, and an empty one', () => {
    expect(importing(csv(...TREE), undefined, ' ')).toMatchObject({ code: 'FILING_REQUIRED' });
    expect(errorsOf(importing(csv()))).toMatchObject([{ error: 'EMPTY' }]);
    expect(errorsOf(importing('name;code'))).toMatchObject([{ row: 1, error: 'UNKNOWN_COLUMN' }, { error: 'MISSING_COLUMN' }, { error: 'MISSING_COLUMN' }, { error: 'MISSING_COLUMN' }, { error: 'MISSING_COLUMN' }]);
  });

  it('reads YAML with the same meaning, and names its lines', () => {
    const yaml = 'grids:\n  - { code: "610524001", name: 城关街道, tier: 1, kind: street }\n  - code: "610524001001"\n    name: 东街社区\n    parent: "610524001"\n    tier: 2\n    kind: community\n    workers: [w-1]\n    officers: { housing: u-1/p-1 }\n';
    expect(parseGridTree('yaml', yaml)).toEqual({ errors: [], faulty: [], rows: [
      { row: 2, grid: { code: '610524001', name: '城关街道', tier: 1, kind: 'street', workers: [] }, officers: [] },
      { row: 3, grid: { code: '610524001001', name: '东街社区', parent: '610524001', tier: 2, kind: 'community', workers: ['w-1'] }, officers: [{ gridCode: '610524001001', department: 'housing', unit: 'u-1', person: 'p-1' }] },
    ] });
    expect(parseGridTree('yaml', yaml.replace('tier: 2', 'tier: two')).errors).toMatchObject([{ row: 3, column: 'tier' }]);
    expect(parseGridTree('yaml', 'grids: [').errors).toMatchObject([{ error: 'NOT_YAML' }]);
    expect(parseGridTree('yaml', 'grids:\n  - { code: *nothing }').errors).toMatchObject([{ row: 1, error: 'NOT_YAML' }]);
  });
});

// @rule Z8 L4.1
it.each([
  [{ kind: 'grid', households: 400 }, false], [{ kind: 'grid', households: 300 }, false], [{ kind: 'grid', households: 500 }, false], [{ kind: 'grid', households: 299 }, true], [{ kind: 'grid', households: 501 }, true],
  [{ kind: 'grid', households: 250, population: 1000 }, false], [{ kind: 'grid', households: 700, population: 2000 }, true], [{ kind: 'grid' }, false], [{ kind: 'dedicated', households: 5 }, false], [{ kind: 'community', households: 5000 }, false],
] as const)('size of %j is unusual: %s', (grid, unusual) => expect(isUnusualSize(grid)).toBe(unusual));

// @rule YB2
it('keeps the class A, B or C of a grid; another is refused, a change of class is filed', () => {
  const file = (letter: string) => `code,name,parent,tier,kind,class,workers\n610524001,街道,610524,1,street,,\n610524001001,社区,610524001,2,community,,\n610524001001001,一网格,610524001001,3,grid,${letter},w-1\n`;
  const state = fold(accepted(importing(file('A'))));
  expect(districtIn(state, district).grids.get('610524001001001')!.class).toBe('A');
  expect(errorsOf(importing(file('D')))).toMatchObject([{ row: 4, column: 'class', error: 'BAD_VALUE' }]);
  expect(adjustGrid({ code: '610524001001001', change: { class: 'B' }, reason: '复评', filing: '备-2' }, state, env)).toMatchObject([{ type: 'GridAdjusted', data: { changed: ['class'], grid: { class: 'B' } } }]);
});

// @rule X4
it('finds the departments without an officer for every grid in which cases lie; an officer above stands for what lies below', () => {
  expect(officerGaps(districtIn(tree(), district))).toEqual([
    { gridCode: '610524001001001', departments: ['enforcement', 'sanitation', 'market-supervision'] },
    { gridCode: '610524001001002', departments: ['municipal', 'enforcement', 'sanitation', 'market-supervision'] },
  ]);
});

describe('changes of a grid [Z7] [X10]', () => {
  it('are filed with what changed; no change writes nothing; the last worker stays', () => {
    const adjust = (change: object) => adjustGrid({ code: '610524001001001', change, reason: '扩建', filing: '备-2' }, tree(), env);
    expect(adjust({ households: 800, population: 2000 })).toMatchObject([{ type: 'GridAdjusted', data: { changed: ['households', 'population', 'unusualSize'], reason: '扩建', filing: '备-2', grid: { unusualSize: true } } }]);
    expect(adjust({ households: 400 })).toEqual([]);
    expect(adjust({ code: '610524001001009' })).toMatchObject({ code: 'GRID_FIELD_NOT_ADJUSTABLE' });
    expect(adjust({ workers: [] })).toMatchObject({ code: 'GRID_WITHOUT_WORKER', rule: 'X10' });
  });

  it('of a code take everything below along, officers too, and the old code leads to the new', () => {
    const recode = { code: '610524001001', to: '610524001008', reason: '统一编码', filing: '备-3' };
    const state = tree();
    const events = accepted(recodeGrid(recode, state, env));
    expect(events.map(({ data }) => (data as any).to)).toEqual(['610524001008', '610524001008001', '610524001008002']);
    const after = districtIn(fold(events, state), district);
    expect([...after.grids.keys()].sort()).toEqual(['610524001', '610524001008', '610524001008001', '610524001008002']);
    expect(after.grids.get('610524001008002')!.parent).toBe('610524001008');
    expect([...after.officers.keys()].sort()).toEqual(['610524001008/housing', '610524001008001/municipal']);
    expect(after.recoded.get('610524001001002')).toBe('610524001008002');
    expect(recodeGrid(recode, state, env)).toEqual([]);
    expect(recodeGrid({ ...recode, code: '610524001008', to: '610524001001' }, state, env)).toMatchObject({ code: 'CODE_ALREADY_USED' });
  });

  // @rule H3 Z12
  it('of a worker are filed; done again they write nothing', () => {
    const state = tree();
    const replace = { gridCode: '610524001001001', out: 'w-1', in: 'w-2', reason: '离职', filing: '备-4' };
    const events = accepted(replaceGridWorker(replace, state, env));
    expect(districtIn(fold(events, state), district).grids.get('610524001001001')!.workers).toEqual(['w-2']);
    expect(replaceGridWorker(replace, state, env)).toEqual([]);
    expect(replaceGridWorker({ ...replace, out: 'w-1', in: 'c-1' }, state, env)).toMatchObject({ code: 'NOT_A_WORKER_OF_GRID' });
  });
});
