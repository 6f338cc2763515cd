export * from './topics';
export * from './public-events';
export * from './cloud-event';
