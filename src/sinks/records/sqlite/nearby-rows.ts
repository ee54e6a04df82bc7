import type { GeoPoint } from '../../../model/record-change.ts';
import type { NearbyQuery, NearbyRow } from '../record-store.ts';
import { quoted } from '../sql-name.ts';
import { placesName } from './places-ddl.ts';
import type { SqliteConnection } from './sqlite-connection.ts';

/** Mean radius of the earth in metres, IUGG. */
const EARTH_METRES = 6_371_008.8;
const RADIANS = Math.PI / 180;
/** The R*Tree keeps single-precision numbers; about a metre. */
const MARGIN_DEGREES = 1e-5;

interface Box {
  readonly minLat: number;
  readonly maxLat: number;
  readonly minLng: number;
  readonly maxLng: number;
}

interface FoundRow {
  readonly id: string;
  readonly record_did: string;
  readonly record_rkey: string;
  readonly display_point: string;
  readonly metres: number;
}

/** Metres along the surface of a sphere, by the haversine formula. */
export function metresBetween(
  lat: number,
  lng: number,
  otherLat: number,
  otherLng: number,
): number {
  const latPart = Math.sin(((otherLat - lat) * RADIANS) / 2) ** 2;
  const lngPart = Math.sin(((otherLng - lng) * RADIANS) / 2) ** 2;
  const part = latPart + Math.cos(lat * RADIANS) * Math.cos(otherLat * RADIANS) * lngPart;
  return 2 * EARTH_METRES * Math.asin(Math.min(1, Math.sqrt(part)));
}

/** One box that the circle is inside of, or two where it lies over the date line. */
function boxesAround({ lat, lng }: GeoPoint, radiusMetres: number): Box[] {
  const angle = radiusMetres / EARTH_METRES;
  const degrees = angle / RADIANS + MARGIN_DEGREES;
  const [minLat, maxLat] = [lat - degrees, lat + degrees];
  // Over a pole, the circle has every longitude.
  if (minLat <= -90 || maxLat >= 90) return [{ minLat, maxLat, minLng: -181, maxLng: 181 }];
  const half = Math.asin(Math.sin(angle) / Math.cos(lat * RADIANS)) / RADIANS + MARGIN_DEGREES;
  const [minLng, maxLng] = [lng - half, lng + half];
  const box = { minLat, maxLat, minLng, maxLng };
  if (minLng < -180) return [box, { ...box, minLng: minLng + 360, maxLng: 181 }];
  if (maxLng > 180) return [box, { ...box, minLng: -181, maxLng: maxLng - 360 }];
  return [box];
}

/** SQLite sorts no more than `limit` rows at a time. The connection must know `metres_between`. */
export function nearbyRows(
  connection: SqliteConnection,
  { table, centre, radiusMetres, limit }: NearbyQuery,
): NearbyRow[] {
  const boxes = boxesAround(centre, radiusMetres);
  const inBox = `SELECT id FROM ${placesName(table)} WHERE max_lat >= ? AND min_lat <= ? AND max_lng >= ? AND min_lng <= ?`;
  const point = ['lat', 'lng'].map((part) => `json_extract(t.display_point, '$.${part}')`);
  const sql = `
    SELECT t.id, t.record_did, t.record_rkey, t.display_point,
      metres_between(?, ?, ${point.join(', ')}) AS metres
    FROM (${boxes.map(() => inBox).join(' UNION ')}) AS found
    CROSS JOIN ${quoted(table)} AS t ON t.display_cell = found.id
    WHERE t.deleted_at IS NULL AND metres <= ?
    ORDER BY metres, t.id LIMIT ?`;
  const bounds = boxes.flatMap(({ minLat, maxLat, minLng, maxLng }) => {
    return [minLat, maxLat, minLng, maxLng];
  });
  const values = [centre.lat, centre.lng, ...bounds, radiusMetres, limit];
  return connection.all<FoundRow>(sql, ...values).map((row) => ({
    ...{ id: row.id, did: row.record_did, rkey: row.record_rkey, metres: row.metres },
    displayPoint: JSON.parse(row.display_point) as GeoPoint,
  }));
}
