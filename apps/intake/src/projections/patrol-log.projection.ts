import type { PatrolEvent } from '@gridcase/events';
import type { StreamProjection } from '@gridcase/projections';
import { readModelOf } from '@gridcase/service';

export type LoggedPatrol = PatrolEvent['data'];
export interface PatrolDayDoc { patrols: LoggedPatrol[] }

/** Patrol log: a row a worker and day, a detail row a patrol. @rule X11 YD3.3 */
export const patrolLog: StreamProjection<PatrolDayDoc> = {
  name: 'patrol_day',
  version: 2,
  categories: ['patrol'],
  columns: { worker: { type: 'text' }, minutes: { type: 'integer' } },
  details: [{
    name: 'patrol',
    columns: {
      patrol_id: { type: 'text' }, district: { type: 'text' }, worker: { type: 'text' }, grid_code: { type: 'text' }, started_at: { type: 'timestamptz' }, minutes: { type: 'integer' }, patrol: { type: 'jsonb' },
    },
    primaryKey: ['patrol_id'],
    indexes: ['(started_at desc, patrol_id desc)', '(worker, started_at desc)', '(grid_code text_pattern_ops, started_at desc)'],
    rows: ({ patrols }) => patrols.map((patrol) => ({ patrol_id: patrol.patrolId, district: patrol.district, worker: patrol.worker, grid_code: patrol.gridCode, started_at: patrol.startedAt, minutes: patrol.minutes, patrol })),
  }],
  initial: () => ({ patrols: [] }),
  evolve: ({ patrols }, event) => ({ patrols: [...patrols, (event as unknown as PatrolEvent).data] }),
  extract: ({ patrols }) => ({ worker: patrols[0]?.worker ?? '', minutes: patrols.reduce((sum, { minutes }) => sum + minutes, 0) }),
};

/** To read it by. */
export const patrolView = readModelOf<{ patrol_id: string; worker: string; started_at: Date; patrol: LoggedPatrol }>(patrolLog, 'patrol');
