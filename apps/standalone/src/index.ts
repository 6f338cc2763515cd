export { standaloneConfig, type StandaloneConfig } from './standalone-config';
export { schemaOf, startPlatform, type RunningPlatform } from './start-platform';
