export * from './database';
export * from './fake-clock';
export * from './wait-until';
export * from './case-story';
export * from './kafka-broker';
export * from './it-with';
export * from './span-collector';
export * from './webhook-receiver';
