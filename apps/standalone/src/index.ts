/** The day that `loadDistricts` adopts its policies from. */
export { chinaDate } from '@gridcase/domain';
export { postgresDir, standaloneConfig, type StandaloneConfig } from './standalone-config';
export { demoToken, type DemoClaims } from './demo-token';
export { notedDatabase } from './running-database';
export { startPlatform, type RunningPlatform } from './start-platform';
export { closingCheck, type CheckedPlatform, type ClosingCheckOptions, type ClosingReport } from './closing-check/closing-check';
export type { Acknowledged, Received } from './closing-check/journals';
export { linesOf, sectionNames, type Finding, type SectionName, type SectionReport } from './closing-check/report';
export { loadDistricts } from './load-districts';
export { startPlatformProcess, type PlatformProcess } from './platform-process';
export { ClusterProcess } from './cluster/cluster-process';
export { databaseOwners, variablePrefix } from './cluster/database-owners';
export { databaseName } from './cluster/open-databases';
export { startCluster, type Cluster } from './cluster/start-cluster';
export { CaseLives, type NotedCommand } from './load/case-lives';
export { lifeKinds, lifeOf, type LifeKind, type LifeStep } from './load/lives';
