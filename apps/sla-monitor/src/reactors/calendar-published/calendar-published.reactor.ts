import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { publishedCalendar } from '@gridcase/domain';
import type { EventOf, StoredEvent } from '@gridcase/events';
import type { registryEvents } from '@gridcase/events';
import { identifier, type Metrics } from '@gridcase/platform';
import type { Reactor } from '@gridcase/projections';
import { CaseDesk, LiveDirectory, POOL, ReadModels, SCHEMA, causedBy } from '@gridcase/service';

export const CALENDAR_METRICS = Symbol('CALENDAR_METRICS');
const PAGE = 500;
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
  private readonly runs: string;

  constructor(
    @Inject(CaseDesk) private readonly desk: CaseDesk, @Inject(ReadModels) private readonly readModels: ReadModels, @Inject(LiveDirectory) private readonly directory: LiveDirectory,
    @Inject(POOL) private readonly pool: Pool, @Inject(SCHEMA) schema: string, @Inject(CALENDAR_METRICS) private readonly metrics: Metrics | null,
  ) {
    this.runs = `${identifier(schema)}.calendar_runs`;
  }

  async handle(event: StoredEvent): Promise<void> {
    if (event.type !== 'CalendarPublished') return;
    const { district, year } = event.data as EventOf<(typeof registryEvents)['CalendarPublished']>['data'];
    // Cases filed before it must be seen, and the decider must count by it.
    await this.readModels.waitFor(event.position, CATCH_UP_MS);
    const published = this.directory.district(district);
    if (!published) throw new Error(`district ${district} published a calendar and is not in the directory`);
    const calendar = publishedCalendar(published).version;
    const [{ total }] = await this.readModels.query<{ total: number }>('select count(*)::int as total from case_clocks where district = $1 and open and working_time', [district]) as [{ total: number }];
    const { rows: [run] } = await this.pool.query<{ last_case: string; applied: string; done: boolean }>(
      `insert into ${this.runs} as run (event_id, district, calendar, last_case, applied, total, done) values ($1, $2, $3, '', 0, $4, false)
       on conflict (event_id) do update set calendar = run.calendar returning last_case, applied, done`,
      [event.id, district, calendar, total],
    );
    if (run!.done) return;
    const progress = this.metrics?.gauge('calendar_cases_left', 'Open cases a published calendar was not applied to yet', ['district']);
    let last = run!.last_case;
    for (let applied = Number(run!.applied); ;) {
      const rows = await this.readModels.query<{ id: string }>(`select id from case_clocks where district = $1 and open and working_time and id > $2 order by id limit ${PAGE}`, [district, last]);
      await this.apply(rows.map(({ id }) => id), event, { calendar, reason: `${year.source} ${year.year}`.trim() });
      applied += rows.length;
      last = rows.at(-1)?.id ?? last;
      const done = rows.length < PAGE;
      await this.pool.query(`update ${this.runs} set last_case = $2, applied = $3, done = $4 where event_id = $1`, [event.id, last, applied, done]);
      progress?.set({ district }, done ? 0 : Math.max(0, total - applied));
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
