import { assessmentOperations, auditOperations } from './assessment.operations';
import { caseOperations } from './case.operations';
import { clockOperations } from './clock.operations';
import { localOperations } from './local.operations';
import type { Operation } from './operation';
import { registryOperations } from './registry.operations';
import { reportOperations } from './report.operations';

export * from './operation';

/** Everything the outside can ask for. */
export const operations: readonly Operation[] = [...reportOperations, ...caseOperations, ...clockOperations, ...assessmentOperations, ...registryOperations, ...auditOperations, ...localOperations];
