import { Inject, Injectable } from '@nestjs/common';
import { gridTreeStream } from '@gridcase/domain';
import type { StoredEvent } from '@gridcase/events';
import type { EventStore } from '@gridcase/event-store';
import type { QueryCall, QueryHandlerFor, QueryReply } from '@gridcase/platform';
import { AnswersQuery, EVENT_STORE, LiveDirectory, answered, refused } from '@gridcase/service';
import { districtAsked } from '../reach';

export interface GridHistoryEntry { type: string; revision: number; occurredAt: string; recordedAt: string; by: { person: string; role: string }; filing?: string; reason?: string; data: object }

/** Every division, adjustment, code change and replacement with its filing, from the record itself. @rule X10 Z7 H3 */
@AnswersQuery('GetGridHistory')
@Injectable()
export class GetGridHistoryQuery implements QueryHandlerFor<{ code: string }> {
  constructor(private readonly directory: LiveDirectory, @Inject(EVENT_STORE) private readonly store: EventStore) {}

  async answer({ params: { code }, context }: QueryCall<{ code: string }>): Promise<QueryReply> {
    const position = this.directory.position;
    const district = districtAsked(this.directory, code, context);
    const events = await this.store.readStream(gridTreeStream(district.code));
    // Backwards through the code changes: the history of a grid is that of its former codes too.
    let now = code;
    const entries: GridHistoryEntry[] = [];
    for (const event of [...events].reverse()) {
      const data = partOf(event, now);
      if (!data) continue;
      entries.push(entryOf(event, data));
      if (event.type === 'GridRecoded' && event.data.to === now) now = event.data.from;
    }
    return entries.length === 0 ? refused('NOT_FOUND', { what: `grid ${code}` }) : answered({ code, items: entries.reverse() }, position);
  }
}

/** What an event says of this grid. */
function partOf({ type, data }: StoredEvent, code: string): Record<string, unknown> | undefined {
  switch (type) {
    case 'GridRegistered': case 'GridAdjusted': return data.grid.code === code ? data : undefined;
    case 'GridRecoded': return data.from === code || data.to === code ? data : undefined;
    case 'GridTreeImported': {
      const own = data.grids.find((entry: { grid: { code: string } }) => entry.grid.code === code);
      const officers = data.officers.filter((officer: { gridCode: string }) => officer.gridCode === code);
      return own || officers.length > 0 ? { district: data.district, filing: data.filing, ...own, ...(officers.length > 0 && { officers }) } : undefined;
    }
    default: return data.gridCode === code ? data : undefined;
  }
}
const entryOf = ({ type, revision, metadata }: StoredEvent, data: Record<string, unknown>): GridHistoryEntry => ({
  type, revision, occurredAt: metadata.occurredAt, recordedAt: metadata.recordedAt, by: { person: metadata.actor.person, role: metadata.actor.role },
  ...(typeof data['filing'] === 'string' && { filing: data['filing'] }), ...(typeof data['reason'] === 'string' && { reason: data['reason'] }), data,
});
