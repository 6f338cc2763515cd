import { centre, control, field, staff, units } from './access';
import {
  AsOfParams, CaseClocksParams, CloseCaseBody, ConfirmResultBody, ContributeWorkBody, DesignateUnitBody, DispatchCaseBody, ExplainDelayBody, GivePreliminaryOpinionBody, HandUpCaseBody, ListCasesParams, OpenSupervisionBody,
  PhoneUnitBody, RaiseDisputeBody, ReboundCaseBody, RecordArrivalBody, RecordCallBackBody, RuleOnDelayBody, RuleOnReboundBody, SampleCaseBody, SubmitResultBody, UrgeUnitBody, VerifyResultBody,
} from './case.bodies';
import { command, query, type Operation } from './operation';
import { HistoryParams } from './shared.bodies';

const readers = staff.filter((role) => role !== 'registry-admin');

export const caseOperations: readonly Operation[] = [
  query('Cases', 'dispatch', 'ListCases', 'GET /v1/cases', { list: true, access: readers, input: ListCasesParams, zh: '案件列表', en: 'List cases' }),
  query('Cases', 'dispatch', 'GetCase', 'GET /v1/cases/:caseId', { access: readers, zh: '查看案件', en: 'Show a case' }),
  query('Cases', 'audit', 'GetCaseAsOf', 'GET /v1/cases/:caseId', { access: [...centre, 'unit-leader', ...control], input: AsOfParams, route: { whenQuery: 'asOf' }, zh: '案件在某一时刻的状态', en: 'A case as of a moment', rules: ['X18'] }),
  query('Cases', 'audit', 'GetCaseHistory', 'GET /v1/cases/:caseId/history', { list: true, input: HistoryParams, access: [...centre, ...units, 'grid-chief', ...control], zh: '案件全过程', en: 'History of a case', rules: ['X18'] }),
  query('Cases', 'sla-monitor', 'GetCaseClocks', 'GET /v1/cases/:caseId/clocks', { changesWithTime: true, access: readers, input: CaseClocksParams, zh: '案件时限', en: 'Clock timeline of a case', rules: ['X13', 'X17', 'L4.6'] }),
  query('Cases', 'dispatch', 'GetArchive', 'GET /v1/cases/:caseId/archive', { access: [...centre, 'unit-leader', ...control], zh: '案卷', en: 'Archive file of a case', rules: ['H4.2.8'] }),

  command('Cases', 'PhoneUnit', 'POST /v1/cases/:caseId/phone-calls', { access: centre, input: PhoneUnitBody, zh: '电话通知单位', en: 'Record a call to the unit', rules: ['H4.2.2', 'H4.1.2'] }),
  command('Cases', 'DispatchCase', 'POST /v1/cases/:caseId/dispatch', { access: centre, input: DispatchCaseBody, zh: '派遣', en: 'Dispatch a case', rules: ['X12', 'X14', 'H4.1.2', 'L4.3'] }),
  command('Cases', 'AcknowledgeDispatch', 'POST /v1/cases/:caseId/acknowledgement', { access: units, zh: '签收', en: 'Acknowledge an order', rules: ['H4.2.3'] }),
  command('Cases', 'ReboundCase', 'POST /v1/cases/:caseId/rebound', { access: units, input: ReboundCaseBody, zh: '回弹', en: 'Rebound an order', rules: ['X12'] }),
  command('Cases', 'RuleOnRebound', 'POST /v1/cases/:caseId/rebound-ruling', { access: centre, input: RuleOnReboundBody, zh: '回弹认定', en: 'Rule on a rebound', rules: ['X12'] }),
  command('Cases', 'RaiseDispute', 'POST /v1/cases/:caseId/dispute', { access: [...centre, ...units], input: RaiseDisputeBody, zh: '提出争议', en: 'Raise a dispute', rules: ['X15'] }),
  command('Cases', 'DesignateUnit', 'POST /v1/cases/:caseId/designation', { access: centre, input: DesignateUnitBody, zh: '指定(托底)', en: 'Designate a unit', rules: ['X15'] }),
  command('Cases', 'RecordArrival', 'POST /v1/cases/:caseId/arrival', { access: units, input: RecordArrivalBody, zh: '到达现场', en: 'Record arrival on the spot', rules: ['H4.2.3', 'L4.4'] }),
  command('Cases', 'GivePreliminaryOpinion', 'POST /v1/cases/:caseId/opinion', { access: units, input: GivePreliminaryOpinionBody, zh: '初步意见', en: 'Give a preliminary opinion', rules: ['L4.4'] }),
  command('Cases', 'ExplainDelay', 'POST /v1/cases/:caseId/delay', { access: units, input: ExplainDelayBody, zh: '说明延期原因', en: 'Explain a delay', rules: ['X13', 'YD3.3'] }),
  command('Cases', 'RuleOnDelay', 'POST /v1/cases/:caseId/delay-ruling', { access: centre, input: RuleOnDelayBody, zh: '延期认定', en: 'Rule on a delay', rules: ['X13'] }),
  command('Cases', 'ContributeWork', 'POST /v1/cases/:caseId/contributions', { access: units, input: ContributeWorkBody, zh: '协办情况', en: "Record a co-handler's work", rules: ['X14'] }),
  command('Cases', 'SubmitResult', 'POST /v1/cases/:caseId/result', { access: units, input: SubmitResultBody, zh: '反馈处置结果', en: 'Submit the result', rules: ['H4.2.6', 'X13', 'X14'] }),
  command('Cases', 'VerifyResult', 'POST /v1/cases/:caseId/verification', { access: field, input: VerifyResultBody, zh: '核查', en: 'Verify on the spot', rules: ['X16', 'L4.5'] }),
  command('Cases', 'ConfirmResult', 'POST /v1/cases/:caseId/confirmation', { access: centre, input: ConfirmResultBody, zh: '街道确认', en: 'Confirm by the street centre', rules: ['L4.5'] }),
  command('Cases', 'RecordCallBack', 'POST /v1/cases/:caseId/call-back', { access: ['hotline-operator', ...centre], input: RecordCallBackBody, zh: '回访', en: 'Record a call-back', rules: ['H4.2.7', 'H4.1.3'] }),
  command('Cases', 'CloseCase', 'POST /v1/cases/:caseId/closing', { access: centre, input: CloseCaseBody, zh: '结案', en: 'Close a case', rules: ['X16'] }),
  command('Cases', 'ArchiveCase', 'POST /v1/cases/:caseId/archive', { access: centre, zh: '归档', en: 'Archive a case', rules: ['H4.2.8'] }),
  command('Cases', 'HandUpCase', 'POST /v1/cases/:caseId/hand-up', { access: centre, input: HandUpCaseBody, zh: '上报上级中心', en: 'Hand up a level', rules: ['YD3.4'] }),
  command('Cases', 'SampleCase', 'POST /v1/cases/:caseId/samples', { access: [...centre, 'supervision-office'], input: SampleCaseBody, zh: '抽查', en: 'Sample a closed case', rules: ['L4.5'] }),
  command('Cases', 'UrgeUnit', 'POST /v1/cases/:caseId/urging', { access: [...centre, 'supervision-office'], input: UrgeUnitBody, zh: '催办', en: 'Urge a unit', rules: ['L5.4'] }),
  command('Cases', 'OpenSupervision', 'POST /v1/cases/:caseId/supervision', { access: ['centre-director', 'supervision-office'], input: OpenSupervisionBody, zh: '督办', en: 'Open supervision', rules: ['X17', 'H4.2.5', 'L5.4'] }),
];
