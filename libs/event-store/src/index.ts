export * from './port';
export * from './command-handler';
export { createCommandHandler, type CommandHandlerOptions } from './create-command-handler';
export { GENESIS_HASH, canonicalJson, chainEvents, hashEvent, type ChainedEvent } from './hash-chain';
export { LruMap } from './lru-map';
export { createMemoryEventStore } from './memory/memory-event-store';
export { SchemaTooNew, grantAppender, migrateEventStore } from './postgres/migrations';
export { createPostgresEventStore, type PostgresEventStoreOptions } from './postgres/postgres-event-store';
