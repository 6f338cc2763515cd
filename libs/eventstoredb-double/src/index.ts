export { EventLog } from './event-log';
export { ProtocolDouble, type Failure, type ProtocolDoubleOptions } from './protocol-double';
