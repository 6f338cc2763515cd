import type { DynamicModule } from '@nestjs/common';
import { ServiceModule, type Adapters, type ServiceTables } from '@gridcase/service';
import { ApplyCalendarHandler } from './commands/apply-calendar/apply-calendar.handler';
import { BreachClockHandler } from './commands/breach-clock/breach-clock.handler';
import { OpenSupervisionHandler } from './commands/open-supervision/open-supervision.handler';
import { UrgeUnitHandler } from './commands/urge-unit/urge-unit.handler';
import { WarnClockHandler } from './commands/warn-clock/warn-clock.handler';
import { caseClocksProjection, caseClocksView, clocksView, supervisionsView } from './projections/case-clocks.projection';
import { GetCaseClocksQuery } from './queries/get-case-clocks/get-case-clocks.query';
import { GetLightsQuery } from './queries/get-lights/get-lights.query';
import { ListClocksQuery } from './queries/list-clocks/list-clocks.query';
import { ListSupervisionsQuery } from './queries/list-supervisions/list-supervisions.query';
import { CalendarPublishedReactor } from './reactors/calendar-published/calendar-published.reactor';
import { CLOCK_WORKER_OPTIONS, ClockWorker, type ClockWorkerOptions } from './timer/clock-worker';
import { CalendarRun, timerTables } from './timer/timer-tables';

export const slaMonitorTables: ServiceTables = { migrations: timerTables, projections: [caseClocksProjection] };

/** Clocks, lights, urging, supervision. */
export const createSlaMonitorModule = (adapters: Adapters, worker: Omit<ClockWorkerOptions, 'metrics'> = {}): DynamicModule => ServiceModule.forRoot({
  name: 'sla-monitor', adapters, ...slaMonitorTables, reactors: [CalendarPublishedReactor],
  entities: [CalendarRun, caseClocksView, clocksView, supervisionsView],
  providers: [
    { provide: CLOCK_WORKER_OPTIONS, useValue: { ...worker, metrics: adapters.metrics } satisfies ClockWorkerOptions }, ClockWorker,
    WarnClockHandler, BreachClockHandler, UrgeUnitHandler, OpenSupervisionHandler, ApplyCalendarHandler,
    GetCaseClocksQuery, ListClocksQuery, GetLightsQuery, ListSupervisionsQuery,
  ],
});
