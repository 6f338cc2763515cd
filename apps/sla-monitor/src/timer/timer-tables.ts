import type { Migration } from '@gridcase/platform';

/** Working tables: who runs the timers, and how far a calendar has been applied. No record, no read model. */
export const timerTables: Migration[] = [{
  version: 1,
  name: 'timer lease and calendar runs',
  up: `
    create table timer_lease (name text primary key, holder text not null, epoch bigint not null, expires_at timestamptz not null);
    create table calendar_runs (event_id uuid primary key, district text not null, calendar text not null, last_case text not null, applied bigint not null, total bigint not null, done boolean not null)`,
}];
