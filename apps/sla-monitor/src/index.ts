export { createSlaMonitorModule, slaMonitorTables } from './app.module';
export { ClockWorker, type ClockWorkerOptions } from './timer/clock-worker';
export type { CaseClocksView, ClockView } from './queries/get-case-clocks/get-case-clocks.query';
export type { ListedClock } from './queries/list-clocks/list-clocks.query';
export type { LightsView, SubjectLight } from './queries/get-lights/get-lights.query';
export type { ListedSupervision } from './queries/list-supervisions/list-supervisions.query';
