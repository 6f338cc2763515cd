import type { RejectionTexts } from './rejection-text';

export const commonRejections = {
  NOT_FOUND: { status: 404, zh: '找不到 {what}', en: '{what} not found' },
  OUTSIDE_JURISDICTION: { status: 403, zh: '不在您的管辖范围内', en: 'outside your jurisdiction' },
  NOT_YOUR_UNIT: { status: 403, zh: '不是您单位的案件', en: 'not a case of your unit' },
  REVISION_MISMATCH: { status: 412, zh: '数据已变化:您看到的是第 {expected} 版,当前为第 {actual} 版', en: 'changed meanwhile: you saw revision {expected}, it is now {actual}' },
  IDEMPOTENCY_KEY_REUSED: { status: 422, zh: '同一幂等键用于了不同的请求', en: 'the same Idempotency-Key came with another request' },
  TOO_MANY_CONFLICTS: { status: 503, zh: '并发冲突过多,请稍后重试', en: 'too many concurrent changes, try again' },
  READ_MODEL_BEHIND: { status: 503, zh: '读取视图尚未追上,请稍后重试', en: 'the read model is still catching up, try again' },
  STORE_UNAVAILABLE: { status: 503, zh: '记录库暂不可用,请用同一幂等键重试', en: 'the record is not available now, retry with the same key' },
  STORE_OVERLOADED: { status: 503, zh: '系统繁忙,请稍后用同一幂等键重试', en: 'too much to record at this moment, retry with the same key' },
  NEWER_RELEASE: { status: 503, zh: '其记录中有较新版本写入的事件,升级完成后请用同一幂等键重试', en: 'its record holds what a newer release wrote, retry with the same key when the upgrade is done' },
  SERVICE_UNAVAILABLE: { status: 503, zh: '服务“{service}”暂不可用,请用同一幂等键重试', en: 'the service {service} is not available now, retry with the same key' },
  UNKNOWN_COMMAND: { status: 404, zh: '没有名为“{type}”的操作', en: 'there is no command {type}' },
  UNKNOWN_QUERY: { status: 404, zh: '没有名为“{name}”的查询', en: 'there is no query {name}' },
  INVALID_CURSOR: { status: 400, zh: '分页游标无效', en: 'the page cursor is not valid' },
  NO_POLICY_IN_FORCE: { status: 409, zh: '{district} 当前没有生效的政策包', en: 'no policy pack is in force in {district}' },
  OCCURRED_IN_FUTURE: { status: 422, zh: '发生时间晚于当前时间', en: 'occurredAt lies in the future' },
} as const satisfies RejectionTexts;
