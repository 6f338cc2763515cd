export { standaloneConfig, type StandaloneConfig } from './standalone-config';
export { startPlatform, type RunningPlatform } from './start-platform';
export { loadDistricts } from './load-districts';
export { freePort, startPlatformProcess, type PlatformProcess } from './platform-process';
