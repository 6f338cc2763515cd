export { CheckpointOfAnotherStore, Fenced, RelayCheckpoint } from './checkpoint';
export { Relay, type RelayOptions, type RelayState } from './relay';
export { relayConfig, type RelayConfig } from './relay-config';
export { relayTables } from './relay-tables';
export { startRelay } from './start-relay';
