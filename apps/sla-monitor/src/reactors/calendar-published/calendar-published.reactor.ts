import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { publishedCalendar } from '@gridcase/domain';
import type { EventOf, StoredEvent } from '@gridcase/events';
import type { registryEvents } from '@gridcase/events';
import type { Reactor } from '@gridcase/projections';
import { CaseDesk, LiveDirectory, ReadModels, causedBy } from '@gridcase/service';
import type { Repository } from 'typeorm';
import { caseClocksView } from '../../projections/case-clocks.projection';
import { CalendarRun } from '../../timer/timer-tables';

const PAGE = 500;
/** Open cases with a limit in working time. */
const AFFECTED = 'c.district = :district and c.open and c.working_time';
const IN_FLIGHT_MAX = 32;
const CATCH_UP_MS = 30_000;

/**
 * A calendar that is announced late moves the deadlines of open cases, each by a recorded decision of its own; closed cases keep
 * theirs. Page by page in the order of case ids: a restart goes on after the last page.
 * @rule N2
 */
@Injectable()
export class CalendarPublishedReactor implements Reactor {
  readonly id = 'sla-monitor.calendar-published.v1';
  readonly categories = ['calendar'] as const;

  constructor(
    @Inject(CaseDesk) private readonly desk: CaseDesk, @Inject(ReadModels) private readonly readModels: ReadModels, @Inject(LiveDirectory) private readonly directory: LiveDirectory,
    @InjectRepository(CalendarRun) private readonly runs: Repository<CalendarRun>,
  ) {}

  async handle(event: StoredEvent): Promise<void> {
    if (event.type !== 'CalendarPublished') return;
    const { district, year } = event.data as EventOf<(typeof registryEvents)['CalendarPublished']>['data'];
    // Cases filed before it must be seen, and the decider must count by it.
    await this.readModels.waitFor(event.position, CATCH_UP_MS);
    const published = this.directory.district(district);
    if (!published) throw new Error(`district ${district} published a calendar and is not in the directory`);
    const calendar = publishedCalendar(published).version;
    const total = await this.readModels.select(caseClocksView, 'c', (query) => query.where(AFFECTED, { district }).getCount());
    await this.runs.createQueryBuilder().insert().values({ eventId: event.id, district, calendar, lastCase: '', applied: 0, total, done: false }).orIgnore().execute();
    const run = await this.runs.findOneByOrFail({ eventId: event.id });
    if (run.done) return;
    let last = run.lastCase;
    for (let { applied } = run; ;) {
      const rows = await this.readModels.select(caseClocksView, 'c', (query) => query.select(['c.id']).where(AFFECTED, { district }).andWhere('c.id > :last', { last }).orderBy('c.id').limit(PAGE).getMany());
      await this.apply(rows.map(({ id }) => id), event, { calendar, reason: `${year.source} ${year.year}`.trim() });
      applied += rows.length;
      last = rows.at(-1)?.id ?? last;
      const done = rows.length < PAGE;
      await this.runs.update(run.eventId, { lastCase: last, applied, done });
      if (done) return;
    }
  }

  private async apply(caseIds: readonly string[], event: StoredEvent, body: { calendar: string; reason: string }): Promise<void> {
    const queue = caseIds.values();
    const lane = async () => {
      for (const caseId of queue) {
        const call = causedBy(event, 'ApplyCalendar', { caseId, ...body }, { subject: caseId });
        const outcome = await this.desk.executeRaw('ApplyCalendar', call);
        if (!outcome.ok) throw new Error(`calendar ${body.calendar} could not be applied to case ${caseId}: ${outcome.rejection.code}`);
      }
    };
    await Promise.all(Array.from({ length: Math.min(IN_FLIGHT_MAX, caseIds.length) }, lane));
  }
}
