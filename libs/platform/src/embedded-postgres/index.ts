export { DataDirInUse, isAbandoned, startPostgres, stopAbandonedPostgres, type RunningPostgres, type StartPostgresOptions } from './start-postgres';
