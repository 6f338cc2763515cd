import type { RejectionTexts } from './rejection-text';

export const intakeRejections = {
  NO_POLICY: { status: 422, rule: 'X7', zh: '{district} 在 {date} 没有生效的政策包', en: 'district {district} has no policy in force on {date}' },
  DISTRICT_UNKNOWN: { status: 422, rule: 'X10', zh: '没有登记区县 {district}', en: 'district {district} is not registered' },
  CHANNEL_UNKNOWN: { status: 422, rule: 'X11', zh: '政策未设受理渠道 {channel}', en: 'the policy knows no channel {channel}' },
  EVIDENCE_REQUIRED: { status: 422, rule: 'X11', zh: '网格员上报须拍照或摄像', en: 'a worker’s report needs a photo or a video' },
  LOCATION_REQUIRED: { status: 422, rule: 'X11', zh: '网格员上报须带定位', en: 'a worker’s report needs its position' },
  REPORTER_REQUIRED: { status: 422, rule: 'H4.2.1', zh: '该渠道须填写上报人真实姓名和电话', en: 'this channel needs the reporter’s real name and telephone' },
  OBSERVED_LATER: { status: 422, rule: 'X18', zh: '上报时间晚于受理时间', en: 'the report is dated after it was received' },
  GRID_REQUIRED: { status: 422, rule: 'X10', zh: '须确定所在网格', en: 'the grid must be determined' },
  REPORT_NOT_SORTED: { status: 409, rule: 'H4.1.1', zh: '上报尚未分拣', en: 'the report has not been sorted yet' },
  REPORT_ALREADY_DECIDED: { status: 409, rule: 'X11', zh: '该上报已处理(当前:{status})', en: 'the report has been decided already (it is {status})' },
  REFUSAL_REASON_UNKNOWN: { status: 422, rule: 'X11', zh: '政策未列明不予立案理由 {reasonCode}', en: 'the policy lists no reason {reasonCode} for refusing' },
  LEVEL_NOT_IN_POLICY: { status: 422, rule: 'X4', zh: '政策未设 {level} 层级', en: 'the policy has no level {level}' },
  CENTRE_NOT_OF_GRID: { status: 422, rule: 'X4', zh: '{centre} 不是网格 {gridCode} 的 {level} 中心', en: '{centre} is no {level} centre of grid {gridCode}' },
  WORKER_ONLY: { status: 403, rule: 'X2', zh: '仅限网格员自行处置', en: 'only a grid worker settles on the spot' },
  NOT_YOUR_REPORT: { status: 403, rule: 'X2', zh: '不是您上报的事项', en: 'not a report of yours' },
  JOIN_OTHER_ITEM: { status: 422, rule: 'H5.2', zh: '案件事项为 {caseItem},上报事项为 {reportItem},不是同一问题', en: 'the case is about {caseItem}, the report about {reportItem}: not the same thing' },
  PATROL_TIMES_INVALID: { status: 422, rule: 'X11', zh: '巡查结束时间须晚于开始时间', en: 'a patrol ends after it begins' },
  PATROL_SPANS_DAYS: { status: 422, rule: 'X11', zh: '跨日巡查请按日分别记录', en: 'a patrol over midnight is recorded for each day' },
  PATROL_OVERLAPS: { status: 409, rule: 'X11', zh: '与 {from}–{to} 的巡查重叠', en: 'overlaps the patrol from {from} to {to}' },
  NOT_YOUR_GRID: { status: 403, rule: 'X11', zh: '网格 {gridCode} 不由您负责', en: 'grid {gridCode} is not yours' },
} as const satisfies RejectionTexts;
