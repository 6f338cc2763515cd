import { covers, type CaseState } from '@gridcase/domain';
import type { Actor } from '@gridcase/events';
import { refused, type RefusedReply } from '@gridcase/service';

const ofUnits = new Set(['unit-handler', 'unit-leader']);
const everywhere = new Set(['system', 'platform']);

/** Who may look at the record of this case: the gateway has checked the role, here it is place and unit. */
export function accessTo(state: CaseState, actor: Actor): RefusedReply | undefined {
  if (everywhere.has(actor.role)) return undefined;
  if (ofUnits.has(actor.role)) return actor.unit !== undefined && [state.lead, ...state.coHandlers].includes(actor.unit) ? undefined : refused('NOT_YOUR_UNIT');
  return covers(actor.jurisdiction, state.place.gridCode) ? undefined : refused('OUTSIDE_JURISDICTION');
}
