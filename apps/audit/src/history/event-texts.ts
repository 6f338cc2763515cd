/**
 * What happened, in a sentence, for every event of a case and its reports. `{path}` is filled from the event's data, `{path|choice}` with
 * the words of a choice.
 */
import type { CaseEvent, ReportEvent } from '@gridcase/events';

export interface BilingualText { zh: string; en: string }

export const eventTexts: Readonly<Record<(CaseEvent | ReportEvent)['type'], BilingualText>> = {
  ReportReceived: { zh: '收到上报:{place.address}', en: 'report received: {place.address}' },
  ReportSorted: { zh: '上报分类为事项 {itemCode}', en: 'report sorted as item {itemCode}' },
  ReportFiled: { zh: '上报立案,案号 {number}', en: 'report filed as case {number}' },
  ReportRefused: { zh: '上报不予立案({reasonCode}):{reason}', en: 'report refused ({reasonCode}): {reason}' },
  ReportTransferred: { zh: '上报移送 {to}:{reason}', en: 'report transferred to {to}: {reason}' },
  ReportRoutedAsEmergency: { zh: '上报按应急渠道转 {to}:{reason}', en: 'report routed as an emergency to {to}: {reason}' },
  ReportSettledOnSpot: { zh: '网格员 {worker} 现场自行处置:{note}', en: 'settled on the spot by worker {worker}: {note}' },
  ReportJoinedToCase: { zh: '上报并入案件 {caseId}', en: 'report joined to case {caseId}' },
  ReportReopened: { zh: '并入未成,上报重新待处理', en: 'joining failed, the report waits for a decision again' },
  CaseFiled: { zh: '立案,案号 {number},事项 {item.name}', en: 'case {number} filed, item {item.name}' },
  ReportJoined: { zh: '同一问题第 {count} 次被上报', en: 'the same thing reported for the {count}. time' },
  UnitPhoned: { zh: '电话通知 {unit} {person}', en: '{unit} telephoned: {person}' },
  CaseDispatched: { zh: '第 {order} 次派遣,主办 {lead}', en: 'order {order}: dispatched to {lead}' },
  DispatchAcknowledged: { zh: '{unit} 接单', en: '{unit} acknowledged the order' },
  CaseRebounded: { zh: '{unit} 回弹:{reason}', en: '{unit} rebounded the case: {reason}' },
  ReboundRuled: { zh: '经认定,{unit} 的回弹{decision|ruling}:{reason}', en: 'rebound of {unit} {decision|ruling}: {reason}' },
  DisputeRaised: { zh: '提出权属争议:{reason}', en: 'dispute over responsibility: {reason}' },
  UnitDesignated: { zh: '指定 {unit} 托底承办:{reason}', en: '{unit} designated, binding: {reason}' },
  HandlerArrived: { zh: '{unit} 到达现场', en: '{unit} arrived on the spot' },
  PreliminaryOpinionGiven: { zh: '{unit} 初步意见:{opinion}', en: 'preliminary opinion of {unit}: {opinion}' },
  DelayExplained: { zh: '{unit} 说明延期理由:{reason}', en: '{unit} explained a delay: {reason}' },
  DelayRuled: { zh: '{unit} 的延期理由{accepted|accepted}:{reason}', en: 'reason of {unit} for delay {accepted|accepted}: {reason}' },
  WorkContributed: { zh: '协办 {unit} 完成其部分:{note}', en: 'co-handler {unit} did its part: {note}' },
  ResultSubmitted: { zh: '{unit} 反馈处置结果,{signedBy} 签字:{result}', en: 'result of {unit}, signed by {signedBy}: {result}' },
  ResultVerified: { zh: '网格员 {worker} 现场核查,{proposal|proposal}:{note}', en: 'verified on the spot by {worker}, proposes to {proposal|proposal}: {note}' },
  ResultConfirmed: { zh: '街道分中心 {centre} {confirmed|confirmed}:{note}', en: '{centre} {confirmed|confirmed} the result: {note}' },
  CallBackRecorded: { zh: '回访:{reached|reached},{truthful|truthful},{satisfied|satisfied}。{note}', en: 'call-back: {reached|reached}, {truthful|truthful}, {satisfied|satisfied}. {note}' },
  CaseReturned: { zh: '退回 {unit} 重办:{reason}', en: 'returned to {unit} for redo: {reason}' },
  CaseClosed: { zh: '结案:{summary}', en: 'closed: {summary}' },
  CaseArchived: { zh: '归档,档案摘要 {sha256}', en: 'archived, digest of the file {sha256}' },
  CaseHandedUp: { zh: '上报上级中心 {centre}:{reason}', en: 'handed up to {centre}: {reason}' },
  CaseSampled: { zh: '抽查{good|good}:{note}', en: 'sampled, {good|good}: {note}' },
  ClockWarned: { zh: '黄灯:{clock} 将于 {dueAt} 到期', en: 'yellow: {clock} is due at {dueAt}' },
  ClockBreached: { zh: '红灯:{clock} 已于 {dueAt} 到期', en: 'red: {clock} was due at {dueAt}' },
  UnitUrged: { zh: '催办 {unit}:{notice}', en: '{unit} urged: {notice}' },
  SupervisionOpened: { zh: '对 {unit} 督办,期限 {dueAt}', en: 'supervision of {unit}, until {dueAt}' },
  SupervisionLifted: { zh: '解除对 {unit} 的督办', en: 'supervision of {unit} lifted' },
  AccountabilityOpened: { zh: '对 {unit} 启动问责', en: 'accountability of {unit}' },
  DeadlinesMoved: { zh: '按日历 {calendar} 调整期限:{reason}', en: 'deadlines moved by calendar {calendar}: {reason}' },
};

/** value → [zh, en] */
const choices: Readonly<Record<string, Readonly<Record<string, readonly [string, string]>>>> = {
  ruling: { upheld: ['成立', 'upheld'], overruled: ['不成立', 'overruled'] },
  accepted: { true: ['成立', 'accepted'], false: ['不成立', 'rejected'] },
  proposal: { close: ['建议结案', 'close'], redo: ['建议重新处置', 'redo'] },
  confirmed: { true: ['确认', 'confirmed'], false: ['不予确认', 'did not confirm'] },
  reached: { true: ['已接通', 'reached'], false: ['未接通', 'not reached'] },
  truthful: { true: ['结果属实', 'result true'], false: ['结果不实', 'result untrue'] },
  satisfied: { true: ['满意', 'satisfied'], false: ['不满意', 'not satisfied'] },
  good: { true: ['合格', 'good'], false: ['不合格', 'not good'] },
};

const at = (data: unknown, path: string): unknown => path.split('.').reduce<unknown>((part, name) => (part as Record<string, unknown> | undefined)?.[name], data);
function fill(template: string, data: unknown, language: 0 | 1): string {
  const filled = template.replace(/\{([\w.]+)(?:\|(\w+))?\}/g, (_, path: string, choice?: string) => {
    const value = String(at(data, path) ?? '—');
    return choice ? (choices[choice]?.[value]?.[language] ?? value) : value;
  });
  // Nothing was said: no colon before nothing.
  return filled.replace(/[:.\s]+$/, '');
}

/** The type itself where there is no sentence. */
export function textOf(type: string, data: unknown): BilingualText {
  const text = Object.hasOwn(eventTexts, type) ? eventTexts[type as keyof typeof eventTexts] : { zh: type, en: type };
  return { zh: fill(text.zh, data, 0), en: fill(text.en, data, 1) };
}
