import { centre, control, units } from './access';
import { GetLightsParams, ListClocksParams, ListSupervisionsParams } from './assessment.bodies';
import { query, type Operation } from './operation';

export const clockOperations: readonly Operation[] = [
  query('Clocks', 'sla-monitor', 'ListClocks', 'GET /v1/clocks', { list: true, access: [...centre, ...units, ...control], input: ListClocksParams, zh: '时限列表', en: 'List clocks' }),
  query('Clocks', 'sla-monitor', 'GetLights', 'GET /v1/lights', { access: [...centre, ...units, 'grid-chief', ...control], input: GetLightsParams, zh: '红黄绿灯汇总', en: 'Lights per unit, street and community', rules: ['L4.6'] }),
  query('Clocks', 'sla-monitor', 'ListSupervisions', 'GET /v1/supervisions', { list: true, access: [...centre, ...units, ...control], input: ListSupervisionsParams, zh: '督办列表', en: 'List supervisions', rules: ['X17', 'L5.4'] }),
];
