import { createHmac, type KeyObject } from 'node:crypto';
import type { GeoPoint, RecordKey } from '../../model/record-change.ts';
import type { GeohashCell } from './geohash.ts';

const STEPS = 2 ** 32;

/**
 * A uniform place inside a cell, the same for a record each time. It depends on the cell, the record's name and the
 * secret, never on where in the cell the true point is: whoever knows all of it but the secret learns the cell and
 * nothing more, and so does whoever knows the secret.
 */
export function jitterInsideCell(secret: KeyObject, key: RecordKey, cell: GeohashCell): GeoPoint {
  const digest = createHmac('sha256', secret)
    .update(`${key.did}\0${key.collection}\0${key.rkey}`)
    .digest();
  return {
    lat: between(cell.south, cell.north, digest.readUInt32BE(0)),
    lng: between(cell.west, cell.east, digest.readUInt32BE(4)),
  };
}

/** Half a step away from both edges, so that rounding never leaves the cell. */
function between(low: number, high: number, step: number): number {
  return low + (high - low) * ((step + 0.5) / STEPS);
}
