import { communityOf, evolveCase, streetOf, type CaseState, type ClockState } from '@gridcase/domain';
import type { StreamProjection } from '@gridcase/projections';
import { readModelOf, type ReadModelRow } from '@gridcase/service';

export interface CaseBoardRow { state?: CaseState }

/** Cases for lists and for the page of one case. Stopped clocks and clock histories are sla-monitor's: left out here. */
export const caseBoard: StreamProjection<CaseBoardRow> = {
  name: 'case_board', version: 1, categories: ['case'],
  columns: {
    number: { type: 'text' }, district: { type: 'text' }, grid_code: { type: 'text' }, street: { type: 'text', nullable: true }, community: { type: 'text', nullable: true }, centre: { type: 'text' },
    phase: { type: 'text' }, light: { type: 'text' }, lead: { type: 'text', nullable: true }, units: { type: 'text[]' }, item_code: { type: 'text' }, filed_at: { type: 'timestamptz' },
    search: { type: 'text' },
  },
  indexes: ['(filed_at DESC, id DESC)', '(grid_code text_pattern_ops, filed_at DESC)', '(lead, filed_at DESC)', 'USING gin (units)', '(phase, filed_at DESC)', `(light) WHERE light <> 'green'`],
  initial: () => ({}),
  evolve: ({ state }, event) => {
    const next = evolveCase(state, event)!;
    return { state: { ...next, clocks: openOnly(next.clocks) } };
  },
  extract: ({ state }) => {
    const s = state!;
    return {
      number: s.number, district: s.district, grid_code: s.place.gridCode, street: streetOf(s.place.gridCode) ?? null, community: communityOf(s.place.gridCode) ?? null, centre: s.centre,
      phase: s.phase, light: markedLight(s), lead: s.lead ?? null, units: s.lead ? [s.lead, ...s.coHandlers] : [], item_code: s.item.code, filed_at: s.filedAt,
      search: `${s.number} ${s.item.name} ${s.place.address} ${s.description}`,
    };
  },
};

/** To read it by. */
export const caseBoardView = readModelOf<ReadModelRow<CaseBoardRow> & { filed_at: Date }>(caseBoard);

const openOnly = (clocks: CaseState['clocks']): CaseState['clocks'] => {
  const open: Record<string, ClockState> = {};
  for (const [id, clock] of Object.entries(clocks)) if (clock.status !== 'stopped') open[id] = clock.history.length === 0 ? clock : { ...clock, history: [] };
  return open;
};
/** As warned and breached on record, so that live and rebuilt rows agree. @rule L4.6 */
export const markedLight = ({ clocks }: Pick<CaseState, 'clocks'>): 'green' | 'yellow' | 'red' => {
  const open = Object.values(clocks);
  if (open.some((c) => c.breached)) return 'red';
  return open.some((c) => c.warned) ? 'yellow' : 'green';
};
