import { centre, control, field } from './access';
import { command, districtFrom, query, type Operation } from './operation';
import { FileReportBody, JoinReportBody, ListPatrolTimesParams, ListPatrolsParams, ListReportsParams, ReceiveReportBody, RecordPatrolBody, RefuseReportBody, RouteAsEmergencyBody, SettleFindBody, SettleOnSpotBody, SortReportBody, TransferReportBody } from './report.bodies';

const reporters = ['citizen', 'hotline-operator', ...centre, ...field, 'platform'] as const;
const readers = [...reporters, ...control] as const;

export const reportOperations: readonly Operation[] = [
  command('Reports', 'ReceiveReport', 'POST /v1/reports', {
    creates: true, access: reporters, input: ReceiveReportBody, zh: '受理举报', en: 'Receive a report', rules: ['X2', 'X11', 'L3.1', 'H4', 'H4.2.1'],
    complete: (body, caller) => ({ ...body, district: body.district ?? districtFrom(body.place?.gridCode) ?? districtFrom(caller?.jurisdiction), evidence: body.evidence ?? [] }),
  }),
  query('Reports', 'intake', 'ListReports', 'GET /v1/reports', { list: true, access: readers, input: ListReportsParams, zh: '举报列表', en: 'List reports' }),
  query('Reports', 'intake', 'GetReport', 'GET /v1/reports/:reportId', { access: readers, zh: '查看举报', en: 'Show a report' }),
  query('Reports', 'intake', 'SuggestDuplicates', 'GET /v1/reports/:reportId/duplicates', { list: true, access: ['hotline-operator', ...centre], zh: '可能重复的案件', en: 'Open cases it may repeat', rules: ['H5.2'] }),
  command('Reports', 'SortReport', 'POST /v1/reports/:reportId/sort', { access: centre, input: SortReportBody, zh: '分拣', en: 'Sort a report', rules: ['H4.1.1'] }),
  command('Reports', 'FileReport', 'POST /v1/reports/:reportId/file', { access: centre, input: FileReportBody, zh: '立案', en: 'File a report as a case', rules: ['X11'] }),
  command('Reports', 'RefuseReport', 'POST /v1/reports/:reportId/refuse', { access: centre, input: RefuseReportBody, zh: '不予立案', en: 'Refuse a report', rules: ['X11'] }),
  command('Reports', 'TransferReport', 'POST /v1/reports/:reportId/transfer', { access: centre, input: TransferReportBody, zh: '转办', en: 'Transfer a report', rules: ['L4.3', 'X8'] }),
  command('Reports', 'RouteAsEmergency', 'POST /v1/reports/:reportId/emergency', { access: ['hotline-operator', ...centre], input: RouteAsEmergencyBody, zh: '转应急', en: 'Route as an emergency', rules: ['L4.3'] }),
  command('Reports', 'SettleOnSpot', 'POST /v1/reports/:reportId/settle', { access: ['grid-worker', 'grid-chief'], input: SettleOnSpotBody, zh: '自行处置', en: 'Settle on the spot', rules: ['X2', 'X11', 'L4.4'] }),
  command('Reports', 'SettleOnSpot', 'POST /v1/settlements', { as: 'SettleFind', creates: true, access: ['grid-worker', 'grid-chief'], input: SettleFindBody, zh: '发现并自行处置', en: 'Settle a find on the spot, received and settled in one', rules: ['X2', 'X11', 'L4.4'] }),
  command('Reports', 'JoinReport', 'POST /v1/reports/:reportId/join', { access: centre, input: JoinReportBody, zh: '并入已有案件', en: 'Join to an open case', rules: ['H5.2'] }),

  command('Reports', 'RecordPatrol', 'POST /v1/patrols', {
    creates: true, access: field, input: RecordPatrolBody, zh: '记录巡查', en: 'Record a patrol', rules: ['X11', 'YD'],
    complete: (body) => ({ ...body, district: districtFrom(body.gridCode) }),
  }),
  query('Reports', 'intake', 'ListPatrols', 'GET /v1/patrols', { list: true, access: [...field, ...centre, ...control], input: ListPatrolsParams, zh: '巡查列表', en: 'List patrols' }),
  query('Reports', 'intake', 'ListPatrolTimes', 'GET /v1/patrol-times', {
    list: true, access: [...field, ...centre, ...control], input: ListPatrolTimesParams, zh: '巡查时长', en: 'Patrol time of each worker on a day, against what is required', rules: ['X11', 'YD'],
    complete: (params, caller) => ({ ...params, district: params.district ?? districtFrom(caller?.jurisdiction) }),
  }),
];
