export * from './data-source';
export * from './migrate';
export * from './pool';
export * from './lease';
export { hashValues, intValues, jsonValues, textValues, uuidValues } from './binary-array';
