export * from './port';
export * from './command-handler';
