import type { FaultCase } from '../fault-case';
import { badInputCases } from './bad-input';
import { brokerCases } from './broker';
import { crashPointCases } from './crash-points';
import { databaseCases } from './database';
import { deliveryCases } from './delivery';
import { loadCases } from './load';
import { processCases } from './processes';
import { timeCases } from './time';

/** In the order in which they run. One that wants a platform of its own stands last of its kind. */
export const cases: readonly FaultCase[] = [...processCases, ...crashPointCases, ...brokerCases, ...deliveryCases, ...databaseCases, ...loadCases, ...badInputCases, ...timeCases];
