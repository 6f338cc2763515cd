import { Inject, Injectable } from '@nestjs/common';
import { caseDecider, caseStream, isOpen, type CaseState, type MaybeCase } from '@gridcase/domain';
import type { EventStore } from '@gridcase/event-store';
import { upcastEvent, type StoredEvent } from '@gridcase/events';
import { EVENT_STORE } from '@gridcase/service';
import { archiveFile, type ArchiveFile } from './archive-file';

/** Reads a case and its reports from the record and makes the archive file of it. */
@Injectable()
export class CaseArchive {
  constructor(@Inject(EVENT_STORE) private readonly store: EventStore) {}

  /** `file` is absent while the case is open. */
  async of(caseId: string): Promise<{ state?: CaseState; file?: ArchiveFile }> {
    const events = await this.store.readStream(caseStream(caseId));
    // The state at closing: what came after (archiving, samples) is not part of the file.
    let state: MaybeCase;
    for (const event of events) {
      state = caseDecider.evolve(state, upcastEvent(event));
      if (event.type === 'CaseClosed') break;
    }
    if (!state || isOpen(state)) return { state };
    const reports: StoredEvent[] = [];
    for (const reportId of state.reports) reports.push(...(await this.store.readStream(`report-${reportId}`)));
    return { state, file: archiveFile(state, events, reports) };
  }
}
