export * from './start-tracing';
export * from './traceparent';
export * from './tracer';
export * from './tracing-config';
