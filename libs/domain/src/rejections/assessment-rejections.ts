import type { RejectionTexts } from './rejection-text';

export const assessmentRejections = {
  WEEK_NOT_OVER: { status: 409, rule: 'H5.3', zh: '{week} 所在的一周尚未结束', en: 'the week of {week} is not over yet' },
  PERIOD_NOT_OVER: { status: 409, rule: 'H5.1', zh: '考核期尚未结束({to})', en: 'the period is not over yet ({to})' },
  INVALID_PERIOD: { status: 422, rule: 'H5.1', zh: '考核期无效({from} 至 {to})', en: 'not a period ({from} to {to})' },
  NO_QUOTA: { status: 422, rule: 'H5.3', zh: '政策包 {pack} 没有每周发现数要求', en: 'policy pack {pack} sets no weekly quota' },
} as const satisfies RejectionTexts;
