import { join } from 'node:path';
import type { FaultCase } from '../fault-case';
import { COLLECT_EVERY_MS, fuzz } from '../fuzz/fuzz';

export const badInputCases: readonly FaultCase[] = [
  {
    name: 'fuzz', profiles: ['standalone'], platform: { env: { NODE_OPTIONS: `--require ${join(__dirname, '../preload/collect-garbage.js')}`, FAULTS_COLLECT_EVERY_MS: String(COLLECT_EVERY_MS) } }, load: { lanes: 4, clock: 'stands' },
    about: 'every operation of the OpenAPI document is called wrongly, over REST and gRPC, 100,000 times: refused with a code and both languages, never a 500, nothing left behind, no memory lost',
    inject: fuzz,
  },
];
