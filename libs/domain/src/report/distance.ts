export interface Point { longitude: number; latitude: number }
const EARTH_RADIUS_METRES = 6_371_008.8;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Great-circle distance. */
export function metresBetween(a: Point, b: Point): number {
  const x = Math.sin(radians(b.latitude - a.latitude) / 2) ** 2 + Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * Math.sin(radians(b.longitude - a.longitude) / 2) ** 2;
  return 2 * EARTH_RADIUS_METRES * Math.asin(Math.min(1, Math.sqrt(x)));
}

/** A box that holds every point within `metres`: for an index, which knows no circles. */
export function boxAround({ longitude, latitude }: Point, metres: number): { west: number; east: number; south: number; north: number } {
  const dLatitude = (metres / EARTH_RADIUS_METRES) * (180 / Math.PI) * 1.001;
  const dLongitude = dLatitude / Math.max(0.01, Math.cos(radians(Math.min(89, Math.abs(latitude) + dLatitude))));
  return { west: longitude - dLongitude, east: longitude + dLongitude, south: latitude - dLatitude, north: latitude + dLatitude };
}
