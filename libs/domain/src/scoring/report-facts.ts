/** What one report says about the worker or inspector who made it, folded from its stream. */
import type { ReportEvent, StoredEvent } from '@gridcase/events';
import { streetOf } from '../registry/directory';
import type { Evidenced, ScoreFact } from './score-fact';

/** A problem a worker or inspector found by himself (H5.3). */
export interface Find extends Evidenced { worker: string; district: string; by: 'worker' | 'inspector' }
export interface ReportFacts { find?: Find; facts: ScoreFact[] }

export const noReportFacts = (): ReportFacts => ({ facts: [] });

/**
 * Settled on the spot, filed, joined or transferred: it was found and reported. Own choice: a refused report (X11) is neither a
 * find nor worth the bonus, or empty reports would pay.
 * @rule H5.1 H5.3
 */
export function evolveReportFacts(before: ReportFacts, stored: StoredEvent): ReportFacts {
  const event = stored as unknown as ReportEvent;
  if (event.type === 'ReportRefused') return noReportFacts();
  if (event.type !== 'ReportReceived') return before;
  const { foundBy, finder, district, restDay, place, reportId } = event.data;
  if ((foundBy !== 'worker' && foundBy !== 'inspector') || !finder) return before;
  const evidence: Evidenced = { occurredAt: stored.metadata.occurredAt, stream: stored.stream, revision: stored.revision, eventId: stored.id };
  const fact = { kind: 'rest-day-report', district, matter: reportId, ...evidence } as const;
  const street = place.gridCode && streetOf(place.gridCode);
  return {
    find: { worker: finder, district, by: foundBy, ...evidence },
    facts: restDay && foundBy === 'worker' ? [{ ...fact, subject: { kind: 'worker', id: finder } }, ...(street ? [{ ...fact, subject: { kind: 'street' as const, id: street } }] : [])] : [],
  };
}
