export * from './policy/pack';
export * from './time/clock-change';
