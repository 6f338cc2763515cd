import type { Role } from '@gridcase/domain';
import type { Problem } from '@gridcase/platform';

/** One call as a caller makes it, and what must come of it: the same over REST and over gRPC. */
export interface ExampleCall {
  operation: string;
  /** Who calls; absent = no token. */
  as?: Role;
  ids?: Record<string, string>;
  fields?: Record<string, unknown>;
  idempotencyKey?: string;
  ifMatch?: string;
  /** The service refuses with it. */
  refusal?: Problem;
  /** What the service must be asked, when that is not just ids and fields. */
  asked?: Record<string, unknown>;
  /** HTTP status and code of the refusal; absent = it succeeds. */
  refused?: { status: number; code: string; rule?: string; paths?: string[] };
}

const evidence = [{ sha256: 'a'.repeat(64), mediaType: 'image/jpeg', takenAt: '2025-09-22T01:00:00.000Z', takenBy: 'grid-worker-1', longitude: 110.15, latitude: 35.24 }];
const reportId = 'report-7';
const caseId = 'case-7';
const code = '610524100001001';
const ofReport = (operation: string, as: Role, fields: Record<string, unknown> = {}, more: Partial<ExampleCall> = {}): ExampleCall => ({ operation, as, ids: { reportId }, fields, ...more });
const ofCase = (operation: string, as: Role, fields: Record<string, unknown> = {}, more: Partial<ExampleCall> = {}): ExampleCall => ({ operation, as, ids: { caseId }, fields, ...more });
const plain = (operation: string, as: Role, fields: Record<string, unknown> = {}, more: Partial<ExampleCall> = {}): ExampleCall => ({ operation, as, fields, ...more });

const report = { channel: 'hotline', place: { address: '解放路 12 号', gridCode: code, longitude: 110.15, latitude: 35.24 }, description: '井盖破损', itemCode: 'C-101', evidence, reportedAt: '2025-09-22T01:00:00.000Z', reporter: { name: '王秀英', telephone: '13800000000' }, channelId: '12345-1' };
const item = { code: 'C-101', name: { zh: '井盖', en: 'Manhole cover' }, category: '公用设施', kind: 'component', standard: '缺失或破损', grade: 'general', department: 'municipal', coDepartments: [], patrolled: true };

