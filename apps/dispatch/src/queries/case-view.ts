import { covers, type CaseState } from '@gridcase/domain';
import type { Actor } from '@gridcase/events';
import { refused } from '@gridcase/service';
import { markedLight } from '../projections/case-board.projection';

const unitRoles = ['unit-handler', 'unit-leader'];

/** 403 for who may not see this case: another unit, another area. */
export function mayNotSee(state: Pick<CaseState, 'lead' | 'coHandlers' | 'place'>, actor: Actor) {
  if (actor.role === 'system' || actor.role === 'platform') return undefined;
  if (unitRoles.includes(actor.role)) return actor.unit && [state.lead, ...state.coHandlers].includes(actor.unit) ? undefined : refused('NOT_YOUR_UNIT');
  return covers(actor.jurisdiction, state.place.gridCode) ? undefined : refused('OUTSIDE_JURISDICTION');
}

/** A case as the outside sees it. */
export const caseView = ({ clocks, rebounds, bound, ...state }: CaseState) => ({
  ...state, light: markedLight({ clocks }), rebounds, binding: bound,
  openClocks: Object.values(clocks).map(({ id, kind, subject, status, dueAt, warnAt, rule, warned, breached }) => ({ id, kind, subject, status, dueAt, warnAt, rule, warned, breached })),
});
export const caseLine = ({ caseId, number, district, phase, item, grade, place, lead, coHandlers, filedAt, closedAt, level, centre, round, repeats, clocks, policy }: CaseState) => ({
  caseId, number, district, phase, light: markedLight({ clocks }), item, grade, place, lead, coHandlers, filedAt, closedAt, level, centre, round, repeats, policy,
  dueAt: Object.values(clocks).find((c) => c.kind === 'dispose')?.dueAt,
});
