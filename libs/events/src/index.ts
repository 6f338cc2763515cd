export * from './envelope';
export * from './rejection';
