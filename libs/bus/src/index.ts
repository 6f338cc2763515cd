export * from './port';
export { createStoreBus, type StoreBusOptions } from './store-bus';
export * from './kafka';
