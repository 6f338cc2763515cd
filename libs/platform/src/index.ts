export * from './clock';
export * from './embedded-postgres';
export * from './ids';
export * from './service';
