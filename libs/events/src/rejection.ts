import type { JsonObject } from './envelope';

/**
 * A business refusal: a value, never thrown. `code` is stable (`REBOUND_ALREADY_USED`); its texts, HTTP status and rule
 * stand in the catalogue of rejections (libs/domain).
 */
export interface Rejection { rejected: true; code: string; rule?: string; params?: JsonObject }

export const rejected = (code: string, params?: JsonObject, rule?: string): Rejection => ({ rejected: true, code, ...(rule && { rule }), ...(params && { params }) });
export const isRejection = (value: unknown): value is Rejection => typeof value === 'object' && value !== null && (value as Rejection).rejected === true;
