import { rejected, type Rejection } from '@gridcase/events';
import type { EvidenceRef, Place } from '../case/commands';
import type { District } from '../registry/directory';
import { isUnitGrid, parentsOf } from '../registry/officer-gaps';
import { metresBetween } from './distance';

/** Further from every centre than this a position says nothing about its grid; an operator finds it. */
export const nearestCentreMetresMax = 5_000;

/**
 * The grid as given (also under a code since replaced), else the one whose centre lies nearest to the position. `undefined`: unknown, the
 * operator finds it when sorting.
 * @rule X10 Z7 H4.2.1
 */
export function locateGrid(district: Readonly<District>, place: Place, evidence: readonly EvidenceRef[] = []): { gridCode: string; from: 'given' | 'nearest-centre' } | undefined | Rejection {
  if (place.gridCode !== undefined) {
    const gridCode = district.grids.has(place.gridCode) ? place.gridCode : district.recoded.get(place.gridCode);
    return gridCode !== undefined ? { gridCode, from: 'given' } : rejected('GRID_UNKNOWN', { gridCode: place.gridCode }, 'X10');
  }
  const at = place.longitude !== undefined && place.latitude !== undefined ? place : evidence.find(({ longitude, latitude }) => longitude !== undefined && latitude !== undefined);
  if (!at) return undefined;
  const position = { longitude: at.longitude!, latitude: at.latitude! };
  const parents = parentsOf(district);
  let nearest: { gridCode: string; metres: number } | undefined;
  for (const grid of district.grids.values()) {
    if (grid.longitude === undefined || grid.latitude === undefined || !isUnitGrid(grid, parents)) continue;
    const metres = metresBetween(position, { longitude: grid.longitude, latitude: grid.latitude });
    if (metres <= nearestCentreMetresMax && (!nearest || metres < nearest.metres || (metres === nearest.metres && grid.code < nearest.gridCode))) nearest = { gridCode: grid.code, metres };
  }
  return nearest && { gridCode: nearest.gridCode, from: 'nearest-centre' };
}
