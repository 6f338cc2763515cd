import { uuidFrom } from '@gridcase/platform';
import type { NewEvent } from '@gridcase/events';

/** An event of the size and shape of a case's: about 900 bytes of JSON. */
export const sampleEvent = (key: string, n: number): NewEvent => ({
  id: uuidFrom('bench', key, String(n)),
  type: 'CaseDispatched',
  version: 1,
  data: {
    amount: n % 97, caseId: `${key}-${n}`, unit: `unit-${n % 40}`, coUnits: ['unit-7', 'unit-12'], level: 'street', item: 'road-damage', grade: 'general',
    note: '兴隆台街道振兴社区第三网格：人行道地砖破损约两平方米，存在绊倒隐患，请于规定时限内处置并反馈。',
    place: { address: '振兴街与石油大街交叉口东北侧', gridCode: '211103001005003', longitude: 122.07, latitude: 41.12 },
    limits: [{ clock: 'handling', due: '2025-09-30T09:30:00.000Z', mode: 'working' }, { clock: 'acknowledge', due: '2025-09-29T03:30:00.000Z', mode: 'elapsed' }],
  },
  metadata: {
    correlationId: `request-${n}`, causationId: `request-${n}`, commandId: `command-${key}-${n}`, commandDigest: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    actor: { person: `person-${n % 300}`, role: 'operator', jurisdiction: '211103', unit: 'centre' }, occurredAt: '2025-09-29T01:30:00.000Z', recordedAt: '2025-09-29T01:30:01.000Z',
  },
});
