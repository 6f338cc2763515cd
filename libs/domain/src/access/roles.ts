/**
 * Who may be what. What a role may do stands in one place, the gateway's table of operations; where and for which unit is
 * checked by the decider (`jurisdiction` covers by prefix, `unit` must be a unit of the case).
 * @rule H3 Z12
 */
export const roles = [
  'citizen', 'hotline-operator', 'centre-operator', 'centre-director', 'grid-worker', 'grid-chief', 'inspector',
  'unit-handler', 'unit-leader', 'supervision-office', 'auditor', 'registry-admin', 'platform', 'system',
] as const;
export type Role = (typeof roles)[number];
