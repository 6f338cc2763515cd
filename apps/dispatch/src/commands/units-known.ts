import type { District } from '@gridcase/domain';
import { rejected, type Rejection } from '@gridcase/events';

/** @rule X12 — an order goes only to a unit on the register. */
export const unitsKnown = (district: District | undefined, codes: readonly string[]): Rejection | undefined => {
  const unknown = codes.find((code) => !district?.units.has(code));
  return unknown === undefined ? undefined : rejected('UNIT_UNKNOWN', { unit: unknown }, 'X12');
};
