export * from './policy/pack';
export * from './time/clock-change';
export * from './case/commands';
export * from './registry/directory';
export * from './access/roles';
export * from './rejections';
export * from './time/working-calendar';
export * from './time/clock-arithmetic';
