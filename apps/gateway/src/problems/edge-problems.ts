/** What the gateway itself refuses, before any service is asked. Refusals by services stand in libs/domain/src/rejections. */
export interface EdgeProblem { status: number; zh: string; en: string }

export const edgeProblems = {
  MALFORMED_BODY: { status: 400, zh: '请求体不是有效的 JSON', en: 'the body is not valid JSON' },
  MALFORMED_REQUEST: { status: 400, zh: '请求格式有误', en: 'the request is malformed' },
  VALIDATION_FAILED: { status: 400, zh: '请求内容不符合要求,见 errors', en: 'the request does not fit, see errors' },
  IDEMPOTENCY_KEY_INVALID: { status: 400, zh: 'Idempotency-Key 须为 1 至 128 个可见字符', en: 'Idempotency-Key must be 1 to 128 visible characters' },
  IF_MATCH_INVALID: { status: 400, zh: 'If-Match 须为先前得到的 ETag', en: 'If-Match must be an ETag you were given' },
  MIN_POSITION_INVALID: { status: 400, zh: 'Gridcase-Min-Position 须为先前得到的位置', en: 'Gridcase-Min-Position must be a position you were given' },
  DISTRICT_MISSING: { status: 400, zh: '须注明区县:请求与令牌均未给出', en: 'name the district: neither the request nor the token tells it' },
  EVIDENCE_EMPTY: { status: 400, zh: '文件为空', en: 'the file is empty' },
  UNAUTHENTICATED: { status: 401, zh: '须提供有效的令牌', en: 'a valid bearer token is needed' },
  TOKEN_EXPIRED: { status: 401, zh: '令牌已过期', en: 'the token has expired' },
  FORBIDDEN_FOR_ROLE: { status: 403, zh: '角色 {role} 不能执行此操作', en: 'role {role} may not do this' },
  ROUTE_NOT_FOUND: { status: 404, zh: '没有这个地址', en: 'there is no such address' },
  EVIDENCE_NOT_FOUND: { status: 404, zh: '找不到该证据文件', en: 'there is no such evidence' },
  METHOD_NOT_ALLOWED: { status: 405, zh: '该地址不支持此方法,可用:{allowed}', en: 'the address does not take this method, but {allowed}' },
  REQUEST_TOO_SLOW: { status: 408, zh: '请求未在规定时间内传完', en: 'the request did not arrive in time' },
  CLOCK_NEVER_GOES_BACK: { status: 409, zh: '时钟不能倒拨:当前为 {now}', en: 'a clock never goes back: it is {now}' },
  BODY_TOO_LARGE: { status: 413, zh: '请求体过大', en: 'the body is too large' },
  EVIDENCE_TOO_LARGE: { status: 413, zh: '文件超过 {limit} 字节', en: 'the file is larger than {limit} bytes' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, zh: '不支持该媒体类型,可用:{allowed}', en: 'this media type is not taken, but {allowed}' },
  EVIDENCE_TYPE_UNKNOWN: { status: 415, zh: '只接受照片、视频、录音和 PDF', en: 'only photos, videos, recordings and PDF are taken' },
  EVIDENCE_TYPE_DIFFERS: { status: 415, zh: '声明的类型为 {declared},内容却是 {found}', en: 'declared as {declared}, but the content is {found}' },
  TOO_MANY_REQUESTS: { status: 429, zh: '请求过于频繁,请稍后重试', en: 'too many requests, try again later' },
  HEADERS_TOO_LARGE: { status: 431, zh: '地址或请求头过长', en: 'address and headers are too long' },
  INTERNAL: { status: 500, zh: '内部错误,请提供关联编号联系运维', en: 'internal error; tell operations the correlation id' },
  BUSY: { status: 503, zh: '系统繁忙,请稍后重试', en: 'busy, try again shortly' },
} as const satisfies Record<string, EdgeProblem>;
export type EdgeProblemCode = keyof typeof edgeProblems;
