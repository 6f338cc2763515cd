import { roles, type Role } from '@gridcase/domain';

// Groups of roles the tables use. @rule H3 Z12
export const centre = ['centre-operator', 'centre-director'] as const satisfies readonly Role[];
export const units = ['unit-handler', 'unit-leader'] as const satisfies readonly Role[];
export const field = ['grid-worker', 'grid-chief', 'inspector'] as const satisfies readonly Role[];
export const control = ['supervision-office', 'auditor'] as const satisfies readonly Role[];
/** Everybody who works for the grid system. */
export const staff = roles.filter((role) => role !== 'citizen' && role !== 'platform' && role !== 'system');
export const everybody = roles;
