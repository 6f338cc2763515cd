import type { Migration } from '@gridcase/platform';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** How far a published calendar has been applied to the open cases. */
@Entity('calendar_runs')
export class CalendarRun {
  @PrimaryColumn('uuid', { name: 'event_id' }) eventId!: string;
  @Column('text') district!: string;
  @Column('text') calendar!: string;
  @Column('text', { name: 'last_case' }) lastCase!: string;
  @Column('bigint', { transformer: { from: Number, to: (value: number) => value } }) applied!: number;
  @Column('bigint', { transformer: { from: Number, to: (value: number) => value } }) total!: number;
  @Column('boolean') done!: boolean;
}

/** Working tables: who runs the timers, and how far a calendar has been applied. No record, no read model. */
export const timerTables: Migration[] = [{
  version: 1,
  name: 'timer lease and calendar runs',
  up: `
    create table timer_lease (name text primary key, holder text not null, epoch bigint not null, expires_at timestamptz not null);
    create table calendar_runs (event_id uuid primary key, district text not null, calendar text not null, last_case text not null, applied bigint not null, total bigint not null, done boolean not null)`,
}];
