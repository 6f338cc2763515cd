import { centre, control, staff } from './access';
import { command, districtFrom, query, type Operation } from './operation';
import {
  GRID_TREE_BYTES_MAX, AdjustGridBody, AdmitItemsBody, AdoptPolicyBody, AssignOfficerBody, DistrictPageParams, ImportGridTreeBody, ListCalendarsParams, ListGridsParams, ListItemsParams, ListPeopleParams, ListUnitsParams, PublishCalendarBody, RecodeGridBody,
  RegisterPeopleBody, RegisterUnitsBody, ReplaceGridWorkerBody, WithdrawItemBody,
} from './registry.bodies';

const admin = ['registry-admin'] as const;
const yaml = { 'application/yaml': {}, 'application/x-yaml': {}, 'text/yaml': {} };
const treeFiles = { 'text/csv': { format: 'csv' }, 'application/yaml': { format: 'yaml' }, 'application/x-yaml': { format: 'yaml' }, 'text/yaml': { format: 'yaml' } };
const inDistrictOfGrid: Operation['complete'] = (body) => ({ ...body, district: districtFrom(body.gridCode ?? body.code) });
/** The path says `code` everywhere; these two commands call it `gridCode`. */
const withGridCode: Operation['complete'] = ({ code, ...body }) => ({ ...body, gridCode: code, district: districtFrom(code) });
const listers = [...staff, 'system'] as const;

export const registryOperations: readonly Operation[] = [
  command('Registry', 'ImportGridTree', 'POST /v1/grid-trees', { creates: true, access: admin, input: ImportGridTreeBody, bodyBytesMax: GRID_TREE_BYTES_MAX, route: { text: treeFiles }, zh: '导入网格树', en: 'Import a grid tree', rules: ['X10', 'Z7', 'H2'] }),
  query('Registry', 'registry', 'ListGrids', 'GET /v1/grids', { list: true, access: listers, input: ListGridsParams, zh: '网格列表', en: 'List grids', rules: ['X10', 'YB2'] }),
  query('Registry', 'registry', 'GetGrid', 'GET /v1/grids/:code', { access: listers, zh: '查看网格', en: 'Show a grid' }),
  query('Registry', 'registry', 'GetGridHistory', 'GET /v1/grids/:code/history', { access: [...admin, ...centre, ...control], zh: '网格变更历史', en: 'History of a grid', rules: ['X10', 'Z7'] }),
  query('Registry', 'registry', 'GetGridNotice', 'GET /v1/public/grids/:code/notice', { access: 'public', zh: '网格公示', en: 'Public notice of a grid', rules: ['Z21'] }),
  command('Registry', 'AdjustGrid', 'POST /v1/grids/:code/adjustment', { access: admin, input: AdjustGridBody, complete: inDistrictOfGrid, zh: '调整网格', en: 'Adjust a grid', rules: ['X10', 'Z7'] }),
  command('Registry', 'RecodeGrid', 'POST /v1/grids/:code/recoding', { access: admin, input: RecodeGridBody, complete: inDistrictOfGrid, zh: '变更网格编码', en: 'Recode a grid', rules: ['Z7'] }),
  command('Registry', 'ReplaceGridWorker', 'POST /v1/grids/:code/worker-replacement', { access: ['registry-admin', 'centre-director'], input: ReplaceGridWorkerBody, complete: withGridCode, zh: '更换网格员', en: 'Replace a grid worker', rules: ['H3'] }),
  command('Registry', 'AssignOfficer', 'POST /v1/grids/:code/officers', { access: ['registry-admin', 'centre-director'], input: AssignOfficerBody, complete: withGridCode, zh: '指定包片人员', en: 'Assign an officer to a grid', rules: ['X4'] }),

  query('Registry', 'registry', 'ListUnits', 'GET /v1/units', { list: true, access: listers, input: ListUnitsParams, zh: '单位列表', en: 'List units' }),
  command('Registry', 'RegisterUnits', 'POST /v1/units', { creates: true, access: admin, input: RegisterUnitsBody, zh: '登记单位', en: 'Register units', rules: ['X4'] }),
  query('Registry', 'registry', 'ListPeople', 'GET /v1/people', { list: true, access: [...admin, ...centre, ...control], input: ListPeopleParams, zh: '人员列表', en: 'List people' }),
  command('Registry', 'RegisterPeople', 'POST /v1/people', { creates: true, access: admin, input: RegisterPeopleBody, zh: '登记人员', en: 'Register people', rules: ['H3', 'Z12'] }),
  query('Registry', 'registry', 'ListItems', 'GET /v1/items', { list: true, access: [...listers, 'citizen', 'platform'], input: ListItemsParams, zh: '事项清单', en: 'List items', rules: ['Z10'] }),
  command('Registry', 'AdmitItems', 'POST /v1/items', { creates: true, access: admin, input: AdmitItemsBody, zh: '事项准入', en: 'Admit items', rules: ['Z10', 'X6', 'X7'] }),
  command('Registry', 'WithdrawItem', 'DELETE /v1/items/:itemCode', { access: admin, input: WithdrawItemBody, complete: ({ itemCode, ...body }) => ({ ...body, code: itemCode }), zh: '事项退出', en: 'Withdraw an item', rules: ['Z10'] }),
  query('Registry', 'registry', 'ListCalendars', 'GET /v1/calendars', { list: true, access: listers, input: ListCalendarsParams, zh: '工作日历列表', en: 'List calendars' }),
  command('Registry', 'PublishCalendar', 'POST /v1/calendars', { creates: true, access: admin, input: PublishCalendarBody, zh: '发布工作日历', en: 'Publish a calendar', rules: ['N2'] }),
  query('Registry', 'registry', 'ListPolicies', 'GET /v1/policies', { list: true, access: listers, input: DistrictPageParams, zh: '政策包列表', en: 'List policy packs' }),
  command('Registry', 'AdoptPolicy', 'POST /v1/policies', { creates: true, access: admin, input: AdoptPolicyBody, route: { text: yaml }, zh: '采用政策包', en: 'Adopt a policy pack' }),
];