export const exampleCalls: readonly ExampleCall[] = [
  plain('ReceiveReport', 'hotline-operator', report, { asked: { ...report, district: '610524' } }),
  plain('ListReports', 'citizen', { state: 'filed', limit: 10, text: '井盖' }),
  ofReport('GetReport', 'citizen'),
  ofReport('SuggestDuplicates', 'centre-operator'),
  ofReport('SortReport', 'centre-operator', { itemCode: 'C-101', importance: 'normal', urgency: 'urgent', belonging: 'municipal' }),
  ofReport('FileReport', 'centre-operator', { level: 'district', centre: '610524' }),
  ofReport('RefuseReport', 'centre-operator', { reasonCode: 'not-city-management', reason: '个人经济纠纷' }),
  ofReport('TransferReport', 'centre-operator', { to: '人社局', reason: '欠薪' }),
  ofReport('RouteAsEmergency', 'hotline-operator', { to: '119', reason: '起火' }),
  ofReport('SettleOnSpot', 'grid-worker', { itemCode: 'E-203', note: '已劝离', evidence }),
  plain('SettleFind', 'grid-worker', { itemCode: 'E-203', note: '已劝离', evidence, gridCode: code, address: '门前' }),
  ofReport('JoinReport', 'centre-operator', { caseId, distanceMetres: 12.5 }),
  plain('RecordPatrol', 'grid-worker', { gridCode: code, startedAt: '2025-09-22T00:40:00.000Z', endedAt: '2025-09-22T01:40:00.000Z', checks: [{ itemCode: 'C-101', found: false }], track: [{ at: '2025-09-22T00:50:00.000Z', longitude: 110.1, latitude: 35.2 }] },
    { asked: { gridCode: code, district: '610524', startedAt: '2025-09-22T00:40:00.000Z', endedAt: '2025-09-22T01:40:00.000Z', checks: [{ itemCode: 'C-101', found: false }], track: [{ at: '2025-09-22T00:50:00.000Z', longitude: 110.1, latitude: 35.2 }] } }),
  plain('ListPatrols', 'inspector', { gridCode: '610524' }),
  plain('ListPatrolTimes', 'centre-operator', { date: '2025-09-22', short: true }, { asked: { date: '2025-09-22', short: true, district: '610524' } }),

  plain('ListCases', 'unit-handler', { light: 'yellow', unit: 'municipal-bureau', street: '610524100' }),
  ofCase('GetCase', 'grid-worker'),
  ofCase('GetCaseAsOf', 'auditor', { asOf: '2025-09-22T01:00:00.000Z', by: 'recorded' }),
  ofCase('GetCaseHistory', 'auditor', { limit: 100, cursor: 'eyJh' }),
  ofCase('GetCaseClocks', 'unit-leader'),
  ofCase('GetArchive', 'centre-director'),
  ofCase('PhoneUnit', 'centre-operator', { unit: 'municipal-bureau', person: '李某', answered: false }),
  ofCase('DispatchCase', 'centre-operator', { lead: 'municipal-bureau', coHandlers: ['sanitation-centre'], instruction: '今日内处置' }),
  ofCase('AcknowledgeDispatch', 'unit-handler'),
  ofCase('ReboundCase', 'unit-handler', { reason: '不属我单位' }),
  ofCase('RuleOnRebound', 'centre-operator', { decision: 'overrule', reason: '属市政' }),
  ofCase('RaiseDispute', 'unit-leader', { units: ['municipal-bureau', 'enforcement-bureau'], reason: '职责交叉' }),
  ofCase('DesignateUnit', 'centre-director', { unit: 'municipal-bureau', reason: '托底' }),
  ofCase('RecordArrival', 'unit-handler', { longitude: 110.15, latitude: 35.24, evidence }),
  ofCase('GivePreliminaryOpinion', 'unit-handler', { opinion: '需更换井座' }),
  ofCase('ExplainDelay', 'unit-handler', { reason: '配件外地调运', asked: { amount: 2, unit: 'workingDay' } }),
  ofCase('RuleOnDelay', 'centre-operator', { accept: true, reason: '属实', extension: { amount: 1, unit: 'workingDay' } }),
  ofCase('ContributeWork', 'unit-handler', { note: '已清运' }),
  ofCase('SubmitResult', 'unit-handler', { result: '已更换', signedBy: 'leader-1', evidence }),
  ofCase('VerifyResult', 'grid-worker', { proposal: 'close', note: '已恢复', evidence }),
  ofCase('ConfirmResult', 'centre-operator', { confirmed: false, note: '不实' }),
  ofCase('RecordCallBack', 'hotline-operator', { medium: 'telephone', reached: true, truthful: true, satisfied: false }),
  ofCase('CloseCase', 'centre-operator', { summary: '已处置' }),
  ofCase('ArchiveCase', 'centre-operator'),
  ofCase('HandUpCase', 'centre-operator', { to: 'district', centre: '610524', reason: '超出职责' }),
  ofCase('SampleCase', 'supervision-office', { good: true }),
  ofCase('UrgeUnit', 'supervision-office', { unit: 'municipal-bureau', notice: '请抓紧' }),
  ofCase('OpenSupervision', 'supervision-office', { unit: 'municipal-bureau', cause: 'overdue' }),

  plain('ListClocks', 'centre-operator', { light: 'red', dueBefore: '2025-09-23T00:00:00.000Z' }),
  plain('GetLights', 'grid-chief', { by: 'street' }),
  plain('ListSupervisions', 'unit-leader', { state: 'open' }),
  { operation: 'GetScorecard', as: 'unit-leader', ids: { kind: 'unit', id: 'municipal-bureau' }, fields: { from: '2025-09-22', to: '2025-09-28' }, asked: { kind: 'unit', id: 'municipal-bureau', from: '2025-09-22', to: '2025-09-28', district: '610524' } },
  plain('ListScorecards', 'grid-worker', { kind: 'worker' }, { asked: { kind: 'worker', district: '610524' } }),
  plain('ListScorecards', 'centre-director', { district: '610524', kind: 'street', from: '2025-09-22', to: '2025-09-28' }),
  plain('IssueScorecard', 'supervision-office', { district: '610524', kind: 'unit', id: 'municipal-bureau', from: '2025-09-22', to: '2025-09-28' }),
  plain('ListQuotaWarnings', 'grid-chief', { week: '2025-09-22' }),
  plain('IssueQuotaWarnings', 'system', { district: '610524', week: '2025-09-22' }),
  plain('GetWeeklyFinds', 'grid-worker', { week: '2025-09-22' }, { asked: { week: '2025-09-22', district: '610524' } }),

  plain('ImportGridTree', 'registry-admin', { district: '610524', format: 'csv', content: 'code,name\n610524100,城关街道', filing: '合网备〔2025〕12号' }),
  plain('ListGrids', 'grid-worker', { prefix: '610524100', class: 'B' }),
  { operation: 'GetGrid', as: 'grid-worker', ids: { code } },
  { operation: 'GetGridHistory', as: 'auditor', ids: { code } },
  { operation: 'GetGridNotice', ids: { code } },
  { operation: 'AdjustGrid', as: 'registry-admin', ids: { code }, fields: { change: { households: 320, workers: ['worker-1'] }, reason: '新增楼栋', filing: '备1' }, asked: { code, district: '610524', change: { households: 320, workers: ['worker-1'] }, reason: '新增楼栋', filing: '备1' } },
  { operation: 'RecodeGrid', as: 'registry-admin', ids: { code }, fields: { to: '610524100001002', reason: '统一编码', filing: '备2' }, asked: { code, district: '610524', to: '610524100001002', reason: '统一编码', filing: '备2' } },
  { operation: 'ReplaceGridWorker', as: 'centre-director', ids: { code }, fields: { out: 'worker-1', in: 'worker-2', reason: '调岗', filing: '备3' }, asked: { gridCode: code, district: '610524', out: 'worker-1', in: 'worker-2', reason: '调岗', filing: '备3' } },
  { operation: 'AssignOfficer', as: 'registry-admin', ids: { code }, fields: { department: 'municipal', unit: 'municipal-bureau', person: 'officer-1' }, asked: { gridCode: code, district: '610524', department: 'municipal', unit: 'municipal-bureau', person: 'officer-1' } },
  plain('ListUnits', 'unit-handler'),
  plain('RegisterUnits', 'registry-admin', { district: '610524', units: [{ code: 'municipal-bureau', name: { zh: '市政处', en: 'Municipal bureau' }, department: 'municipal', level: 'district', jurisdiction: '610524' }] }),
  plain('ListPeople', 'centre-operator', { role: 'grid-worker' }),
  plain('RegisterPeople', 'registry-admin', { district: '610524', people: [{ id: 'worker-1', name: '张伟', roles: ['grid-worker'], jurisdiction: '610524100001' }] }),
  plain('ListItems', 'citizen', { kind: 'component' }),
  plain('AdmitItems', 'registry-admin', { district: '610524', items: [item, { ...item, code: 'S-1', nature: 'mediation' }] }),
  { operation: 'WithdrawItem', as: 'registry-admin', ids: { itemCode: 'C-101' }, fields: { district: '610524', reason: '不再办理' }, asked: { code: 'C-101', district: '610524', reason: '不再办理' } },
  plain('ListCalendars', 'auditor'),
  plain('PublishCalendar', 'registry-admin', { district: '610524', year: 2025, holidays: [{ date: '2025-10-01', name: '国庆节' }], workdays: ['2025-09-28'], source: '国办发明电' }),
  plain('ListPolicies', 'auditor', { district: '610524' }),
  plain('AdoptPolicy', 'registry-admin', { district: '610524', content: 'id: heyang-2020', validFrom: '2025-01-01' }),
  plain('CheckRecord', 'auditor', { stream: 'case-7' }),

  // Refusals.
  ofCase('DispatchCase', 'grid-worker', { lead: 'municipal-bureau' }, { refused: { status: 403, code: 'FORBIDDEN_FOR_ROLE' } }),
  { operation: 'DispatchCase', ids: { caseId }, fields: { lead: 'municipal-bureau' }, refused: { status: 401, code: 'UNAUTHENTICATED' } },
  ofCase('DispatchCase', 'centre-operator', {}, { refused: { status: 400, code: 'VALIDATION_FAILED', paths: ['lead'] } }),
  ofCase('PhoneUnit', 'centre-operator', { unit: 'municipal-bureau', person: '李某' }, { refused: { status: 400, code: 'VALIDATION_FAILED', paths: ['answered'] } }),
  ofCase('ExplainDelay', 'unit-handler', { reason: '缺件', asked: { amount: 0, unit: 'week' } }, { refused: { status: 400, code: 'VALIDATION_FAILED', paths: ['asked.amount', 'asked.unit'] } }),
  ofCase('RecordArrival', 'unit-handler', { evidence: [{ ...evidence[0], sha256: 'short' }] }, { refused: { status: 400, code: 'VALIDATION_FAILED', paths: ['evidence[0].sha256'] } }),
  ofReport('SettleOnSpot', 'grid-worker', { itemCode: 'E-203', note: '已劝离', evidence: [] }, { refused: { status: 400, code: 'VALIDATION_FAILED', paths: ['evidence'] } }),
  ofCase('CloseCase', 'centre-operator', { occurredAt: '2025-02-30T00:00:00Z' }, { refused: { status: 400, code: 'VALIDATION_FAILED', paths: ['occurredAt'] } }),
  { operation: 'GetGrid', as: 'grid-worker', ids: { code: '61' }, refused: { status: 400, code: 'VALIDATION_FAILED', paths: ['code'] } },
  plain('IssueQuotaWarnings', 'centre-director', { district: '610524', week: '2025-02-30' }, { refused: { status: 400, code: 'VALIDATION_FAILED', paths: ['week'] } }),
  plain('AdmitItems', 'registry-admin', { district: '610524', items: Array.from({ length: 901 }, (_, n) => ({ ...item, code: `C-${n}` })) }, { refused: { status: 400, code: 'VALIDATION_FAILED', paths: ['items'] } }),
  plain('AdmitItems', 'registry-admin', { district: '610524', items: [{ ...item, nature: 'taxation' }] }, { refused: { status: 400, code: 'VALIDATION_FAILED', paths: ['items[0].nature'] } }),
  plain('ListPatrolTimes', 'grid-worker', { date: 'today' }, { refused: { status: 400, code: 'VALIDATION_FAILED', paths: ['date'] } }),
  ofCase('CloseCase', 'centre-operator', {}, { ifMatch: '"2"', refused: { status: 412, code: 'REVISION_MISMATCH' } }),
  ofCase('CloseCase', 'centre-operator', {}, { ifMatch: '"3"' }),
  ofCase('CloseCase', 'centre-operator', {}, { ifMatch: 'three', refused: { status: 400, code: 'IF_MATCH_INVALID' } }),
  ofCase('CloseCase', 'centre-operator', {}, { idempotencyKey: 'with blank', refused: { status: 400, code: 'IDEMPOTENCY_KEY_INVALID' } }),
  ofCase('ReboundCase', 'unit-handler', { reason: '再次' }, { refusal: { code: 'REBOUND_ALREADY_USED', rule: 'X12' }, refused: { status: 409, code: 'REBOUND_ALREADY_USED', rule: 'X12' } }),
  ofCase('GetCase', 'unit-handler', {}, { refusal: { code: 'NOT_YOUR_UNIT' }, refused: { status: 403, code: 'NOT_YOUR_UNIT' } }),
  ofCase('GetCase', 'unit-handler', {}, { refusal: { code: 'NOT_FOUND', params: { what: caseId } }, refused: { status: 404, code: 'NOT_FOUND' } }),
  ofCase('GetCase', 'centre-operator', {}, { refusal: { code: 'READ_MODEL_BEHIND' }, refused: { status: 503, code: 'READ_MODEL_BEHIND' } }),
  plain('ImportGridTree', 'registry-admin', { district: '610524', format: 'csv', content: 'x', filing: '备' },
    { refusal: { code: 'OCCURRED_IN_FUTURE', params: { errors: [{ path: 'row 2', code: 'X', message: 'm', messageZh: '中' }] } }, refused: { status: 422, code: 'OCCURRED_IN_FUTURE', paths: ['row 2'] } }),
];
