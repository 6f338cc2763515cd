import type { FaultCase } from '../fault-case';
import { backlogCases } from './backlog';
import { badInputCases } from './bad-input';
import { brokerCases } from './broker';
import { crashPointCases } from './crash-points';
import { databaseCases } from './database';
import { deliveryCases } from './delivery';
import { eventStoreCases } from './event-store';
import { loadCases } from './load';
import { processCases } from './processes';
import { timeCases } from './time';
import { wireCases } from './wire';

/** In the order in which they run: those that are started alike stand together. */
export const cases: readonly FaultCase[] = [...processCases, ...crashPointCases, ...brokerCases, ...deliveryCases, ...backlogCases, ...wireCases, ...databaseCases, ...loadCases, ...badInputCases, ...eventStoreCases, ...timeCases];
