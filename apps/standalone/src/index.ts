export { standaloneConfig, type StandaloneConfig } from './standalone-config';
export { startPlatform, type RunningPlatform } from './start-platform';
export { closingCheck, type CheckedPlatform, type ClosingCheckOptions, type ClosingReport } from './closing-check/closing-check';
export type { Acknowledged, Received } from './closing-check/journals';
export { linesOf, sectionNames, type Finding, type SectionName, type SectionReport } from './closing-check/report';
export { loadDistricts } from './load-districts';
export { freePort, startPlatformProcess, type PlatformProcess } from './platform-process';
