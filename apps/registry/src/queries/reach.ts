import { covers, type District } from '@gridcase/domain';
import type { CallContext, Problem } from '@gridcase/platform';
import { ProblemError, type LiveDirectory } from '@gridcase/service';

/** Centres, control and the registry's own staff see their area; others the district they work in. */
const BY_AREA = new Set(['centre-operator', 'centre-director', 'supervision-office', 'auditor', 'registry-admin']);

export const sees = ({ role, jurisdiction }: CallContext['actor'], area: string): boolean => covers(role === 'system' ? '' : BY_AREA.has(role) ? jurisdiction : jurisdiction.slice(0, 6), area);

const problem = (code: string, params?: Record<string, unknown>): Problem => ({ code, ...(params && { params }) });

/** The district asked for, else the caller's own. @throws ProblemError */
export function districtAsked(directory: LiveDirectory, asked: string | undefined, { actor }: CallContext): District {
  const code = asked?.slice(0, 6) ?? actor.jurisdiction.slice(0, 6);
  if (actor.role !== 'system' && !covers(actor.jurisdiction.slice(0, 6), code)) throw new ProblemError(problem('OUTSIDE_JURISDICTION'));
  const district = directory.district(code);
  if (!district) throw new ProblemError(problem('NOT_FOUND', { what: `district ${code}` }));
  return district;
}
