import type { NearbyQuery, NearbyRow } from '../record-store.ts';
import { quoted } from '../sql-name.ts';
import type { SqlValue } from './postgres-session.ts';

export interface FoundRow {
  readonly id: string;
  readonly record_did: string;
  readonly record_rkey: string;
  readonly lat: number;
  readonly lng: number;
  readonly metres: number;
}

/** Distances are along the ellipsoid of WGS 84. Values: those of `nearbyValues`. */
export function nearbySql(table: string): string {
  return `
    SELECT id, record_did, record_rkey, ST_Y(display_point::geometry) AS lat,
      ST_X(display_point::geometry) AS lng, ST_Distance(display_point, centre.point) AS metres
    FROM ${quoted(table)},
      (SELECT ST_SetSRID(ST_MakePoint($2, $1), 4326)::geography AS point) AS centre
    WHERE deleted_at IS NULL AND ST_DWithin(display_point, centre.point, $3)
    ORDER BY metres, id LIMIT $4`;
}

export function nearbyValues({ centre, radiusMetres, limit }: NearbyQuery): SqlValue[] {
  return [centre.lat, centre.lng, radiusMetres, limit];
}

export function nearbyRow({ id, record_did, record_rkey, lat, lng, metres }: FoundRow): NearbyRow {
  return { id, did: record_did, rkey: record_rkey, metres, displayPoint: { lat, lng } };
}
