export { keepPostgres, type KeptPostgres } from './keep-postgres';
export { isSameProcess, processIdentity, type ProcessIdentity } from './process-identity';
export { DataDirInUse, isAbandoned, startPostgres, stopAbandonedPostgres, type RunningPostgres, type StartPostgresOptions } from './start-postgres';
