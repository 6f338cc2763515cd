import type { RejectionTexts } from './rejection-text';

export const registryRejections = {
  GRID_TREE_INVALID: { status: 422, rule: 'X10', zh: '网格文件有 {count} 处错误,未导入任何内容', en: 'the grid file has {count} errors; nothing was imported' },
  FILING_REQUIRED: { status: 422, rule: 'X10', zh: '网格划分与调整须备案:缺少备案号', en: 'divisions and changes of grids are filed: the filing number is missing' },
  GRID_UNKNOWN: { status: 422, rule: 'X10', zh: '没有网格 {gridCode}', en: 'there is no grid {gridCode}' },
  GRID_FIELD_NOT_ADJUSTABLE: { status: 422, rule: 'Z7', zh: '不能这样调整:{fields}', en: 'cannot be adjusted this way: {fields}' },
  CODE_NOT_UNDER_PARENT: { status: 422, rule: 'X10', zh: '编码 {code} 不在上级 {parent} 之下', en: 'code {code} does not lie under its parent {parent}' },
  CODE_ALREADY_USED: { status: 409, rule: 'Z7', zh: '编码 {code} 已使用过', en: 'code {code} is or was in use' },
  NOT_A_WORKER_OF_GRID: { status: 422, rule: 'H3', zh: '{person} 不是网格 {gridCode} 的网格员', en: '{person} is not a worker of grid {gridCode}' },
  PERSON_UNKNOWN: { status: 422, rule: 'H3', zh: '没有登记人员 {person}', en: 'person {person} is not registered' },
  TOO_MANY_ENTRIES: { status: 422, zh: '一次最多 {max} 条,实为 {count} 条', en: 'at most {max} entries at once, these are {count}' },
  DUPLICATE_ENTRY: { status: 422, zh: '{entry} 重复', en: '{entry} occurs twice' },
  ENTRY_OUTSIDE_DISTRICT: { status: 422, rule: 'X10', zh: '{entry} 不属于 {district}', en: '{entry} lies outside district {district}' },
  ROLE_UNKNOWN: { status: 422, rule: 'H3', zh: '{entry} 的角色 {role} 不存在', en: '{entry} has role {role}, which does not exist' },
  UNIT_REQUIRED: { status: 422, rule: 'H3', zh: '{entry} 须填写所属单位', en: '{entry} needs a unit' },
  ITEM_NOT_ADMISSIBLE: { status: 422, rule: 'Z10', zh: '行政许可、处罚、强制及与网格职责不符的事项不得入格:{names}', en: 'licensing, penalties, coercion and what does not fit a worker’s duty may not enter the item list: {names}' },
  ITEM_UNKNOWN: { status: 422, rule: 'X7', zh: '事项清单中没有 {itemCode}', en: 'item {itemCode} is not on the list' },
  CALENDAR_INVALID: { status: 422, rule: 'N2', zh: '日历有误:{date}({fault})', en: 'the calendar is wrong at {date}: {fault}' },
  POLICY_INVALID: { status: 422, zh: '政策包有 {count} 处错误', en: 'the policy pack has {count} errors' },
  POLICY_VERSION_TAKEN: { status: 409, zh: '{pack} 第 {version} 版已以不同内容采用', en: '{pack} version {version} was adopted with other content' },
  POLICY_DATES_INVALID: { status: 422, zh: '有效期有误:{validFrom} 至 {validTo}', en: 'valid from {validFrom} to {validTo} is no period' },
  POLICY_IN_THE_PAST: { status: 409, zh: '不得追溯采用:{validFrom} 早于今日 {today}', en: 'a policy is not adopted for the past: {validFrom} lies before today, {today}' },
} as const satisfies RejectionTexts;
